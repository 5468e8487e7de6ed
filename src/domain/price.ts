// Owns what a price is: rates by tier, a declaration that there is none, or not knowing.
import type { NanoUsdPerMillion } from './money.ts'
import type { ProviderRef } from './provider-ref.ts'

/** Rates of one model. From `aboveInputTokens` prompt tokens on, all tokens of the request cost these rates. */
export interface PriceTier {
  readonly aboveInputTokens: number
  readonly input: NanoUsdPerMillion
  readonly output: NanoUsdPerMillion
  readonly cachedInput: NanoUsdPerMillion
  /** Of tokens that are written into the provider's prompt cache; `input` when absent. */
  readonly cacheWrite?: NanoUsdPerMillion | undefined
}

/** Three states, kept apart: a price, a declaration that there is none, and not knowing. */
export type Price =
  | { readonly state: 'free' }
  | { readonly state: 'unknown' }
  | {
      readonly state: 'priced'
      /** At least one, the first with `aboveInputTokens` 0, ascending. */
      readonly tiers: readonly PriceTier[]
      /** The dearest rates that any token of a request can cost here; what an upper bound multiplies. */
      readonly worstInput: NanoUsdPerMillion
      readonly worstOutput: NanoUsdPerMillion
      /** Where the price stands: `pricing.openai.gpt-4o`, `genai-prices 0.1.8`. */
      readonly source: string
    }

/** What is publicly known of a model beside its price. */
export interface ListedModel {
  readonly price: Price
  readonly contextTokens: number | undefined
  readonly outputTokens: number | undefined
}

/** A published price list; `prices/genai-prices.ts` implements it. */
export interface PriceList {
  find(provider: ProviderRef, model: string): ListedModel | undefined
}
