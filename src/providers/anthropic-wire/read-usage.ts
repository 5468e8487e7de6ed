// Owns the reading of Anthropic's usage objects, whole and over the events of a stream.
import { isTokenCount, type Usage } from '../../domain/usage.ts'

/** Its counts as far as they have been reported; a later event may repeat, raise or leave them out. */
export interface MessageUsage {
  readonly input_tokens?: unknown
  readonly cache_creation_input_tokens?: unknown
  readonly cache_read_input_tokens?: unknown
  readonly output_tokens?: unknown
  readonly output_tokens_details?: unknown
}

/** What two reports of one message say together: the later one counts where it says something. */
export function laterUsage(earlier: MessageUsage, later: MessageUsage): MessageUsage {
  const said = Object.entries(later).filter(([, value]) => value !== null && value !== undefined)
  return { ...earlier, ...Object.fromEntries(said) }
}

/**
 * `undefined` when there is no report. `input_tokens` leaves out what was read from a cache or written to one
 * (https://platform.claude.com/docs/en/build-with-claude/prompt-caching, tracking cache performance).
 */
export function readMessageUsage(usage: MessageUsage | undefined): Usage | undefined {
  if (!isTokenCount(usage?.input_tokens) || !isTokenCount(usage.output_tokens)) return undefined
  const cachedInputTokens = count(usage.cache_read_input_tokens)
  const cacheWriteTokens = count(usage.cache_creation_input_tokens)
  return {
    inputTokens: usage.input_tokens + cachedInputTokens + cacheWriteTokens,
    outputTokens: usage.output_tokens,
    cachedInputTokens,
    reasoningTokens: count(thinkingTokens(usage.output_tokens_details)),
    ...(cacheWriteTokens > 0 ? { cacheWriteTokens } : {}),
  }
}

function thinkingTokens(details: unknown): unknown {
  return typeof details === 'object' && details !== null && 'thinking_tokens' in details
    ? details.thinking_tokens
    : undefined
}

function count(value: unknown): number {
  return isTokenCount(value) ? value : 0
}
