// Owns a stream of a route for responses: its events pass through as they are, while usage, errors and the end are noticed.
import type { CompletionStream, FrameSink } from '../../domain/completion.ts'
import { eventData, splitEvents } from '../../domain/event-bytes.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import { deliveredBytes, RESPONSE_MEMBERS } from '../transport/delivered-bytes.ts'
import { EventAligner } from '../transport/event-aligner.ts'
import type { BodyReceiver, UpstreamReply } from '../transport/exchange.ts'
import { readResponseUsage } from './read-usage.ts'

/** An event that is still unfinished at this size is not an event. */
const MAX_EVENT_BYTES = 32 * 1024 * 1024

export interface ResponsesStreamOptions {
  readonly provider: string
  readonly reply: UpstreamReply
  /** Count what is delivered, because an abort must be paid for. */
  readonly countDelivered: boolean
}

interface ResponseEvent {
  readonly type?: unknown
  readonly response?: { readonly usage?: unknown } | null
}

/** What only the last and the failing events of a stream hold; in a text their quotes would be escaped. */
const NOTICED = ['"response.completed"', '"response.incomplete"', '"response.failed"', '"error"'] as const

export class ResponsesStream implements CompletionStream, BodyReceiver {
  readonly kind = 'stream'
  readonly wire = 'responses'
  readonly #options: ResponsesStreamOptions
  readonly #aligner = new EventAligner()
  #sink: FrameSink | undefined
  /** Of a response that has ended, however it did. */
  #usage: unknown
  #done = false
  #ended = false
  #failure: ProviderFailure | undefined
  #deliveredBytes = 0

  constructor(options: ResponsesStreamOptions) {
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

  /** Called at the last event, so that an upstream that then leaves its connection open keeps nobody waiting, or by its end. */
  end(failure: ProviderFailure | undefined): void {
    if (this.#ended) return
    this.#ended = true
    if (!this.#done && !this.#failure) {
      if (failure) this.#failure = failure
      else this.#finish()
    }
    const reported = readResponseUsage(this.#usage)
    this.#sink?.end({
      failure: this.#failure,
      usage: this.#failure ? undefined : reported,
      deliveredTokens: this.#deliveredBytes,
      ...(this.#failure && reported ? { usageSoFar: reported } : {}),
    })
  }

  /** The end of the connection is no end of the response; only its last event may lack its blank line. */
  #finish(): void {
    const rest = this.#aligner.rest()
    if (rest.length > 0) this.#passOneByOne(Buffer.concat([rest, Buffer.from('\n\n')]))
    if (!this.#done && !this.#failure) this.#fail('truncated', 'closed its answer before it was complete')
  }

  #pass(events: Buffer): boolean {
    if (this.#options.countDelivered) this.#deliveredBytes += deliveredBytes(events, RESPONSE_MEMBERS)
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
      case 'response.failed':
        this.#usage = parsed.response?.usage
        this.#fail('in_band_error', 'reported an error inside its answer')
        return true
      case 'response.completed':
      case 'response.incomplete': {
        if (typeof parsed.response !== 'object' || parsed.response === null) {
          this.#fail('malformed', 'ended its answer without the response')
          return true
        }
        this.#done = true
        this.#usage = parsed.response.usage
        const usage = readResponseUsage(this.#usage)
        return (usage ? this.#sink?.usageFrame(event, usage) : this.#sink?.frames(event)) ?? true
      }
      default:
        return this.#pass(event)
    }
  }

  #fail(kind: 'malformed' | 'truncated' | 'in_band_error', what: string): void {
    const { provider, reply } = this.#options
    this.#failure = new ProviderFailure(kind, { provider, message: `${provider} ${what}.`, dispatched: true })
    if (kind !== 'truncated') reply.abort()
  }
}

function parsedEvent(event: Buffer): ResponseEvent | undefined {
  const data = eventData(event)
  if (data === '') return undefined
  try {
    const parsed: unknown = JSON.parse(data)
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined
  } catch {
    return undefined
  }
}
