// Owns the writing of a stream to a client: the same buffers, backpressure, keep-alive comments, and an honest end.
import type { ServerResponse } from 'node:http'
import type { CompletionStream, FrameSink, StreamEnd } from '../../domain/completion.ts'
import { errorEvent, isPastTelling } from '../render-error.ts'

const DONE = Buffer.from('data: [DONE]\n\n')
const KEEP_ALIVE = Buffer.from(': keep-alive\n\n')

/** Peers close connections that are silent for a minute or two. */
const KEEP_ALIVE_AFTER_MS = 15_000

export class StreamWriter implements FrameSink {
  readonly #response: ServerResponse
  readonly #stream: CompletionStream
  readonly #requestId: string
  readonly #keepAlive: NodeJS.Timeout
  #wroteSinceCheck = true

  constructor(response: ServerResponse, stream: CompletionStream, requestId: string) {
    this.#response = response
    this.#stream = stream
    this.#requestId = requestId
    response.on('drain', () => this.#stream.resume())
    this.#keepAlive = setInterval(() => this.#comment(), KEEP_ALIVE_AFTER_MS)
  }

  /** Headers are written already. */
  run(): void {
    this.#stream.start(this)
  }

  frames(bytes: Buffer): boolean {
    this.#wroteSinceCheck = true
    return this.#response.write(bytes)
  }

  usageFrame(bytes: Buffer): boolean {
    return this.frames(bytes)
  }

  end({ failure }: StreamEnd): void {
    clearInterval(this.#keepAlive)
    if (this.#response.destroyed) return
    if (!failure) this.#response.end(DONE)
    else if (isPastTelling(failure, this.#response)) this.#response.destroy()
    else this.#response.end(errorEvent(failure, this.#requestId), () => this.#response.socket?.end())
  }

  #comment(): void {
    if (!this.#wroteSinceCheck) this.#response.write(KEEP_ALIVE)
    this.#wroteSinceCheck = false
  }
}
