// Owns a stream of Anthropic's wire: its events pass through as they are, while usage, errors and the end are noticed.
import type { StreamEnd } from '../../domain/completion.ts'
import { eventData, splitEvents } from '../../domain/event-bytes.ts'
import { ANTHROPIC_MEMBERS } from '../transport/delivered-bytes.ts'
import { EventStream, type EventStreamOptions, eventObject } from '../transport/event-stream.ts'
import { laterUsage, type MessageUsage, readMessageUsage } from './read-usage.ts'

interface MessageEvent {
  readonly type?: unknown
  readonly message?: { readonly usage?: MessageUsage | null } | null
  readonly usage?: MessageUsage | null
  readonly delta?: { readonly stop_reason?: unknown } | null
}

/** What only the first, the last and the failing events of a stream hold. */
const NOTICED = ['"usage"', 'message_stop', '"error"'] as const

export class MessagesStream extends EventStream {
  readonly wire = 'anthropic'
  #usage: MessageUsage | undefined
  /** The report came with the stop reason. */
  #usageIsFinal = false
  #stopped = false

  constructor(options: EventStreamOptions) {
    super(options, ANTHROPIC_MEMBERS)
  }

  protected override pass(events: Buffer): boolean {
    return NOTICED.some((word) => events.includes(word)) ? this.#passOneByOne(events) : this.#pass(events)
  }

  /** The end of the connection is no end of the message; only its last event may lack its blank line. */
  protected override finish(rest: Buffer): void {
    if (rest.length > 0 && this.#stopped && messageEvent(rest)?.type === 'message_stop') {
      this.done = true
      this.send(Buffer.concat([rest, Buffer.from('\n\n')]))
      return
    }
    this.fail('truncated', 'closed its answer before it was complete')
  }

  protected override report(): Pick<StreamEnd, 'usage' | 'usageSoFar'> {
    const reported = readMessageUsage(this.#usage)
    if (this.#usageIsFinal) return { usage: reported }
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
    const parsed = messageEvent(event)
    switch (parsed?.type) {
      case 'error':
        this.fail('in_band_error', 'reported an error inside its answer', {
          ...{ wire: 'anthropic', status: 200, contentType: 'application/json' },
          body: Buffer.from(eventData(event)),
        })
        return true
      case 'message_start':
        this.#usage = parsed.message?.usage ?? undefined
        return this.send(event)
      case 'message_delta':
        return this.#takeDelta(event, parsed)
      case 'message_stop':
        if (!this.#stopped) {
          this.fail('truncated', 'ended its answer before it was complete')
          return true
        }
        this.done = true
        return this.send(event)
      default:
        return this.#pass(event)
    }
  }

  #takeDelta(event: Buffer, { usage, delta }: MessageEvent): boolean {
    if (usage) this.#usage = laterUsage(this.#usage ?? {}, usage)
    if (typeof delta?.stop_reason === 'string') this.#stopped = true
    const report = usage ? readMessageUsage(this.#usage) : undefined
    if (!report) return this.send(event)
    this.#usageIsFinal = this.#stopped
    return this.sendUsage(event, report)
  }
}

function messageEvent(event: Buffer): MessageEvent | undefined {
  return eventObject(event)
}
