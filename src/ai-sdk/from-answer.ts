// Owns what the AI SDK is told of an answer: usage, why it ended, who gave it at what cost.
import type {
  LanguageModelV4FinishReason,
  LanguageModelV4ToolCall,
  LanguageModelV4Usage,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider'
import type { ClientAnswer, ClientEmbeddings } from '../client/aegis-client.ts'
import type { Usage } from '../domain/usage.ts'
import type { LLMToolCall } from '../library/llm-answer.ts'

/** `providerMetadata.aegis`: who answered, where, by which rule, treated as what, at what cost in US dollars. */
export function metadataOf(answer: ClientAnswer | ClientEmbeddings): SharedV4ProviderMetadata {
  const { requestId, provider, model, location, reason, classification, attempts, simulated, costUsd } = answer
  return { aegis: { requestId, provider, model, location, reason, classification, attempts, simulated, costUsd } }
}

const unified: Readonly<Record<string, LanguageModelV4FinishReason['unified']>> = {
  stop: 'stop',
  length: 'length',
  content_filter: 'content-filter',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
}

export function finishReasonOf({ finishReason }: ClientAnswer): LanguageModelV4FinishReason {
  return { unified: unified[finishReason ?? ''] ?? 'other', raw: finishReason }
}

export function usageOf(usage: Usage | undefined): LanguageModelV4Usage {
  return {
    inputTokens: {
      total: usage?.inputTokens,
      noCache: usage && usage.inputTokens - usage.cachedInputTokens - (usage.cacheWriteTokens ?? 0),
      cacheRead: usage?.cachedInputTokens,
      cacheWrite: usage?.cacheWriteTokens,
    },
    outputTokens: {
      total: usage?.outputTokens,
      text: usage && usage.outputTokens - usage.reasoningTokens,
      reasoning: usage?.reasoningTokens,
    },
  }
}

export function toolCallOf({ id, name, arguments: input }: LLMToolCall): LanguageModelV4ToolCall {
  return { type: 'tool-call', toolCallId: id, toolName: name, input: input === '' ? '{}' : input }
}
