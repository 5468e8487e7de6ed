// Owns replies that report no usage: the packages' schemas refuse some of them, so a placeholder stands there, which counts for nothing.

import { eventData, splitEvents } from '../../domain/event-bytes.ts'
import type { JsonObject } from '../../domain/request-body.ts'
import { EventAligner } from '../transport/event-aligner.ts'
import { memberOf, parseJson } from './json-reading.ts'

/** The same reply or event with a placeholder for the usage that it lacks; `undefined` when it lacks none. */
export type FillUsage = (part: JsonObject) => JsonObject | undefined

/** What a wire whose package requires a usage says of its replies. */
export interface UsagePlaceholder {
  readonly fill: FillUsage
  /** Words, one of which stands in every event of a stream that must hold a usage. */
  readonly events: readonly string[]
}

/** Looks at a reply on its way to the package. Bytes of replies that lack nothing stay as they are. */
export interface ReplyMender {
  push(chunk: Buffer): Buffer | undefined
  /** What was held back, when the reply is complete. */
  end(): Buffer
  /** A placeholder was put into the reply, so what the package makes of its usage is nobody's report. */
  readonly filled: boolean
}

/** For a reply of this type; `undefined` where it has events of another kind. */
export function menderOf(contentType: string | undefined, placeholder: UsagePlaceholder): ReplyMender | undefined {
  if (contentType?.startsWith('text/event-stream')) return new EventMender(placeholder)
  return contentType?.startsWith('application/json') ? new WholeMender(placeholder) : undefined
}

class WholeMender implements ReplyMender {
  readonly #placeholder: UsagePlaceholder
  readonly #chunks: Buffer[] = []
  filled = false

  constructor(placeholder: UsagePlaceholder) {
    this.#placeholder = placeholder
  }

  push(chunk: Buffer): undefined {
    this.#chunks.push(chunk)
  }

  end(): Buffer {
    const body = Buffer.concat(this.#chunks)
    const reply = objectOf(body.toString('utf8'))
    const mended = reply && this.#placeholder.fill(reply)
    if (!mended) return body
    this.filled = true
    return Buffer.from(JSON.stringify(mended))
  }
}

class EventMender implements ReplyMender {
  readonly #placeholder: UsagePlaceholder
  readonly #aligner = new EventAligner()
  filled = false

  constructor(placeholder: UsagePlaceholder) {
    this.#placeholder = placeholder
  }

  push(chunk: Buffer): Buffer | undefined {
    const events = this.#aligner.push(chunk)
    return events && this.#mend(events)
  }

  end(): Buffer {
    return this.#mend(this.#aligner.rest())
  }

  #mend(events: Buffer): Buffer {
    const { fill, events: words } = this.#placeholder
    if (!words.some((word) => events.includes(word))) return events
    const mended = splitEvents(events).map((event) => {
      const data = objectOf(eventData(event))
      const filled = data && fill(data)
      if (!filled) return event
      this.filled = true
      return Buffer.from(`data: ${JSON.stringify(filled)}\n\n`)
    })
    return Buffer.concat(mended)
  }
}

/** The object with this member at `path`; `undefined` when something stands there. */
export function withMember(
  part: JsonObject,
  path: readonly [string, ...string[]],
  value: JsonObject,
): JsonObject | undefined {
  const there = memberOf(part, ...path)
  if (there !== undefined && there !== null) return undefined
  const [name, ...rest] = path
  const [next, ...deeper] = rest
  if (next === undefined) return { ...part, [name]: value }
  const inner = part[name]
  const held = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? (inner as JsonObject) : {}
  return { ...part, [name]: withMember(held, [next, ...deeper], value) ?? held }
}

function objectOf(text: string): JsonObject | undefined {
  const value = parseJson(text)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
}
