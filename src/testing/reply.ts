// What a route answers, before time and faults are played on it.
import type { Behaviour } from './behaviour.ts'
import type { JsonObject, JsonValue } from './json-value.ts'

/**
 * Tokens that a real provider would charge for.
 *
 * @example
 * assert.deepEqual(upstream.journal.requests[0]?.billed, { inputTokens: 5, outputTokens: 2 })
 */
export interface Billing {
  readonly inputTokens: number
  readonly outputTokens: number
}

/** One event of a stream. */
export interface Frame {
  readonly kind: 'preamble' | 'output' | 'closing'
  readonly bytes: string | Uint8Array
  /** Bytes of model output in this frame: the share of the output tokens that is charged once it is sent. */
  readonly weight: number
  readonly pauseMs?: number
}

export interface StreamReply {
  readonly kind: 'stream'
  readonly contentType: string
  readonly frames: readonly Frame[]
  readonly billing?: Billing
  readonly forwardedTo?: string | undefined
  /** Scripted byte by byte: `hang: 'mid_stream'` then means after the last frame. */
  readonly raw?: true
}

export interface BodyReply {
  readonly kind: 'body'
  readonly status: number
  readonly contentType: string
  readonly body: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
  readonly billing?: Billing
  /** The host that a real server would have sent the prompt to. */
  readonly forwardedTo?: string | undefined
  /** How many pieces the model generated before the body could be sent; 0 when no model was involved. */
  readonly pieces: number
}

export type Reply = StreamReply | BodyReply

/** A request as a route sees it. */
export interface Call {
  readonly json: JsonObject
  /** What stands in place of the `*` of the route's path. */
  readonly tail: string
  readonly behaviour: Behaviour
  readonly requestNumber: number
}

/** The parts of a wire that scripted faults need. */
export interface Dialect {
  readonly streamContentType: string
  readonly keepAliveComment?: string
  /** The error a real server would send with this status. */
  errorBody(status: number): JsonValue
  /** The given error as an event of a stream. */
  errorFrame(body: JsonValue): string | Uint8Array
  /** What a stream says when the model fails in the middle of it. */
  failureFrame(): string | Uint8Array
  refuseKey(given: boolean): BodyReply
  refuseBody(empty: boolean): BodyReply
  headers(requestNumber: number): Readonly<Record<string, string>>
}

export interface Route {
  readonly method: 'GET' | 'POST'
  /** Matched exactly; a `*` at the end matches the rest of the path. */
  readonly path: string
  readonly dialect: Dialect
  /** Inference consumes the script. */
  readonly inference: boolean
  /** Refuse requests without the right key. */
  readonly guarded: boolean
  /** @param tail what stands in place of the `*` of the path. */
  streams(json: JsonObject, tail: string): boolean
  answer(call: Call): Reply
}

export function jsonReply(status: number, body: JsonValue): BodyReply {
  return { kind: 'body', status, contentType: 'application/json', body: bodyText(body), pieces: 0 }
}

/** A scripted body: text as it is, anything else as JSON. */
export function bodyText(body: JsonValue): string {
  return typeof body === 'string' ? body : JSON.stringify(body)
}
