// Owns the copy of a stream that passes: handed over when it ends as it should, dropped when it breaks or grows too large.
import type { StreamEnd } from '../domain/completion.ts'
import type { KeptAnswer, KeptEvents } from '../domain/kept-answer.ts'
import type { Usage } from '../domain/usage.ts'
import type { SettledCompletionStream } from './answer.ts'
import { PassedStream } from './passed-stream.ts'

export class KeptStream extends PassedStream {
  readonly #onWhole: (answer: KeptAnswer) => void
  readonly #maxBytes: number
  /** Undefined once there is too much. */
  #events: KeptEvents[] | undefined = []
  #bytes = 0

  constructor(stream: SettledCompletionStream, maxBytes: number, onWhole: (answer: KeptAnswer) => void) {
    super(stream)
    this.#maxBytes = maxBytes
    this.#onWhole = onWhole
  }

  override frames(bytes: Buffer): boolean {
    this.#keep(bytes, undefined)
    return super.frames(bytes)
  }

  override usageFrame(bytes: Buffer, usage: Usage): boolean {
    this.#keep(bytes, usage)
    return super.usageFrame(bytes, usage)
  }

  override end(end: StreamEnd): void {
    if (!end.failure && this.#events) this.#onWhole({ kind: 'stream', events: this.#events, usage: end.usage })
    this.#events = undefined
    super.end(end)
  }

  /** Copied: a buffer of the network is a part of a larger one, which would be kept as well. */
  #keep(bytes: Buffer, usage: Usage | undefined): void {
    if (this.#events === undefined) return
    this.#bytes += bytes.length
    if (this.#bytes > this.#maxBytes) this.#events = undefined
    else this.#events.push({ bytes: Buffer.from(bytes), usage })
  }
}
