// Owns the writing of a stream to a client: the same buffers, backpressure, keep-alive comments, and an honest end.
import type { CompletionStream, FrameSink, StreamEnd } from '../../domain/completion.ts'
import type { HttpReply } from '../http/http-exchange.ts'
import { errorEvent, isPastTelling } from '../render-error.ts'

export const STREAM_HEADERS = [
  'content-type',
  'text/event-stream; charset=utf-8',
  'cache-control',
  'no-cache',
  'x-accel-buffering',
  'no',
] as const

const DONE = Buffer.from('data: [DONE]\n\n')
const KEEP_ALIVE = Buffer.from(': keep-alive\n\n')

/** Peers close connections that are silent for a minute or two. */
const KEEP_ALIVE_AFTER_MS = 15_000

export class StreamWriter implements FrameSink {
  readonly #reply: HttpReply
  readonly #stream: CompletionStream
  readonly #requestId: string
  readonly #translate: ((frames: Buffer) => Buffer) | undefined
  readonly #keepAlive: NodeJS.Timeout
  #wroteSinceCheck = true

  /** @param translate for a route whose events differ from a chat's; the same buffers are written without it. */
  constructor(reply: HttpReply, stream: CompletionStream, requestId: string, translate?: (frames: Buffer) => Buffer) {
    this.#reply = reply
    this.#translate = translate
    this.#stream = stream
    this.#requestId = requestId
    reply.onDrain(() => this.#stream.resume())
    this.#keepAlive = setInterval(() => this.#comment(), KEEP_ALIVE_AFTER_MS)
  }

  /** Headers are written already. */
  run(): void {
    this.#stream.start(this)
  }

  frames(bytes: Buffer): boolean {
    const shown = this.#translate ? this.#translate(bytes) : bytes
    if (shown.length === 0) return !this.#reply.needsDrain
    this.#wroteSinceCheck = true
    return this.#reply.write(shown)
  }

  usageFrame(bytes: Buffer): boolean {
    return this.frames(bytes)
  }

  end({ failure }: StreamEnd): void {
    clearInterval(this.#keepAlive)
    if (this.#reply.closed) return
    if (!failure) this.#reply.end(DONE)
    else if (isPastTelling(failure, this.#reply)) this.#reply.destroy()
    else this.#reply.endAndClose(errorEvent(failure, this.#requestId))
  }

  #comment(): void {
    if (!this.#wroteSinceCheck) this.#reply.write(KEEP_ALIVE)
    this.#wroteSinceCheck = false
  }
}
