// Owns the library's stream: events out of OpenAI chunks, pulled by the reader, cancelled when the reader stops.
import type { Cancellation } from '../domain/cancellation.ts'
import type { FrameSink, StreamEnd } from '../domain/completion.ts'
import { AegisError } from '../domain/errors.ts'
import { usdNumber, ZERO_USD } from '../domain/money.ts'
import { failureKinds } from '../domain/provider-failure.ts'
import type { StreamAnswer } from '../proxy/answer.ts'
import { factsOf, type LLMAnswer, type LLMToolCall, type WireToolCall } from './llm-answer.ts'

export type LLMStreamEvent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  /** A whole tool call, when the answer has ended. */
  | { readonly type: 'tool_call'; readonly toolCall: LLMToolCall }
  /** The last event: everything together, with usage and cost. */
  | { readonly type: 'done'; readonly answer: LLMAnswer }

/** Buffers that wait for the reader before the upstream is paused. */
const MAX_WAITING = 64

interface Delta {
  readonly content?: string | null
  readonly reasoning_content?: string | null
  readonly reasoning?: string | null
  readonly tool_calls?: readonly WireToolCall[]
}

interface Chunk {
  readonly choices?: readonly {
    readonly index?: number
    readonly delta?: Delta
    readonly finish_reason?: string | null
  }[]
}

/**
 * Yields the events of a stream that is past its commit point. Leaving the loop early aborts the upstream.
 * @throws AegisError when the answer breaks off; what was yielded before is incomplete then.
 */
export async function* eventsOf(
  answer: StreamAnswer,
  cancellation: Cancellation,
): AsyncGenerator<LLMStreamEvent, void, undefined> {
  const queue = new FrameQueue(answer)
  const collected = new Collected()
  try {
    for (let buffer = await queue.next(); buffer; buffer = await queue.next()) {
      for (const chunk of chunksOf(buffer)) yield* collected.read(chunk)
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

/** Joins the deltas of the first choice. */
class Collected {
  text = ''
  reasoning = ''
  finishReason: string | undefined
  readonly #calls = new Map<number, { id: string; name: string; arguments: string }>()

  /** What one chunk adds, as events. */
  read(chunk: Chunk): LLMStreamEvent[] {
    const choice = chunk.choices?.find(({ index }) => index === undefined || index === 0)
    if (!choice) return []
    this.finishReason = choice.finish_reason ?? this.finishReason
    for (const call of choice.delta?.tool_calls ?? []) this.#addCall(call)
    const events: LLMStreamEvent[] = []
    const thought = choice.delta?.reasoning_content ?? choice.delta?.reasoning
    if (thought) {
      this.reasoning += thought
      events.push({ type: 'reasoning', text: thought })
    }
    if (choice.delta?.content) {
      this.text += choice.delta.content
      events.push({ type: 'text', text: choice.delta.content })
    }
    return events
  }

  toolCalls(): LLMToolCall[] {
    return [...this.#calls.values()]
  }

  #addCall(call: WireToolCall): void {
    const index = call.index ?? this.#calls.size
    const known = this.#calls.get(index) ?? { id: '', name: '', arguments: '' }
    known.id = call.id ?? known.id
    known.name += call.function?.name ?? ''
    known.arguments += call.function?.arguments ?? ''
    this.#calls.set(index, known)
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

function* chunksOf(buffer: Buffer): Generator<Chunk, void, undefined> {
  for (const line of buffer.toString('utf8').split('\n')) {
    if (!line.startsWith('data:')) continue
    try {
      yield JSON.parse(line.slice(5)) as Chunk
    } catch {
      // A vendor's line that is not JSON holds nothing for the reader.
    }
  }
}
