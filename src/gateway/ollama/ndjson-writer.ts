// Owns the writing of a stream in Ollama's NDJSON.
import type { CompletionStream, FrameSink, StreamEnd } from '../../domain/completion.ts'
import type { HttpReply } from '../http/http-exchange.ts'
import { isPastTelling } from '../render-error.ts'
import {
  doneMembers,
  logprobsOf,
  type ReplyFrame,
  type ReplyObject,
  type WireChoice,
  type WireMessage,
  type WireToolCall,
} from './encode-chat.ts'

interface Chunk {
  readonly choices?: readonly WireChoice[]
}

export interface NdjsonOptions {
  readonly reply: HttpReply
  readonly stream: CompletionStream
  readonly frame: ReplyFrame
  readonly replyObject: ReplyObject
  readonly nowMs: () => number
}

export class NdjsonWriter implements FrameSink {
  readonly #options: NdjsonOptions
  readonly #startedMs: number
  readonly #calls = new Map<number, { id: string; name: string; arguments: string }>()
  #finishReason: string | null | undefined

  constructor(options: NdjsonOptions) {
    this.#options = options
    this.#startedMs = options.frame.createdAtMs
    options.reply.onDrain(() => options.stream.resume())
  }

  /** Headers are written already. */
  run(): void {
    this.#options.stream.start(this)
  }

  frames(bytes: Buffer): boolean {
    let flowing = true
    for (const line of bytes.toString('utf8').split('\n')) {
      const chunk = line.startsWith('data:') ? parse(line.slice(5)) : undefined
      const choice = chunk?.choices?.find(({ index }) => index === undefined || index === 0)
      if (!choice) continue
      this.#finishReason = choice.finish_reason ?? this.#finishReason
      for (const call of choice.delta?.tool_calls ?? []) this.#addCall(call)
      const delta = choice.delta
      if (delta?.content || delta?.reasoning_content || delta?.reasoning)
        flowing = this.#write({ ...this.#object(delta, []), ...logprobsOf(choice), done: false })
    }
    return flowing
  }

  usageFrame(bytes: Buffer): boolean {
    return this.frames(bytes)
  }

  end({ failure, usage }: StreamEnd): void {
    const { reply, nowMs } = this.#options
    if (reply.closed) return
    if (failure && isPastTelling(failure, reply)) {
      reply.destroy()
      return
    }
    if (failure) {
      reply.endAndClose(Buffer.from(`${JSON.stringify({ error: failure.message })}\n`))
      return
    }
    if (this.#calls.size > 0) this.#write({ ...this.#object({}, this.#toolCalls()), done: false })
    const done = doneMembers(this.#finishReason, usage, nowMs() - this.#startedMs)
    reply.end(Buffer.from(`${JSON.stringify({ ...this.#object({}, []), ...done })}\n`))
  }

  #object(delta: WireMessage, calls: readonly WireToolCall[]): object {
    const { frame, replyObject, nowMs } = this.#options
    return replyObject({ model: frame.model, createdAtMs: nowMs() }, delta, calls)
  }

  #write(line: object): boolean {
    return this.#options.reply.write(Buffer.from(`${JSON.stringify(line)}\n`))
  }

  /** OpenAI streams a call's arguments in pieces; Ollama's clients expect a call whole. */
  #addCall(call: WireToolCall): void {
    const index = call.index ?? this.#calls.size
    const known = this.#calls.get(index) ?? { id: '', name: '', arguments: '' }
    known.id = call.id ?? known.id
    known.name += call.function?.name ?? ''
    known.arguments += call.function?.arguments ?? ''
    this.#calls.set(index, known)
  }

  #toolCalls(): WireToolCall[] {
    return [...this.#calls].map(([index, { id, ...called }]) => ({ index, id, function: called }))
  }
}

function parse(data: string): Chunk | undefined {
  try {
    return JSON.parse(data) as Chunk
  } catch {
    return undefined
  }
}
