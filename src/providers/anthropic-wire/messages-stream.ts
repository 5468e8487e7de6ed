// Owns a stream of Anthropic's wire: its events pass through as they are, while usage, errors and the end are noticed.
import type { CompletionStream, FrameSink } from '../../domain/completion.ts'
import { eventData, splitEvents } from '../../domain/event-bytes.ts'
import { ProviderFailure, type RejectedReply } from '../../domain/provider-failure.ts'
import { ANTHROPIC_MEMBERS, deliveredBytes } from '../transport/delivered-bytes.ts'
import { EventAligner } from '../transport/event-aligner.ts'
import type { BodyReceiver, UpstreamReply } from '../transport/exchange.ts'
import { laterUsage, type MessageUsage, readMessageUsage } from './read-usage.ts'

/** An event that is still unfinished at this size is not an event. */
const MAX_EVENT_BYTES = 32 * 1024 * 1024

export interface MessagesStreamOptions {
  readonly provider: string
  readonly reply: UpstreamReply
  /** Count what is delivered, because an abort must be paid for. */
  readonly countDelivered: boolean
}

interface MessageEvent {
  readonly type?: unknown
  readonly message?: { readonly usage?: MessageUsage | null } | null
  readonly usage?: MessageUsage | null
  readonly delta?: { readonly stop_reason?: unknown } | null
}

/** What only the first, the last and the failing events of a stream hold. */
const NOTICED = ['"usage"', 'message_stop', '"error"'] as const

export class MessagesStream implements CompletionStream, BodyReceiver {
  readonly kind = 'stream'
  readonly wire = 'anthropic'
  readonly #options: MessagesStreamOptions
  readonly #aligner = new EventAligner()
  #sink: FrameSink | undefined
  #usage: MessageUsage | undefined
  /** The report came with the stop reason. */
  #usageIsFinal = false
  #stopped = false
  #done = false
  #ended = false
  #failure: ProviderFailure | undefined
  #deliveredBytes = 0

  constructor(options: MessagesStreamOptions) {
    this.#options = options
  }

  start(sink: FrameSink): void {
    this.#sink = sink
    this.#options.reply.receive(this)
  }

  resume(): void {
    this.#options.reply.resume()
  }

  data(chunk: Buffer): boolean {
    if (this.#done || this.#failure) return true
    const whole = this.#aligner.push(chunk)
    if (!whole) {
      if (this.#aligner.heldBytes > MAX_EVENT_BYTES) this.#fail('malformed', 'sent an event that does not end')
      return true
    }
    const flowing = NOTICED.some((word) => whole.includes(word)) ? this.#passOneByOne(whole) : this.#pass(whole)
    if (this.#done) this.end(undefined)
    return flowing
  }

  /** Called at `message_stop`, so that an upstream that then leaves its connection open keeps nobody waiting, or by its end. */
  end(failure: ProviderFailure | undefined): void {
    if (this.#ended) return
    this.#ended = true
    if (!this.#done && !this.#failure) {
      if (failure) this.#failure = failure
      else this.#finish()
    }
    const reported = readMessageUsage(this.#usage)
    const isBill = this.#usageIsFinal
    this.#sink?.end({
      failure: this.#failure,
      usage: isBill ? reported : undefined,
      deliveredTokens: this.#deliveredBytes,
      ...(isBill || !reported ? {} : { usageSoFar: reported }),
    })
  }

  /** The end of the connection is no end of the message; only its last event may lack its blank line. */
  #finish(): void {
    const rest = this.#aligner.rest()
    if (rest.length > 0 && this.#stopped && parsedEvent(rest)?.type === 'message_stop') {
      this.#done = true
      this.#sink?.frames(Buffer.concat([rest, Buffer.from('\n\n')]))
      return
    }
    this.#fail('truncated', 'closed its answer before it was complete')
  }

  #pass(events: Buffer): boolean {
    if (this.#options.countDelivered) this.#deliveredBytes += deliveredBytes(events, ANTHROPIC_MEMBERS)
    return this.#sink?.frames(events) ?? true
  }

  #passOneByOne(events: Buffer): boolean {
    let flowing = true
    for (const event of splitEvents(events)) {
      flowing = this.#take(event)
      if (this.#done || this.#failure) break
    }
    return flowing
  }

  #take(event: Buffer): boolean {
    const parsed = parsedEvent(event)
    switch (parsed?.type) {
      case 'error':
        this.#fail('in_band_error', 'reported an error inside its answer', Buffer.from(eventData(event)))
        return true
      case 'message_start':
        this.#usage = parsed.message?.usage ?? undefined
        return this.#sink?.frames(event) ?? true
      case 'message_delta':
        return this.#takeDelta(event, parsed)
      case 'message_stop':
        if (!this.#stopped) {
          this.#fail('truncated', 'ended its answer before it was complete')
          return true
        }
        this.#done = true
        return this.#sink?.frames(event) ?? true
      default:
        return this.#pass(event)
    }
  }

  #takeDelta(event: Buffer, { usage, delta }: MessageEvent): boolean {
    if (usage) this.#usage = laterUsage(this.#usage ?? {}, usage)
    if (typeof delta?.stop_reason === 'string') this.#stopped = true
    const report = usage ? readMessageUsage(this.#usage) : undefined
    if (!report) return this.#sink?.frames(event) ?? true
    this.#usageIsFinal = this.#stopped
    return this.#sink?.usageFrame(event, report) ?? true
  }

  #fail(kind: 'malformed' | 'truncated' | 'in_band_error', what: string, body?: Buffer): void {
    const { provider, reply } = this.#options
    const shown: RejectedReply | undefined = body && {
      wire: 'anthropic',
      status: 200,
      contentType: 'application/json',
      body,
    }
    this.#failure = new ProviderFailure(kind, {
      provider,
      message: `${provider} ${what}.`,
      dispatched: true,
      reply: shown,
    })
    if (kind !== 'truncated') reply.abort()
  }
}

function parsedEvent(event: Buffer): MessageEvent | undefined {
  const data = eventData(event)
  if (data === '') return undefined
  try {
    const parsed: unknown = JSON.parse(data)
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined
  } catch {
    return undefined
  }
}
