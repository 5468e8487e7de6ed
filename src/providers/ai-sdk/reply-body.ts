// Owns the body of a reply as the web stream that the AI SDK reads: in order, with backpressure, its end kept apart.
import { ProviderFailure } from '../../domain/provider-failure.ts'
import type { BodyReceiver, UpstreamReply } from '../transport/exchange.ts'
import type { ReplyMender } from './missing-usage.ts'

/** Beyond this much that has not been read, the upstream is asked to pause. */
const MAX_HELD_BYTES = 256 * 1024
/** No answer, and no stream of one, is longer. */
const MAX_REPLY_BYTES = 256 * 1024 * 1024

export class ReplyBody implements BodyReceiver {
  readonly stream: ReadableStream<Uint8Array>
  readonly #provider: string
  readonly #reply: UpstreamReply
  readonly #mender: ReplyMender | undefined
  #held: Buffer[] = []
  #heldBytes = 0
  #bytes = 0
  #ended = false
  #ignoring = false
  #failure: ProviderFailure | undefined
  #pulled: (() => void) | undefined
  #onBroken: (() => void) | undefined

  constructor(provider: string, reply: UpstreamReply, mender?: ReplyMender) {
    this.#provider = provider
    this.#reply = reply
    this.#mender = mender
    this.stream = new ReadableStream({ pull: (controller) => this.#pull(controller) }, { highWaterMark: 0 })
    reply.receive(this)
  }

  /** What cut the body short; what came before it can still be read. */
  get failure(): ProviderFailure | undefined {
    return this.#failure
  }

  onBroken(listener: () => void): void {
    if (this.#failure) listener()
    else this.#onBroken = listener
  }

  abort(): void {
    this.#ignoring = true
    this.#reply.abort()
  }

  ignoreRest(): void {
    this.#ignoring = true
    this.#held = []
    this.#heldBytes = 0
    this.#reply.resume()
  }

  data(chunk: Buffer): boolean {
    this.#bytes += chunk.length
    if (this.#bytes > MAX_REPLY_BYTES) {
      const message = `${this.#provider} sent an answer of over ${MAX_REPLY_BYTES} bytes.`
      this.#failure ??= new ProviderFailure('malformed', { provider: this.#provider, message, dispatched: true })
      this.#reply.abort()
      return true
    }
    if (this.#ignoring) return true
    const piece = this.#mender ? this.#mender.push(chunk) : chunk
    if (piece) this.#hold(piece)
    return this.#heldBytes < MAX_HELD_BYTES
  }

  end(failure: ProviderFailure | undefined): void {
    const rest = failure || this.#ignoring ? undefined : this.#mender?.end()
    if (rest && rest.length > 0) this.#hold(rest)
    this.#ended = true
    this.#failure ??= failure
    this.#wake()
    if (this.#failure && !this.#ignoring) this.#onBroken?.()
  }

  #hold(piece: Buffer): void {
    this.#held.push(piece)
    this.#heldBytes += piece.length
    this.#wake()
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    if (this.#held.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#pulled = resolve
      })
    }
    const chunk = this.#held.shift()
    if (chunk) {
      const wasFull = this.#heldBytes >= MAX_HELD_BYTES
      this.#heldBytes -= chunk.length
      if (wasFull && this.#heldBytes < MAX_HELD_BYTES) this.#reply.resume()
      controller.enqueue(chunk)
    } else if (this.#failure) {
      controller.error(this.#failure)
    } else {
      controller.close()
    }
  }

  #wake(): void {
    const pulled = this.#pulled
    this.#pulled = undefined
    pulled?.()
  }
}
