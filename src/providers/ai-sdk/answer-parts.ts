// Owns what whole answers and streams have in common: identity, usage, finish reasons.
import type { LanguageModelV4FinishReason, LanguageModelV4Usage } from '@ai-sdk/provider'
import { isTokenCount, type Usage } from '../../domain/usage.ts'

/** What all chunks of an answer share. */
export interface AnswerIdentity {
  readonly id: string
  readonly created: number
  readonly model: string
  readonly simulated: boolean
}

/** The members at the head of an answer or a chunk. */
export function headOf(identity: AnswerIdentity, object: 'chat.completion' | 'chat.completion.chunk'): object {
  return {
    id: identity.id,
    object,
    created: identity.created,
    model: identity.model,
    ...(identity.simulated ? { system_fingerprint: 'simulated' } : {}),
  }
}

/** The provider's report; `undefined` when there was none, which the package shows by having no raw figures. */
export function usageOf({ inputTokens, outputTokens, raw }: LanguageModelV4Usage): Usage | undefined {
  if (raw === undefined || !isTokenCount(inputTokens.total) || !isTokenCount(outputTokens.total)) return undefined
  return {
    inputTokens: inputTokens.total,
    outputTokens: outputTokens.total,
    cachedInputTokens: count(inputTokens.cacheRead),
    cacheWriteTokens: count(inputTokens.cacheWrite),
    reasoningTokens: count(outputTokens.reasoning),
  }
}

function count(value: number | undefined): number {
  return isTokenCount(value) ? value : 0
}

/** OpenAI's usage object. */
export function usageObject(usage: Usage): object {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: {
      cached_tokens: usage.cachedInputTokens,
      ...(usage.cacheWriteTokens ? { cache_write_tokens: usage.cacheWriteTokens } : {}),
    },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  }
}

/** OpenAI's finish reason; what has ended without one of the provider's is a failure. */
export function finishReasonOf(
  reason: LanguageModelV4FinishReason,
  calledTools: boolean,
): 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'truncated' | 'error' {
  switch (reason.unified) {
    case 'error':
      return 'error'
    case 'interrupted':
      return 'truncated'
    case 'length':
      return 'length'
    case 'content-filter':
      return 'content_filter'
    case 'tool-calls':
      return 'tool_calls'
    case 'stop':
      return calledTools ? 'tool_calls' : 'stop'
    case 'other':
      // The packages say `other` for a reason they do not know, and some of them for none at all.
      if (reason.raw === undefined) return 'truncated'
      return calledTools ? 'tool_calls' : 'stop'
  }
}
