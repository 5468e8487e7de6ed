// Owns a stream of a route for responses: its events pass through as they are, while usage, errors and the end are noticed.
import type { StreamEnd } from '../../domain/completion.ts'
import { splitEvents } from '../../domain/event-bytes.ts'
import { RESPONSE_MEMBERS } from '../transport/delivered-bytes.ts'
import { EventStream, type EventStreamOptions, eventObject } from '../transport/event-stream.ts'
import { readResponseUsage } from './read-usage.ts'

interface ResponseEvent {
  readonly type?: unknown
  readonly response?: { readonly usage?: unknown } | null
}

/** What only the last and the failing events of a stream hold; in a text their quotes would be escaped. */
const NOTICED = ['"response.completed"', '"response.incomplete"', '"response.failed"', '"error"'] as const

export class ResponsesStream extends EventStream {
  readonly wire = 'responses'
  /** Of a response that has ended, however it did. */
  #usage: unknown

  constructor(options: EventStreamOptions) {
    super(options, RESPONSE_MEMBERS)
  }

  protected override pass(events: Buffer): boolean {
    return NOTICED.some((word) => events.includes(word)) ? this.#passOneByOne(events) : this.#pass(events)
  }

  /** The end of the connection is no end of the response; only its last event may lack its blank line. */
  protected override finish(rest: Buffer): void {
    if (rest.length > 0) this.#passOneByOne(Buffer.concat([rest, Buffer.from('\n\n')]))
    if (!this.done && !this.failure) this.fail('truncated', 'closed its answer before it was complete')
  }

  protected override report(): Pick<StreamEnd, 'usage' | 'usageSoFar'> {
    const reported = readResponseUsage(this.#usage)
    if (!this.failure) return { usage: reported }
    return { usage: undefined, ...(reported ? { usageSoFar: reported } : {}) }
  }

  #pass(events: Buffer): boolean {
    this.count(events)
    return this.send(events)
  }

  #passOneByOne(events: Buffer): boolean {
    let flowing = true
    for (const event of splitEvents(events)) {
      flowing = this.#take(event)
      if (this.done || this.failure) break
    }
    return flowing
  }

  #take(event: Buffer): boolean {
    const parsed: ResponseEvent | undefined = eventObject(event)
    switch (parsed?.type) {
      case 'error':
      case 'response.failed':
        this.#usage = parsed.response?.usage
        this.fail('in_band_error', 'reported an error inside its answer')
        return true
      case 'response.completed':
      case 'response.incomplete': {
        if (typeof parsed.response !== 'object' || parsed.response === null) {
          this.fail('malformed', 'ended its answer without the response')
          return true
        }
        this.done = true
        this.#usage = parsed.response.usage
        const usage = readResponseUsage(this.#usage)
        return usage ? this.sendUsage(event, usage) : this.send(event)
      }
      default:
        return this.#pass(event)
    }
  }
}
