// Owns passing a stream on as it is: what its kinds look at on the way is theirs.
import type { FrameSink, NativeWire, StreamEnd } from '../domain/completion.ts'
import type { NanoUsd } from '../domain/money.ts'
import type { Usage } from '../domain/usage.ts'
import type { SettledCompletionStream } from './answer.ts'

export abstract class PassedStream implements SettledCompletionStream, FrameSink {
  readonly kind = 'stream'
  readonly #stream: SettledCompletionStream
  #sink: FrameSink | undefined

  constructor(stream: SettledCompletionStream) {
    this.#stream = stream
  }

  get wire(): NativeWire | undefined {
    return this.#stream.wire
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
    this.#sink?.end(end)
  }
}
