// Owns the making of prices in tests, from dollars for a million tokens.
import { type NanoUsdPerMillion, ratePerMillion } from '../../src/domain/money.ts'
import type { Price } from '../../src/domain/price.ts'

export type PricedModel = Extract<Price, { state: 'priced' }>

/** One tier. @example priced(2.5, 10, 1.25) */
export function priced(input: number, output: number, cachedInput = input): PricedModel {
  const rates = {
    input: ratePerMillion(input),
    output: ratePerMillion(output),
    cachedInput: ratePerMillion(cachedInput),
  }
  return {
    state: 'priced',
    tiers: [{ aboveInputTokens: 0, ...rates }],
    worstInput: Math.max(rates.input, rates.cachedInput) as NanoUsdPerMillion,
    worstOutput: rates.output,
    source: 'a test',
  }
}
