// Owns the reading of OpenAI's usage object, leniently: vendors leave parts out, and absent is not zero.
import { isTokenCount, type Usage } from '../../domain/usage.ts'

/** The usage of a reply or of a stream's chunk; `undefined` when it reports none. */
export function readUsage(value: unknown): Usage | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const usage = value as Record<string, unknown>
  const inputTokens = count(usage.prompt_tokens)
  const outputTokens = count(usage.completion_tokens)
  if (inputTokens === undefined || outputTokens === undefined) return undefined
  return {
    inputTokens,
    outputTokens,
    cachedInputTokens: count(member(usage.prompt_tokens_details, 'cached_tokens')) ?? 0,
    reasoningTokens: count(member(usage.completion_tokens_details, 'reasoning_tokens')) ?? 0,
  }
}

/** The usage of embeddings, which generate nothing: `completion_tokens` is mostly left out. */
export function readEmbeddingUsage(value: unknown): Usage | undefined {
  const inputTokens = count(member(value, 'prompt_tokens')) ?? count(member(value, 'total_tokens'))
  if (inputTokens === undefined) return undefined
  return { inputTokens, outputTokens: 0, cachedInputTokens: 0, reasoningTokens: 0 }
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
}

function count(value: unknown): number | undefined {
  return isTokenCount(value) ? value : undefined
}
