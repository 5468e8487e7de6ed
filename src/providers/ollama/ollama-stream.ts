// Owns a stream of /api/chat: NDJSON lines in, OpenAI chunk events out.
import type { CompletionStream, FrameSink } from '../../domain/completion.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import type { Usage } from '../../domain/usage.ts'
import type { BodyReceiver, UpstreamReply } from '../transport/exchange.ts'
import {
  type AnswerIdentity,
  chunkObject,
  finishReason,
  namesRemoteHost,
  type OllamaReply,
  toolCallsOf,
  usageChunk,
  usageOf,
  wasCut,
} from './chat-reply.ts'

const MAX_LINE_BYTES = 32 * 1024 * 1024
const NEWLINE = 0x0a

export interface OllamaStreamOptions {
  readonly provider: string
  readonly reply: UpstreamReply
  readonly identity: AnswerIdentity
  readonly wantsUsage: boolean
  /** Called once, with the first line that names a remote host: a stream may break off before its last line. */
  readonly onRemoteHost: () => void
  /** The context window, when it was not certain to hold the prompt; undefined when it was. */
  readonly uncertainWindow: number | undefined
}

export class OllamaStream implements CompletionStream, BodyReceiver {
  readonly kind = 'stream'
  readonly #options: OllamaStreamOptions
  #sink: FrameSink | undefined
  #pieces: Buffer[] = []
  #heldBytes = 0
  #opened = false
  #toolCalls = 0
  #deliveredBytes = 0
  #done = false
  #ended = false
  #isRemote = false
  #usage: Usage | undefined
  #failure: ProviderFailure | undefined

  constructor(options: OllamaStreamOptions) {
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
    let flowing = true
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#pieces.push(chunk.subarray(start, end))
      const line = this.#pieces.length === 1 && this.#pieces[0] ? this.#pieces[0] : Buffer.concat(this.#pieces)
      this.#pieces = []
      this.#heldBytes = 0
      start = end + 1
      if (!this.#done && !this.#failure) flowing = this.#line(line) && flowing
    }
    if (start < chunk.length) {
      this.#pieces.push(chunk.subarray(start))
      this.#heldBytes += chunk.length - start
      if (this.#heldBytes > MAX_LINE_BYTES) this.#fail('malformed', 'sent a line that does not end')
    }
    if (this.#done) this.end(undefined)
    return flowing
  }

  /** Called by the final line, so that a server that then leaves its connection open keeps nobody waiting, or by its end. */
  end(failure: ProviderFailure | undefined): void {
    if (this.#ended) return
    this.#ended = true
    if (!this.#done && !this.#failure && this.#heldBytes > 0 && !failure) this.#line(Buffer.concat(this.#pieces))
    if (!this.#done && !this.#failure) {
      if (failure) this.#failure = failure
      else this.#fail('truncated', 'closed its answer before it was complete')
    }
    this.#sink?.end({
      failure: this.#failure,
      usage: this.#usage,
      deliveredTokens: this.#deliveredBytes,
    })
  }

  #line(line: Buffer): boolean {
    const text = line.toString('utf8').trim()
    if (text === '') return true
    const reply = parseReply(text)
    if (!reply) {
      this.#fail('malformed', 'sent a line that is not JSON')
      return true
    }
    if (!this.#isRemote && namesRemoteHost(reply)) {
      this.#isRemote = true
      this.#options.onRemoteHost()
    }
    if (reply.error !== undefined) {
      this.#fail('in_band_error', 'reported an error inside its answer')
      return true
    }
    const flowing = this.#delta(reply)
    return reply.done === true ? this.#finish(reply) && flowing : flowing
  }

  #delta(reply: OllamaReply): boolean {
    const { identity } = this.#options
    const calls = toolCallsOf(reply, identity, this.#toolCalls)
    this.#toolCalls += calls.length
    const content = typeof reply.message?.content === 'string' ? reply.message.content : ''
    const thought = typeof reply.message?.thinking === 'string' ? reply.message.thinking : ''
    if (content === '' && thought === '' && calls.length === 0) return true
    const delta = {
      ...(this.#opened ? {} : { role: 'assistant' }),
      ...(thought === '' ? {} : { reasoning_content: thought }),
      ...(content === '' ? {} : { content }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    }
    this.#opened = true
    this.#deliveredBytes += Buffer.byteLength(content) + Buffer.byteLength(thought)
    for (const call of calls) this.#deliveredBytes += Buffer.byteLength(call.function.arguments)
    return this.#send(chunkObject(identity, delta, null, reply.logprobs))
  }

  #finish(reply: OllamaReply): boolean {
    this.#usage = usageOf(reply)
    if (wasCut(reply, this.#options.uncertainWindow)) {
      this.#fail('context_exceeded', 'cut the prompt to its context window')
      return true
    }
    this.#done = true
    const delta = this.#opened ? {} : { role: 'assistant', content: '' }
    let flowing = this.#send(chunkObject(this.#options.identity, delta, finishReason(reply, this.#toolCalls > 0)))
    if (this.#options.wantsUsage && this.#usage) {
      flowing = this.#sink?.usageFrame(event(usageChunk(this.#options.identity, this.#usage)), this.#usage) ?? true
    }
    return flowing
  }

  #send(chunk: object): boolean {
    return this.#sink?.frames(event(chunk)) ?? true
  }

  #fail(kind: 'malformed' | 'truncated' | 'in_band_error' | 'context_exceeded', what: string): void {
    const { provider, reply } = this.#options
    this.#failure = new ProviderFailure(kind, { provider, message: `${provider} ${what}.`, dispatched: true })
    if (kind !== 'truncated') reply.abort()
  }
}

/** A reply object; `undefined` for what is not one. */
export function parseReply(text: string): OllamaReply | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined
  } catch {
    return undefined
  }
}

function event(chunk: object): Buffer {
  return Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`)
}
