// Owns the copy of a stream that passes: handed over when it ends as it should, dropped when it breaks or grows too large.
import type { FrameSink, StreamEnd } from '../domain/completion.ts'
import type { KeptAnswer, KeptEvents } from '../domain/kept-answer.ts'
import type { NanoUsd } from '../domain/money.ts'
import type { Usage } from '../domain/usage.ts'
import type { SettledCompletionStream } from './answer.ts'

export class KeptStream implements SettledCompletionStream, FrameSink {
  readonly kind = 'stream'
  readonly #stream: SettledCompletionStream
  readonly #onWhole: (answer: KeptAnswer) => void
  readonly #maxBytes: number
  /** Undefined once there is too much. */
  #events: KeptEvents[] | undefined = []
  #bytes = 0
  #sink: FrameSink | undefined

  constructor(stream: SettledCompletionStream, maxBytes: number, onWhole: (answer: KeptAnswer) => void) {
    this.#stream = stream
    this.#maxBytes = maxBytes
    this.#onWhole = onWhole
  }

  get cost(): NanoUsd | undefined {
    return this.#stream.cost
  }

  start(sink: FrameSink): void {
    this.#sink = sink
    this.#stream.start(this)
  }

  resume(): void {
    this.#stream.resume()
  }

  frames(bytes: Buffer): boolean {
    this.#keep(bytes, undefined)
    return this.#sink?.frames(bytes) ?? true
  }

  usageFrame(bytes: Buffer, usage: Usage): boolean {
    this.#keep(bytes, usage)
    return this.#sink?.usageFrame(bytes, usage) ?? true
  }

  end(end: StreamEnd): void {
    if (!end.failure && this.#events) this.#onWhole({ kind: 'stream', events: this.#events, usage: end.usage })
    this.#events = undefined
    this.#sink?.end(end)
  }

  /** Copied: a buffer of the network is a part of a larger one, which would be kept as well. */
  #keep(bytes: Buffer, usage: Usage | undefined): void {
    if (this.#events === undefined) return
    this.#bytes += bytes.length
    if (this.#bytes > this.#maxBytes) this.#events = undefined
    else this.#events.push({ bytes: Buffer.from(bytes), usage })
  }
}
