// Owns what the library gives back: an answer read out of the OpenAI wire, with who gave it and what it cost.
import { usdNumber } from '../domain/money.ts'
import type { AttemptRecord } from '../domain/outcome.ts'
import type { Usage } from '../domain/usage.ts'
import type { AnswerFacts, CompletionAnswer } from '../proxy/answer.ts'

export interface LLMToolCall {
  readonly id: string
  readonly name: string
  /** JSON text, as the model wrote it. */
  readonly arguments: string
}

/** Who answered and why. */
export interface LLMAnswerFacts {
  readonly requestId: string
  readonly provider: string
  readonly model: string
  readonly location: 'local' | 'cloud'
  readonly reason: string
  readonly classification: string
  readonly simulated: boolean
  readonly attempts: readonly AttemptRecord[]
}

export interface LLMAnswer extends LLMAnswerFacts {
  readonly text: string
  /** What the model thought, where the provider shows it. */
  readonly reasoning: string
  readonly toolCalls: readonly LLMToolCall[]
  readonly finishReason: string | undefined
  /** `undefined` when the provider reported none. */
  readonly usage: Usage | undefined
  /** US dollars, as the ledger charged it. */
  readonly costUsd: number
}

export function factsOf(facts: AnswerFacts): LLMAnswerFacts {
  const { requestId, provider, model, location, reason, classification, simulated, attempts } = facts
  return { requestId, provider, model, location, reason, classification: classification.level, simulated, attempts }
}

export function answerOf({ body, facts, usage, cost }: CompletionAnswer): LLMAnswer {
  return { ...factsOf(facts), ...messageIn(JSON.parse(body.toString('utf8'))), usage, costUsd: usdNumber(cost) }
}

/** Reads the first choice of OpenAI's completion. */
export function messageIn(completion: unknown): Pick<LLMAnswer, 'text' | 'reasoning' | 'toolCalls' | 'finishReason'> {
  const choice = (completion as WireCompletion).choices?.[0]
  return {
    text: choice?.message?.content ?? '',
    reasoning: choice?.message?.reasoning_content ?? choice?.message?.reasoning ?? '',
    toolCalls: (choice?.message?.tool_calls ?? []).map((call) => ({
      id: call.id ?? '',
      name: call.function?.name ?? '',
      arguments: call.function?.arguments ?? '',
    })),
    finishReason: choice?.finish_reason ?? undefined,
  }
}

/** The part of OpenAI's completion that is read here. */
interface WireCompletion {
  readonly choices?: readonly {
    readonly finish_reason?: string | null
    readonly message?: {
      readonly content?: string | null
      readonly reasoning_content?: string | null
      readonly reasoning?: string | null
      readonly tool_calls?: readonly WireToolCall[]
    }
  }[]
}

export interface WireToolCall {
  readonly index?: number
  readonly id?: string
  readonly function?: { readonly name?: string; readonly arguments?: string }
}
