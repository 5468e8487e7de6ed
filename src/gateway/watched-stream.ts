// Owns looking on while a stream passes: every event goes on unchanged, and its end is told to who looks.
import type { FrameSink, StreamEnd } from '../domain/completion.ts'
import type { NanoUsd } from '../domain/money.ts'
import type { Usage } from '../domain/usage.ts'
import type { SettledCompletionStream } from '../proxy/answer.ts'

export class WatchedStream implements SettledCompletionStream, FrameSink {
  readonly kind = 'stream'
  readonly #stream: SettledCompletionStream
  readonly #onEnd: (end: StreamEnd) => void
  #sink: FrameSink | undefined

  constructor(stream: SettledCompletionStream, onEnd: (end: StreamEnd) => void) {
    this.#stream = stream
    this.#onEnd = onEnd
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
    return this.#sink?.frames(bytes) ?? true
  }

  usageFrame(bytes: Buffer, usage: Usage): boolean {
    return this.#sink?.usageFrame(bytes, usage) ?? true
  }

  end(end: StreamEnd): void {
    this.#onEnd(end)
    this.#sink?.end(end)
  }
}
