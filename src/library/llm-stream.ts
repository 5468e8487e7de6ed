// Owns the library's stream: events out of OpenAI chunks, pulled by the reader, cancelled when the reader stops.
import type { Cancellation } from '../domain/cancellation.ts'
import type { FrameSink, StreamEnd } from '../domain/completion.ts'
import { AegisError } from '../domain/errors.ts'
import { usdNumber, ZERO_USD } from '../domain/money.ts'
import { failureKinds } from '../domain/provider-failure.ts'
import type { StreamAnswer } from '../proxy/answer.ts'
import { CollectedChunks, chunksOf, type LLMStreamEvent } from './completion-chunks.ts'
import { factsOf } from './llm-answer.ts'

/** Buffers that wait for the reader before the upstream is paused. */
const MAX_WAITING = 64

/**
 * Yields the events of a stream that is past its commit point. Leaving the loop early aborts the upstream.
 * @throws AegisError when the answer breaks off; what was yielded before is incomplete then.
 */
export async function* eventsOf(
  answer: StreamAnswer,
  cancellation: Cancellation,
): AsyncGenerator<LLMStreamEvent, void, undefined> {
  const queue = new FrameQueue(answer)
  const collected = new CollectedChunks()
  try {
    for (let buffer = await queue.next(); buffer; buffer = await queue.next()) {
      for (const chunk of chunksOf(buffer.toString('utf8'))) yield* collected.read(chunk)
    }
    const { failure, usage } = queue.ended
    if (failure) {
      const { code } = failureKinds[failure.kind]
      throw new AegisError(code, failure.message, { source: 'provider', cause: failure })
    }
    for (const toolCall of collected.toolCalls()) yield { type: 'tool_call', toolCall }
    const { text, reasoning, finishReason } = collected
    const costUsd = usdNumber(answer.stream.cost ?? ZERO_USD)
    const whole = { text, reasoning, toolCalls: collected.toolCalls(), finishReason, usage, costUsd }
    yield { type: 'done', answer: { ...factsOf(answer.facts), ...whole } }
  } finally {
    cancellation.cancel('client_closed')
  }
}

/** Lets a reader pull what a stream pushes. */
class FrameQueue implements FrameSink {
  readonly #answer: StreamAnswer
  #waiting: Buffer[] = []
  #end: StreamEnd | undefined
  #wake: (() => void) | undefined

  constructor(answer: StreamAnswer) {
    this.#answer = answer
    answer.stream.start(this)
  }

  /** How the stream ended; to be read after `next` gave `undefined`. */
  get ended(): StreamEnd {
    return this.#end ?? { failure: undefined, usage: undefined, deliveredTokens: 0 }
  }

  async next(): Promise<Buffer | undefined> {
    if (this.#waiting.length === 0 && !this.#end) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      // Frames may come before this returns.
      this.#answer.stream.resume()
      await woken
    }
    return this.#waiting.shift()
  }

  frames(bytes: Buffer): boolean {
    this.#waiting.push(bytes)
    this.#wake?.()
    return this.#waiting.length < MAX_WAITING
  }

  usageFrame(bytes: Buffer): boolean {
    return this.frames(bytes)
  }

  end(end: StreamEnd): void {
    this.#end = end
    this.#wake?.()
  }
}
