// Owns a sink that remembers a stream.
import type { FrameSink, StreamEnd } from '../../src/domain/completion.ts'
import type { Usage } from '../../src/domain/usage.ts'

export class RecordingSink implements FrameSink {
  /** All frames and usage frames as one text. */
  text = ''
  readonly frameTexts: string[] = []
  readonly usages: Usage[] = []
  /** More than one is a fault of the stream. */
  readonly ends: StreamEnd[] = []
  /** Calls that came after the end: a fault of the stream. */
  late = 0

  frames(bytes: Buffer): boolean {
    this.#note(bytes)
    return true
  }

  usageFrame(bytes: Buffer, usage: Usage): boolean {
    this.#note(bytes)
    this.usages.push(usage)
    return true
  }

  end(end: StreamEnd): void {
    this.ends.push(end)
  }

  #note(bytes: Buffer): void {
    if (this.ends.length > 0) this.late += 1
    const text = bytes.toString('utf8')
    this.frameTexts.push(text)
    this.text += text
  }
}
