// Owns looking on while a stream passes: every event goes on unchanged, and its end is told to who looks.
import type { StreamEnd } from '../domain/completion.ts'
import type { SettledCompletionStream } from '../proxy/answer.ts'
import { PassedStream } from '../proxy/passed-stream.ts'

export class WatchedStream extends PassedStream {
  readonly #onEnd: (end: StreamEnd) => void

  constructor(stream: SettledCompletionStream, onEnd: (end: StreamEnd) => void) {
    super(stream)
    this.#onEnd = onEnd
  }

  override end(end: StreamEnd): void {
    this.#onEnd(end)
    super.end(end)
  }
}
