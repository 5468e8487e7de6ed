// Owns what a model costs: configured prices first, then the public price list, else unknown. Unknown is never free.
import type { ConfiguredPrice } from '../domain/configured-price.ts'
import { locationOf } from '../domain/model-location.ts'
import type { NanoUsdPerMillion } from '../domain/money.ts'
import type { Price, PriceList } from '../domain/price.ts'
import type { ProviderRef } from '../domain/provider-ref.ts'

export interface PriceBook {
  price(provider: ProviderRef, model: string): Price
}

/**
 * Order: the configuration's line for the model, its `"*"` line, free when the model runs locally, the price list,
 * unknown.
 */
export function createPriceBook(
  pricing: Readonly<Record<string, Readonly<Record<string, ConfiguredPrice>>>>,
  list: PriceList,
): PriceBook {
  return {
    price(provider, model) {
      const lines = pricing[provider.name]
      const key = lines && Object.hasOwn(lines, model) ? model : '*'
      const configured = lines && Object.hasOwn(lines, key) ? lines[key] : undefined
      if (configured) return fromConfigured(configured, `pricing.${provider.name}.${key}`)
      if (locationOf(provider, model) === 'local') return { state: 'free' }
      return list.find(provider, model)?.price ?? { state: 'unknown' }
    },
  }
}

function fromConfigured(line: ConfiguredPrice, source: string): Price {
  if (line.free) return { state: 'free' }
  const cachedInput = line.cachedInput ?? line.input
  return {
    state: 'priced',
    tiers: [{ aboveInputTokens: 0, input: line.input, output: line.output, cachedInput }],
    worstInput: Math.max(line.input, cachedInput) as NanoUsdPerMillion,
    worstOutput: line.output,
    source,
  }
}
