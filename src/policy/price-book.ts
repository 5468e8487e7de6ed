// Owns what a model costs: configured prices first, then the public price list, else unknown. Unknown is never free.
import type { ConfiguredPrice } from '../domain/configured-price.ts'
import { locationOf } from '../domain/model-location.ts'
import type { NanoUsdPerMillion } from '../domain/money.ts'
import type { Price, PriceList } from '../domain/price.ts'
import type { ProviderRef } from '../domain/provider-ref.ts'
import type { TokenRules } from '../domain/token-rules.ts'

export interface PriceBook {
  price(provider: ProviderRef, model: string): Price
  /** The most tokens one answer can have, as it is configured. */
  outputTokens(provider: ProviderRef, model: string): number | undefined
  /** How the model counts what a request holds, when that is documented. */
  tokenRules(provider: ProviderRef, model: string): TokenRules | undefined
}

/** Prices that were set at run time, as they are now. */
export type FindRunTimePrice = (provider: string, model: string) => ConfiguredPrice | undefined

/**
 * Order: what was set at run time for the model, the configuration's line for the model, its `"*"` line, free when the model runs locally, the price list,
 * unknown.
 */
export function createPriceBook(
  pricing: Readonly<Record<string, Readonly<Record<string, ConfiguredPrice>>>>,
  list: PriceList,
  tokenRules: PriceBook['tokenRules'] = () => undefined,
  runTime: FindRunTimePrice = () => undefined,
): PriceBook {
  const configuredFor = (provider: ProviderRef, model: string) => {
    const lines = pricing[provider.name]
    const key = lines && Object.hasOwn(lines, model) ? model : '*'
    const line = lines && Object.hasOwn(lines, key) ? lines[key] : undefined
    const set = runTime(provider.name, model)
    if (set) {
      const { maxOutputTokens } = line ?? {}
      return { line: { ...set, maxOutputTokens }, source: `/v1/pricing/${provider.name}:${model}` }
    }
    return line && { line, source: `pricing.${provider.name}.${key}` }
  }
  return {
    price(provider, model) {
      const configured = configuredFor(provider, model)
      if (configured) return fromConfigured(configured.line, configured.source)
      if (locationOf(provider, model) === 'local') return { state: 'free' }
      return list.find(provider, model)?.price ?? { state: 'unknown' }
    },
    outputTokens: (provider, model) => configuredFor(provider, model)?.line.maxOutputTokens,
    tokenRules,
  }
}

function fromConfigured(line: ConfiguredPrice, source: string): Price {
  if (line.free) return { state: 'free' }
  const { input, output, cacheWrite, audioInput, audioOutput, perRequest } = line
  const cachedInput = line.cachedInput ?? input
  return {
    state: 'priced',
    tiers: [{ aboveInputTokens: 0, input, output, cachedInput, cacheWrite, audioInput, audioOutput }],
    worstInput: Math.max(input, cachedInput, cacheWrite ?? 0, audioInput ?? 0) as NanoUsdPerMillion,
    worstOutput: Math.max(output, audioOutput ?? 0) as NanoUsdPerMillion,
    perRequest,
    source,
  }
}
