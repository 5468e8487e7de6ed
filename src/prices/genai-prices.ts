// Owns the public price list, from the package @pydantic/genai-prices: local, versioned, never fetched at run time.
import { calcPrice, findProvider, type PriceCalculation } from '@pydantic/genai-prices'
import { type NanoUsdPerMillion, ratePerMillion } from '../domain/money.ts'
import type { ListedModel, Price, PriceList, PriceTier } from '../domain/price.ts'
import type { ProviderRef } from '../domain/provider-ref.ts'

/** Names come from clients, so what is remembered is bounded. */
const MAX_REMEMBERED = 1000

/**
 * The most tokens one answer of a model can have. The price list does not have these.
 * Sources: https://developers.openai.com/api/docs/models, "max output tokens" of each model; for Claude also the
 * catalogue of @ai-sdk/anthropic 4.0.105, whose numbers are sent when a caller gives none;
 * https://ai.google.dev/gemini-api/docs/models; https://docs.cohere.com/docs/models.
 */
const outputCaps: readonly (readonly [RegExp, number])[] = [
  [/claude-(?:sonnet|opus|haiku)-4-5/, 64_000],
  [/claude-opus-4(?:-1|-2|@|$)/, 32_000],
  [/claude-sonnet-4(?:-2|@|$)/, 64_000],
  [/claude-3-haiku/, 4096],
  [/claude-/, 128_000],
  [/^gemini-[23]/, 65_536],
  [/^command-/, 8192],
  [/^gpt-4o/, 16_384],
  [/^gpt-4\.1/, 32_768],
  [/^gpt-5/, 128_000],
  [/^o[134]/, 100_000],
  [/^gpt-4-turbo/, 4096],
  [/^gpt-3\.5/, 4096],
]

/** @param addresses base address by provider name; the price list knows providers by their address. */
export function publicPriceList(addresses: ReadonlyMap<string, string>): PriceList {
  const remembered = new Map<string, ListedModel | undefined>()
  return {
    find(provider, model) {
      const key = `${provider.name}\n${model}`
      if (remembered.has(key)) return remembered.get(key)
      if (remembered.size >= MAX_REMEMBERED) remembered.clear()
      const listed = look(provider, model, addresses.get(provider.name))
      remembered.set(key, listed)
      return listed
    },
  }
}

function look(provider: ProviderRef, model: string, address: string | undefined): ListedModel | undefined {
  const providerId = listIdOf(provider, address)
  if (providerId === undefined) return undefined
  const found = calcPrice({ input_tokens: 1 }, model, { providerId })
  if (!found) return undefined
  const outputTokens = Object.hasOwn(listIds, provider.kind)
    ? outputCaps.find(([name]) => name.test(model))?.[1]
    : undefined
  return { price: dearestOf(pricesOfTheDay(found)), contextTokens: found.model.context_window, outputTokens }
}

/** The price now, and those of other times of the day: DeepSeek's is double at its peak hours. */
function pricesOfTheDay({ model, model_price: now }: PriceCalculation): Price[] {
  const conditional = Array.isArray(model.prices) ? model.prices : []
  const timed = conditional.filter(({ constraint }) => constraint?.type === 'time_of_date')
  return [now, ...timed.map(({ prices }) => prices)].map(priceOf)
}

/** What is looked up is remembered, so it must hold at any hour. One that is unknown makes all of them unknown. */
function dearestOf(prices: readonly Price[]): Price {
  const rank = (price: Price) => (price.state === 'priced' ? price.worstInput + price.worstOutput : Infinity)
  return prices.reduce((dearest, price) => (rank(price) > rank(dearest) ? price : dearest))
}

/** The list's name of a kind that is one provider, wherever its address is. */
const listIds: Partial<Record<ProviderRef['kind'], string>> = {
  openai: 'openai',
  anthropic: 'anthropic',
  google: 'google',
  vertex: 'google',
  bedrock: 'aws',
  cohere: 'cohere',
}

function listIdOf(provider: ProviderRef, address: string | undefined): string | undefined {
  const known = listIds[provider.kind]
  if (known !== undefined) return known
  return address === undefined ? undefined : findProvider({ providerApiUrl: address })?.id
}

type Rate =
  | number
  | { readonly base: number; readonly tiers: readonly { readonly start: number; readonly price: number }[] }
  | undefined

function priceOf(listed: Record<string, unknown>): Price {
  const input = listed.input_mtok as Rate
  const output = listed.output_mtok as Rate
  // Perplexity also takes a fee for each request, which no count of tokens bounds.
  if (input === undefined || listed.requests_kcount !== undefined) return { state: 'unknown' }
  const cached = (listed.cache_read_mtok as Rate) ?? input
  const written = listed.cache_write_mtok as Rate
  const starts = [
    0,
    ...[input, output, cached, written].flatMap((rate) =>
      typeof rate === 'object' ? rate.tiers.map(({ start }) => start) : [],
    ),
  ]
  const tiers: PriceTier[] = [...new Set(starts)]
    .sort((left, right) => left - right)
    .map((start) => ({
      aboveInputTokens: start,
      input: rateAt(input, start),
      output: rateAt(output ?? 0, start),
      cachedInput: rateAt(cached, start),
      ...(written === undefined ? {} : { cacheWrite: rateAt(written, start) }),
    }))
  const dearest = (pattern: RegExp) =>
    Math.max(
      ...Object.entries(listed).flatMap(([name, rate]) => (pattern.test(name) ? allRates(rate as Rate) : [])),
    ) as NanoUsdPerMillion
  return {
    state: 'priced',
    tiers,
    // Audio and cache-write tokens may cost more than text; the bound takes the dearest kind.
    worstInput: dearest(/^(input|cache)_.*mtok$/),
    worstOutput: output === undefined ? (tiers[0]?.output ?? (0 as NanoUsdPerMillion)) : dearest(/^output_.*mtok$/),
    source: 'genai-prices',
  }
}

/** Above `start` input tokens the last tier that begins at or below it holds. */
function rateAt(rate: Exclude<Rate, undefined>, start: number): NanoUsdPerMillion {
  if (typeof rate === 'number') return ratePerMillion(rate)
  let chosen = rate.base
  for (const tier of rate.tiers) if (start >= tier.start) chosen = tier.price
  return ratePerMillion(chosen)
}

function allRates(rate: Rate): number[] {
  if (rate === undefined) return []
  if (typeof rate === 'number') return [ratePerMillion(rate)]
  return [ratePerMillion(rate.base), ...rate.tiers.map(({ price }) => ratePerMillion(price))]
}
