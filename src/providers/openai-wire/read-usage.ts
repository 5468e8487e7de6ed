// Owns the reading of OpenAI's usage object, leniently: vendors leave parts out, and absent is not zero.
import { isTokenCount, type Usage } from '../../domain/usage.ts'

/** The usage of a reply or of a stream's chunk; `undefined` when it reports none. */
export function readUsage(value: unknown): Usage | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const usage = value as Record<string, unknown>
  const inputTokens = count(usage.prompt_tokens)
  const outputTokens = count(usage.completion_tokens)
  if (inputTokens === undefined || outputTokens === undefined) return undefined
  const { prompt_tokens_details: input, completion_tokens_details: output } = usage
  return {
    inputTokens,
    // xAI and Gemini leave thoughts out of the completion's tokens and have them in the total; they bill them.
    outputTokens: Math.max(outputTokens, (count(usage.total_tokens) ?? 0) - inputTokens),
    // DeepSeek has its own name for what it read from its cache.
    cachedInputTokens: count(member(input, 'cached_tokens')) ?? count(usage.prompt_cache_hit_tokens) ?? 0,
    reasoningTokens: count(member(output, 'reasoning_tokens')) ?? 0,
    ...part('cacheWriteTokens', count(member(input, 'cache_write_tokens'))),
    ...part('audioInputTokens', count(member(input, 'audio_tokens'))),
    ...part('audioOutputTokens', count(member(output, 'audio_tokens'))),
  }
}

/** Most usages have none of these, so they have a member only where there is something to say. */
function part(name: 'cacheWriteTokens' | 'audioInputTokens' | 'audioOutputTokens', tokens: number | undefined) {
  return tokens ? { [name]: tokens } : {}
}

/** The usage of embeddings, which generate nothing: `completion_tokens` is mostly left out. */
export function readEmbeddingUsage(value: unknown): Usage | undefined {
  const inputTokens = count(member(value, 'prompt_tokens')) ?? count(member(value, 'total_tokens'))
  if (inputTokens === undefined) return undefined
  return { inputTokens, outputTokens: 0, cachedInputTokens: 0, reasoningTokens: 0 }
}

/** The usage of a response: the same counts by other names, and thoughts are always a part of the output. */
export function readResponseUsage(value: unknown): Usage | undefined {
  const inputTokens = count(member(value, 'input_tokens'))
  const outputTokens = count(member(value, 'output_tokens'))
  if (inputTokens === undefined || outputTokens === undefined) return undefined
  const input = member(value, 'input_tokens_details')
  return {
    inputTokens,
    outputTokens: Math.max(outputTokens, (count(member(value, 'total_tokens')) ?? 0) - inputTokens),
    cachedInputTokens: count(member(input, 'cached_tokens')) ?? 0,
    reasoningTokens: count(member(member(value, 'output_tokens_details'), 'reasoning_tokens')) ?? 0,
    ...part('cacheWriteTokens', count(member(input, 'cache_write_tokens'))),
  }
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
}

function count(value: unknown): number | undefined {
  return isTokenCount(value) ? value : undefined
}
