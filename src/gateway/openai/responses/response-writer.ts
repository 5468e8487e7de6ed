// Owns the writing of a streamed response: what is kept of it is kept before its client hears that it is complete.
import type { CompletionStream, FrameSink, StreamEnd } from '../../../domain/completion.ts'
import { failureKinds } from '../../../domain/provider-failure.ts'
import type { HttpReply } from '../../http/http-exchange.ts'
import { isPastTelling } from '../../render-error.ts'
import type { ResponseObject } from './wire.ts'

const KEEP_ALIVE = Buffer.from(': keep-alive\n\n')

/** Peers close connections that are silent for a minute or two. */
const KEEP_ALIVE_AFTER_MS = 15_000

/** Where the events of a response come from: made here from a chat's, or from their provider. */
export interface EventSource {
  start(): Buffer
  /** @param frames whole events of the provider's wire. */
  chunks(frames: Buffer): Buffer
  /** @returns the response as it is kept and, in `events`, all but the last event. */
  finish(endedAtMs: number): { readonly events: Buffer; readonly response: ResponseObject }
  last(response: ResponseObject): Buffer
  /** For clients that read responses, and for those that wait for an error. */
  failed(code: string, message: string): Buffer
}

export interface ResponseWriterOptions {
  readonly reply: HttpReply
  readonly stream: CompletionStream
  readonly events: EventSource
  readonly nowMs: () => number
  /** Never rejects. @returns the response as it is to be shown. */
  readonly keep: (response: ResponseObject) => Promise<ResponseObject>
}

export class ResponseWriter implements FrameSink {
  readonly #options: ResponseWriterOptions
  readonly #keepAlive: NodeJS.Timeout
  #wroteSinceCheck = true

  constructor(options: ResponseWriterOptions) {
    this.#options = options
    options.reply.onDrain(() => options.stream.resume())
    this.#keepAlive = setInterval(() => this.#comment(), KEEP_ALIVE_AFTER_MS)
  }

  /** Headers are written already. */
  run(): void {
    this.#write(this.#options.events.start())
    this.#options.stream.start(this)
  }

  frames(bytes: Buffer): boolean {
    return this.#write(this.#options.events.chunks(bytes))
  }

  usageFrame(bytes: Buffer): boolean {
    return this.frames(bytes)
  }

  end({ failure }: StreamEnd): void {
    clearInterval(this.#keepAlive)
    const { reply, events, nowMs, keep } = this.#options
    if (reply.closed) return
    if (failure) {
      if (isPastTelling(failure, reply)) reply.destroy()
      else reply.endAndClose(events.failed(failureKinds[failure.kind].code, failure.message))
      return
    }
    const { events: closing, response } = events.finish(nowMs())
    this.#write(closing)
    keep(response).then((shown) => reply.end(events.last(shown)))
  }

  #write(bytes: Buffer): boolean {
    const { reply } = this.#options
    if (bytes.length === 0) return !reply.needsDrain
    this.#wroteSinceCheck = true
    return reply.write(bytes)
  }

  #comment(): void {
    if (!this.#wroteSinceCheck) this.#options.reply.write(KEEP_ALIVE)
    this.#wroteSinceCheck = false
  }
}
