// Owns what a price is: rates by tier, a declaration that there is none, or not knowing.
import type { Capabilities } from './model-facts.ts'
import type { NanoUsd, NanoUsdPerMillion } from './money.ts'
import type { ProviderRef } from './provider-ref.ts'

/** Rates of one model. From `aboveInputTokens` prompt tokens on, all tokens of the request cost these rates. */
export interface PriceTier {
  readonly aboveInputTokens: number
  readonly input: NanoUsdPerMillion
  readonly output: NanoUsdPerMillion
  readonly cachedInput: NanoUsdPerMillion
  /** Input that is written to the provider's prompt cache; absent where that costs what input costs. */
  readonly cacheWrite?: NanoUsdPerMillion | undefined
  /** Spoken input and output; absent where it is not known, which does not mean that they cost what text costs. */
  readonly audioInput?: NanoUsdPerMillion | undefined
  readonly audioOutput?: NanoUsdPerMillion | undefined
}

/** Three states, kept apart: a price, a declaration that there is none, and not knowing. */
export type Price =
  | { readonly state: 'free' }
  | { readonly state: 'unknown' }
  | {
      readonly state: 'priced'
      /** At least one, the first with `aboveInputTokens` 0, ascending. */
      readonly tiers: readonly PriceTier[]
      /** The dearest rates that any token of any kind and tier can cost here. */
      readonly worstInput: NanoUsdPerMillion
      readonly worstOutput: NanoUsdPerMillion
      /** A fee for each request beside its tokens, such as Perplexity's for its search. None when absent. */
      readonly perRequest?: NanoUsd | undefined
      /** Where the price stands: `pricing.openai.gpt-4o`, `genai-prices 0.1.8`. */
      readonly source: string
    }

/** What is publicly known of a model beside its price. */
export interface ListedModel {
  readonly price: Price
  readonly contextTokens: number | undefined
  readonly outputTokens: number | undefined
  /** As far as the price says: what has no price for generated tokens embeds. */
  readonly capabilities: Capabilities
}

/** A published price list; `prices/genai-prices.ts` implements it. */
export interface PriceList {
  find(provider: ProviderRef, model: string): ListedModel | undefined
}
