// Owns a price as an operator wrote it down; the price book has those that nobody wrote.
import type { NanoUsdPerMillion } from './money.ts'

/** A price as configured; the price book has those that are not. */
export interface ConfiguredPrice {
  readonly free: boolean
  readonly input: NanoUsdPerMillion
  readonly output: NanoUsdPerMillion
  readonly cachedInput: NanoUsdPerMillion | undefined
}
