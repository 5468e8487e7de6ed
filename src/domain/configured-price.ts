// Owns a price as an operator wrote it down; the price book has those that nobody wrote.
import type { NanoUsd, NanoUsdPerMillion } from './money.ts'

/** A price as configured; the price book has those that are not. */
export interface ConfiguredPrice {
  readonly free: boolean
  readonly input: NanoUsdPerMillion
  readonly output: NanoUsdPerMillion
  readonly cachedInput: NanoUsdPerMillion | undefined
  readonly cacheWrite?: NanoUsdPerMillion | undefined
  readonly audioInput?: NanoUsdPerMillion | undefined
  readonly audioOutput?: NanoUsdPerMillion | undefined
  /** For each request, beside its tokens. */
  readonly perRequest?: NanoUsd | undefined
  /** The longest answer of the model. */
  readonly maxOutputTokens?: number | undefined
}
