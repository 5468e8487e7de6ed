// Owns the reading of OpenAI's chunks: what each adds, and everything together at the end.
import type { LLMAnswer, LLMToolCall, WireToolCall } from './llm-answer.ts'

/** A piece of the answer as it comes. */
export type PieceEvent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }

export type LLMStreamEvent =
  | PieceEvent
  /** A whole tool call, when the answer has ended. */
  | { readonly type: 'tool_call'; readonly toolCall: LLMToolCall }
  /** The last event: everything together, with usage and cost. */
  | { readonly type: 'done'; readonly answer: LLMAnswer }

interface Delta {
  readonly content?: string | null
  readonly reasoning_content?: string | null
  readonly reasoning?: string | null
  readonly tool_calls?: readonly WireToolCall[]
}

/** One chunk of a stream, as far as it is read here. */
export interface Chunk {
  readonly choices?: readonly {
    readonly index?: number
    readonly delta?: Delta
    readonly finish_reason?: string | null
  }[]
}

/** Joins the deltas of the first choice. */
export class CollectedChunks {
  text = ''
  reasoning = ''
  finishReason: string | undefined
  readonly #calls = new Map<number, { id: string; name: string; arguments: string }>()

  /** What one chunk adds, as events. */
  read(chunk: Chunk): PieceEvent[] {
    const choice = chunk.choices?.find(({ index }) => index === undefined || index === 0)
    if (!choice) return []
    this.finishReason = choice.finish_reason ?? this.finishReason
    for (const call of choice.delta?.tool_calls ?? []) this.#addCall(call)
    const events: PieceEvent[] = []
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

/** The chunks of whole events. */
export function* chunksOf(events: string): Generator<Chunk, void, undefined> {
  for (const line of events.split('\n')) {
    if (!line.startsWith('data:')) continue
    try {
      yield JSON.parse(line.slice(5)) as Chunk
    } catch {
      // A vendor's line that is not JSON holds nothing for the reader.
    }
  }
}
