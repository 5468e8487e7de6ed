// Owns what a provider says it consumed. An absent report is `undefined`, never a row of zeros.

/** Token counts as the final report of a provider gives them. All are whole numbers of at least 0. */
export interface Usage {
  /** All prompt tokens, cached ones included. */
  readonly inputTokens: number
  /** All generated tokens, reasoning included. */
  readonly outputTokens: number
  /** The part of `inputTokens` read from the provider's prompt cache. */
  readonly cachedInputTokens: number
  /** The part of `inputTokens` written into the prompt cache, where that costs more than reading it once. */
  readonly cacheWriteTokens?: number | undefined
  /** The part of `outputTokens` spent on reasoning. Billed as output; kept for show. */
  readonly reasoningTokens: number
}

/** How sure the figures of a settled request are. */
export type UsageQuality =
  /** The provider's own final report. */
  | 'reported'
  /** No report came: charged at the upper bound, or for an abort at input plus what was delivered. */
  | 'estimated'

/** A report beyond this is a mistake, and its price would be beyond what `costOfTokens` counts exactly. */
const MOST_TOKENS = 1_000_000_000

/** Whether a reported number can be a number of tokens: whole, and from 0 to a billion. */
export function isTokenCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_TOKENS
}
