// Owns the public price list, from the package @pydantic/genai-prices: local, versioned, never fetched at run time.
import { calcPrice, findProvider, type PriceCalculation } from '@pydantic/genai-prices'
import { type Capabilities, onlyThese } from '../domain/model-facts.ts'
import { fromUsd, type NanoUsd, type NanoUsdPerMillion, ratePerMillion } from '../domain/money.ts'
import type { ListedModel, Price, PriceList, PriceTier } from '../domain/price.ts'
import type { ProviderRef } from '../domain/provider-ref.ts'
import { openAIOutputCap, openAIRateTenths } from './openai-models.ts'

/** Names come from clients, so what is remembered is bounded. */
const MAX_REMEMBERED = 1000

const DAY_MS = 86_400_000

/**
 * The most tokens one answer of a model can have, for services other than OpenAI; the price list does not have these.
 * Sources: the catalogue of @ai-sdk/anthropic 4.0.105, whose numbers are sent when a caller gives none;
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
]

/**
 * @param addresses base address by provider name; the price list knows providers by their address.
 * @param wallMs the time now: the list has prices that begin on a day to come, so it is asked anew every day.
 */
export function publicPriceList(addresses: ReadonlyMap<string, string>, wallMs: () => number): PriceList {
  const remembered = new Map<string, ListedModel | undefined>()
  let day = 0
  return {
    find(provider, model) {
      const nowMs = wallMs()
      const today = Math.floor(nowMs / DAY_MS)
      if (today !== day) remembered.clear()
      day = today
      const key = `${provider.name}\n${model}`
      const known = remembered.get(key)
      if (known || remembered.has(key)) return known
      if (remembered.size >= MAX_REMEMBERED) remembered.clear()
      const listed = look(provider, model, addresses.get(provider.name), new Date(nowMs))
      remembered.set(key, listed)
      return listed
    },
  }
}

function look(provider: ProviderRef, model: string, address: string | undefined, now: Date): ListedModel | undefined {
  const providerId = listIdOf(provider, address)
  if (providerId === undefined) return undefined
  const found = calcPrice({ input_tokens: 1 }, model, { providerId, timestamp: now })
  if (!found) return undefined
  const hasHiddenFee = SEARCHES.test(model) && found.model_price.requests_kcount === undefined
  const tenths = providerId === 'openai' ? openAIRateTenths(address, model) : 10
  const price = hasHiddenFee ? UNKNOWN : multiplied(pricesOf(found), tenths)
  const outputTokens = providerId === 'openai' ? openAIOutputCap(model) : serviceOutputCap(provider, model)
  const capabilities = capabilitiesOf(found.model_price)
  return { price, contextTokens: windowOf(found.model.context_window, price), outputTokens, capabilities }
}

/** A model that is paid for its input alone embeds; one with a price for audio takes it. The list has nothing more. */
function capabilitiesOf(listed: object): Capabilities {
  if (isListed(listed, 'input_mtok') && !isListed(listed, 'output_mtok')) return onlyThese(['embeddings'])
  return isListed(listed, 'input_audio_mtok') ? { audio: true } : {}
}

function isListed(prices: object, name: string): boolean {
  return Object.entries(prices).some(([key, value]) => key === name && value !== undefined)
}

/** A window in which a listed tier could not be reached is an old one; no bound may rely on it. */
function windowOf(listed: number | undefined, price: Price): number | undefined {
  if (listed === undefined || price.state !== 'priced') return listed
  return price.tiers.some(({ aboveInputTokens }) => aboveInputTokens >= listed) ? undefined : listed
}

/**
 * The price now, or that of another time of the day when it is dearer: DeepSeek's is double at its peak hours. What is
 * looked up is remembered, so it must hold at any hour. One that is unknown makes all of them unknown.
 */
function pricesOf({ model, model_price: now }: PriceCalculation): Price {
  const conditional = Array.isArray(model.prices) ? model.prices : []
  const timed = conditional.filter(({ constraint }) => constraint?.type === 'time_of_date')
  const prices = [now, ...timed.map((one) => one.prices)].map(priceOf)
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

/** Only where the address is the service's own: others may serve the same names with other caps. */
function serviceOutputCap(provider: ProviderRef, model: string): number | undefined {
  return Object.hasOwn(listIds, provider.kind) ? outputCaps.find(([name]) => name.test(model))?.[1] : undefined
}

function multiplied(price: Price, tenths: number): Price {
  if (price.state !== 'priced' || tenths === 10) return price
  const more = (rate: NanoUsdPerMillion) => Math.ceil((rate * tenths) / 10) as NanoUsdPerMillion
  const tiers = price.tiers.map(({ aboveInputTokens, input, output, cachedInput, cacheWrite, ...audio }) => ({
    aboveInputTokens,
    ...{ input: more(input), output: more(output), cachedInput: more(cachedInput) },
    ...(cacheWrite !== undefined && { cacheWrite: more(cacheWrite) }),
    ...(audio.audioInput !== undefined && { audioInput: more(audio.audioInput) }),
    ...(audio.audioOutput !== undefined && { audioOutput: more(audio.audioOutput) }),
  }))
  return { ...price, tiers, worstInput: more(price.worstInput), worstOutput: more(price.worstOutput) }
}

function listIdOf(provider: ProviderRef, address: string | undefined): string | undefined {
  const known = listIds[provider.kind]
  if (known !== undefined) return known
  return address === undefined ? undefined : findProvider({ providerApiUrl: address })?.id
}

type Listed =
  | number
  | { readonly base: number; readonly tiers: readonly { readonly start: number; readonly price: number }[] }
type Rate = Listed | undefined

const UNKNOWN: Price = { state: 'unknown' }

/** What a fee by `requests_kcount` is for. */
const REQUESTS_PER_FEE = 1000

/** The list has no fee for the searches of these models, which take one all the same. */
const SEARCHES = /-search(?:-|$)|deep-research|[-:]online$|^perplexity\//

/**
 * What is understood of a price. One with any other unit, such as a fee for citations, is not known. Fees for tools
 * that the provider runs are left out here: requests that ask for such tools are refused (policy/unbounded-cost.ts).
 */
const KNOWN_UNITS: ReadonlySet<string> = new Set([
  ...['input_mtok', 'output_mtok', 'cache_read_mtok', 'cache_write_mtok', 'cache_write_1h_mtok'],
  ...['input_audio_mtok', 'output_audio_mtok', 'cache_audio_read_mtok'],
  ...['input_image_mtok', 'output_image_mtok', 'cache_image_read_mtok', 'input_video_mtok', 'output_video_mtok'],
  ...['requests_kcount', 'web_searches_kcount', 'storage_searches_kcount'],
])

function priceOf(listed: Record<string, unknown>): Price {
  if (listed.input_mtok === undefined || Object.keys(listed).some((unit) => !KNOWN_UNITS.has(unit))) return UNKNOWN
  const rates = (...units: string[]) => units.map((unit) => listed[unit] as Rate).filter((rate) => rate !== undefined)
  // Pictures are not told apart in a usage, so where they cost more than text, all is charged as pictures are.
  const input = rates('input_mtok', 'input_image_mtok', 'input_video_mtok')
  const output = rates('output_mtok', 'output_image_mtok', 'output_video_mtok')
  const cacheRead = rates('cache_read_mtok', 'cache_image_read_mtok')
  const cacheWrite = rates('cache_write_mtok', 'cache_write_1h_mtok')
  const audioInput = rates('input_audio_mtok')
  const audioOutput = rates('output_audio_mtok')
  const all = [input, output, cacheRead, cacheWrite, audioInput, audioOutput].flat()
  const starts = [0, ...all.flatMap((rate) => (typeof rate === 'object' ? rate.tiers.map(({ start }) => start) : []))]
  const tiers: PriceTier[] = [...new Set(starts)]
    .sort((left, right) => left - right)
    .map((start) => {
      const dearest = (kind: readonly Listed[]) =>
        Math.max(0, ...kind.map((rate) => rateAt(rate, start))) as NanoUsdPerMillion
      return {
        aboveInputTokens: start,
        input: dearest(input),
        output: dearest(output),
        cachedInput: dearest(cacheRead.length === 0 ? input : cacheRead),
        ...(cacheWrite.length > 0 && { cacheWrite: dearest(cacheWrite) }),
        ...(audioInput.length > 0 && { audioInput: dearest(audioInput) }),
        ...(audioOutput.length > 0 && { audioOutput: dearest(audioOutput) }),
      }
    })
  const worst = (pick: (tier: PriceTier) => readonly (NanoUsdPerMillion | undefined)[]) =>
    Math.max(...tiers.flatMap(pick).map((rate) => rate ?? 0)) as NanoUsdPerMillion
  const fee = listed.requests_kcount
  return {
    state: 'priced',
    tiers,
    worstInput: worst((tier) => [tier.input, tier.cachedInput, tier.cacheWrite, tier.audioInput]),
    worstOutput: worst((tier) => [tier.output, tier.audioOutput]),
    perRequest: typeof fee === 'number' ? (Math.ceil(fromUsd(fee) / REQUESTS_PER_FEE) as NanoUsd) : undefined,
    source: 'genai-prices',
  }
}

/** Above `start` input tokens the last tier that begins at or below it holds. */
function rateAt(rate: Listed, start: number): NanoUsdPerMillion {
  if (typeof rate === 'number') return ratePerMillion(rate)
  let chosen = rate.base
  for (const tier of rate.tiers) if (start >= tier.start) chosen = tier.price
  return ratePerMillion(chosen)
}
