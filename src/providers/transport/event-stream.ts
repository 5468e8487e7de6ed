// Owns how an upstream's server-sent events pass through: whole events, as they are, until the last or the failing one.
import type { CompletionStream, FrameSink, StreamEnd } from '../../domain/completion.ts'
import { eventData } from '../../domain/event-bytes.ts'
import { ProviderFailure, type RejectedReply } from '../../domain/provider-failure.ts'
import type { Usage } from '../../domain/usage.ts'
import { deliveredBytes } from './delivered-bytes.ts'
import { EventAligner } from './event-aligner.ts'
import type { BodyReceiver, UpstreamReply } from './exchange.ts'

/** An event that is still unfinished at this size is not an event. */
const MAX_EVENT_BYTES = 32 * 1024 * 1024

export interface EventStreamOptions {
  readonly provider: string
  readonly reply: UpstreamReply
  /** Count what is delivered, because an abort must be paid for. */
  readonly countDelivered: boolean
}

/** What the events mean is known to the stream of each wire. */
export abstract class EventStream implements CompletionStream, BodyReceiver {
  readonly kind = 'stream'
  /** The answer is complete. */
  protected done = false
  protected failure: ProviderFailure | undefined
  readonly #options: EventStreamOptions
  readonly #textMembers: readonly string[] | undefined
  readonly #aligner = new EventAligner()
  #sink: FrameSink | undefined
  #ended = false
  #deliveredBytes = 0

  /** @param textMembers of the events, whose text counts as delivered; those of OpenAI's chunks unless told. */
  constructor(options: EventStreamOptions, textMembers?: readonly string[]) {
    this.#options = options
    this.#textMembers = textMembers
  }

  /** Whole events, as they came. Returns false to ask for a pause. */
  protected abstract pass(events: Buffer): boolean

  /** The connection has ended before the answer was complete; `rest` is an event without its blank line, or empty. */
  protected abstract finish(rest: Buffer): void

  /** What was used, asked for once, at the end. It may still find that the answer has failed. */
  protected abstract report(): Pick<StreamEnd, 'usage' | 'usageSoFar'>

  start(sink: FrameSink): void {
    this.#sink = sink
    this.#options.reply.receive(this)
  }

  resume(): void {
    this.#options.reply.resume()
  }

  data(chunk: Buffer): boolean {
    if (this.done || this.failure) return true
    const whole = this.#aligner.push(chunk)
    if (!whole) {
      if (this.#aligner.heldBytes > MAX_EVENT_BYTES) this.fail('malformed', 'sent an event that does not end')
      return true
    }
    const flowing = this.pass(whole)
    if (this.done) this.end(undefined)
    return flowing
  }

  /** Called at the last event, so that an upstream that then leaves its connection open keeps nobody waiting, or by its end. */
  end(failure: ProviderFailure | undefined): void {
    if (this.#ended) return
    this.#ended = true
    if (!this.done && !this.failure) {
      if (failure) this.failure = failure
      else this.finish(this.#aligner.rest())
    }
    const used = this.report()
    this.#sink?.end({ failure: this.failure, deliveredTokens: this.#deliveredBytes, ...used })
  }

  protected count(events: Buffer): void {
    if (this.#options.countDelivered) this.#deliveredBytes += deliveredBytes(events, this.#textMembers)
  }

  protected send(events: Buffer): boolean {
    return this.#sink?.frames(events) ?? true
  }

  protected sendUsage(event: Buffer, usage: Usage): boolean {
    return this.#sink?.usageFrame(event, usage) ?? true
  }

  /** Nothing more is passed on. `shown` is what the upstream said, as a reply of its wire. */
  protected fail(kind: 'malformed' | 'truncated' | 'in_band_error', what: string, shown?: RejectedReply): void {
    const { provider, reply } = this.#options
    const details = { provider, message: `${provider} ${what}.`, dispatched: true, reply: shown }
    this.failure = new ProviderFailure(kind, details)
    if (kind !== 'truncated') reply.abort()
  }
}

/** The object of an event; `undefined` for comments and for what is not JSON. */
export function eventObject(event: Buffer): object | undefined {
  const data = eventData(event)
  if (data === '') return undefined
  try {
    const parsed: unknown = JSON.parse(data)
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined
  } catch {
    return undefined
  }
}
