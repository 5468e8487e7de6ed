// Owns a stream of an OpenAI-wire upstream: its events pass through as they are, while usage, errors and the end are noticed.
import type { CompletionStream, FrameSink } from '../../domain/completion.ts'
import { eventData, splitEvents } from '../../domain/event-bytes.ts'
import { ProviderFailure, type RejectedReply } from '../../domain/provider-failure.ts'
import type { Usage } from '../../domain/usage.ts'
import { deliveredBytes } from '../transport/delivered-bytes.ts'
import { EventAligner } from '../transport/event-aligner.ts'
import type { BodyReceiver, UpstreamReply } from '../transport/exchange.ts'
import { readUsage } from './read-usage.ts'
import { reportedError } from './reported-error.ts'

/** An event that is still unfinished at this size is not an event. */
const MAX_EVENT_BYTES = 32 * 1024 * 1024

/** The colon that opens a comment line. */
const COMMENT = 0x3a
const SPACE = 0x20
const NEWLINE = 0x0a

export interface OpenAIStreamOptions {
  readonly provider: string
  readonly reply: UpstreamReply
  /** The caller asked for the usage chunk; otherwise a chunk that holds nothing else is dropped. */
  readonly wantsUsage: boolean
  /** Count what is delivered, because an abort must be paid for. */
  readonly countDelivered: boolean
}

export class OpenAIStream implements CompletionStream, BodyReceiver {
  readonly kind = 'stream'
  readonly #options: OpenAIStreamOptions
  readonly #aligner = new EventAligner()
  #sink: FrameSink | undefined
  #usage: Usage | undefined
  /** The usage came with the finish reason or after it; some vendors count in every event before. */
  #usageIsFinal = false
  #done = false
  #ended = false
  #failure: ProviderFailure | undefined
  #deliveredBytes = 0
  /** An event came that is more than a comment. */
  #began = false
  /** The newest events that may hold a finish reason: vendors without `[DONE]` end with one. */
  #lastEvents: Buffer | undefined

  constructor(options: OpenAIStreamOptions) {
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
    const flowing = this.#pass(whole)
    if (this.#done) this.end(undefined)
    return flowing
  }

  /** Called at `[DONE]`, so that an upstream that then leaves its connection open keeps nobody waiting, or by its end. */
  end(failure: ProviderFailure | undefined): void {
    if (this.#ended) return
    this.#ended = true
    if (!this.#done && !this.#failure) this.#finish(failure)
    if (this.#done && !this.#failure && !this.#began) this.#fail('truncated', 'ended its answer before it began')
    const isBill = this.#usageIsFinal || !this.#failure
    this.#sink?.end({
      failure: this.#failure,
      usage: isBill ? this.#usage : undefined,
      deliveredTokens: this.#deliveredBytes,
      ...(isBill || !this.#usage ? {} : { usageSoFar: this.#usage }),
    })
  }

  #pass(events: Buffer): boolean {
    let rest = events
    const doneAt = doneMarker(rest)
    if (doneAt >= 0) {
      this.#done = true
      rest = rest.subarray(0, doneAt)
    }
    if (rest.length === 0) return true
    if (this.#options.countDelivered) this.#deliveredBytes += deliveredBytes(rest)
    // `"usage":null` stands in every chunk of a stream that reports usage; its counts stand in one.
    if (rest.includes('"prompt_tokens"') || rest.includes('"error"')) return this.#passOneByOne(rest)
    if (rest[0] !== COMMENT || rest.includes('\ndata:')) this.#began = true
    if (rest.includes('"finish_reason"')) this.#lastEvents = rest
    return this.#sink?.frames(rest) ?? true
  }

  /** The slow way, for the few buffers that hold a usage or the word error: look at each event. */
  #passOneByOne(events: Buffer): boolean {
    let flowing = true
    for (const event of splitEvents(events)) {
      const chunk = parseChunk(event)
      const error = chunk && reportedError(chunk)
      if (error) {
        this.#fail('in_band_error', 'reported an error inside its answer', error)
        break
      }
      if (chunk) this.#began = true
      const carriesChoices = Array.isArray(chunk?.choices) && chunk.choices.length > 0
      if (carriesChoices) this.#lastEvents = event
      const usage = chunk && readUsage(chunk.usage)
      if (!usage) {
        flowing = this.#sink?.frames(event) ?? true
        continue
      }
      this.#usage = usage
      this.#usageIsFinal = !carriesChoices || hasFinishReason(event)
      if (this.#options.wantsUsage) flowing = this.#sink?.usageFrame(event, usage) ?? true
      else if (carriesChoices) flowing = this.#sink?.frames(event) ?? true
    }
    return flowing
  }

  #finish(failure: ProviderFailure | undefined): void {
    const rest = this.#aligner.rest()
    if (!failure && rest.length > 0 && doneMarker(rest) >= 0) {
      this.#done = true
      return
    }
    if (failure) this.#failure = failure
    else if (!this.#lastEvents || !hasFinishReason(this.#lastEvents))
      this.#fail('truncated', 'closed its answer before it was complete')
  }

  #fail(kind: 'malformed' | 'truncated' | 'in_band_error', what: string, error?: unknown): void {
    const { provider, reply } = this.#options
    const body = error === undefined ? undefined : Buffer.from(JSON.stringify({ error }))
    const shown: RejectedReply | undefined = body && { status: 200, contentType: 'application/json', body }
    const details = { provider, message: `${provider} ${what}.`, dispatched: true, reply: shown }
    this.#failure = new ProviderFailure(kind, details)
    if (kind !== 'truncated') reply.abort()
  }
}

interface Chunk {
  readonly choices?: unknown
  readonly usage?: unknown
  readonly error?: unknown
}

/** The chunk object of an event; `undefined` for comments and for what is not JSON. */
function parseChunk(event: Buffer): Chunk | undefined {
  const data = eventData(event)
  if (data === '') return undefined
  try {
    const parsed: unknown = JSON.parse(data)
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined
  } catch {
    return undefined
  }
}

/** The offset of a closing `data: [DONE]`, or -1. In a string of JSON it cannot stand at the start of a line. */
function doneMarker(events: Buffer): number {
  for (let at = events.indexOf('[DONE]'); at >= 0; at = events.indexOf('[DONE]', at + 6)) {
    const line = events[at - 1] === SPACE ? at - 6 : at - 5
    const begins = line === 0 || events[line - 1] === NEWLINE
    if (begins && events.toString('latin1', line, line + 5) === 'data:') return line
  }
  return -1
}

function hasFinishReason(events: Buffer): boolean {
  return splitEvents(events).some((event) => {
    const choices = parseChunk(event)?.choices
    return Array.isArray(choices) && choices.some((choice) => typeof choice?.finish_reason === 'string')
  })
}
