// Owns what an adapter for a framework needs of Aegis, whether that runs in this process or behind a gateway's address.
import type { EmbedTask, LLMTask } from '../domain/llm-task.ts'
import type { PieceEvent } from '../library/completion-chunks.ts'
import type { LLMAnswer, LLMToolCall } from '../library/llm-answer.ts'
import type { LLMEmbeddings } from '../library/llm-embeddings.ts'

interface ClientFacts {
  /** How many candidates were asked. */
  readonly attempts: number
  /** US dollars; `undefined` when a gateway's stream reported no usage, so that only its ledger knows. */
  readonly costUsd: number | undefined
}

export interface ClientAnswer extends Omit<LLMAnswer, 'attempts' | 'costUsd'>, ClientFacts {}
export interface ClientEmbeddings extends Omit<LLMEmbeddings, 'attempts' | 'costUsd'>, ClientFacts {}

export type ClientEvent =
  | PieceEvent
  /** A whole tool call, when the answer has ended. */
  | { readonly type: 'tool_call'; readonly toolCall: LLMToolCall }
  /** The last event: everything together. */
  | { readonly type: 'done'; readonly answer: ClientAnswer }

/** All reject with an AegisError, or with the signal's reason when the task's signal has ended it. */
export interface AegisClient {
  generate(task: LLMTask): Promise<ClientAnswer>
  stream(task: LLMTask): AsyncGenerator<ClientEvent, void, undefined>
  embed(task: EmbedTask): Promise<ClientEmbeddings>
}
