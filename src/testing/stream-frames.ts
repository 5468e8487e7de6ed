// Frames of the two stream formats.
import type { JsonValue } from './json-value.ts'
import type { Frame } from './reply.ts'

/** One SSE event; the weight is the UTF-8 length of the model's output in it. */
export function sseFrame(kind: Frame['kind'], data: JsonValue, output = ''): Frame {
  return { kind, bytes: sseEvent(data), weight: Buffer.byteLength(output) }
}

export function sseEvent(data: JsonValue): string {
  return `data: ${JSON.stringify(data)}\n\n`
}

/** The same with the event's name on a line of its own. */
export function namedFrame(kind: Frame['kind'], name: string, data: JsonValue, output = ''): Frame {
  return { kind, bytes: `event: ${name}\n${sseEvent(data)}`, weight: Buffer.byteLength(output) }
}

export const sseDone: Frame = { kind: 'closing', bytes: 'data: [DONE]\n\n', weight: 0 }

/** One NDJSON line. */
export function lineFrame(kind: Frame['kind'], data: JsonValue, output = ''): Frame {
  return { kind, bytes: `${JSON.stringify(data)}\n`, weight: Buffer.byteLength(output) }
}
