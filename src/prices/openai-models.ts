// Owns what OpenAI documents of its models beside their prices: longest answers, encodings, pictures and sound.
import type { ProviderRef } from '../domain/provider-ref.ts'
import type { PictureRule, TokenRules } from '../domain/token-rules.ts'

/**
 * The most tokens one answer can have; the first pattern that fits holds. Models that are not here are bounded by
 * their context window. Source: https://developers.openai.com/api/docs/models, "max output tokens" of each model.
 */
const outputCaps: readonly (readonly [RegExp, number])[] = [
  [/^gpt-4o/, 16_384],
  [/^gpt-audio/, 16_384],
  [/^gpt-4\.1/, 32_768],
  [/^gpt-5-pro/, 272_000],
  [/^gpt-5/, 128_000],
  [/^o[134]/, 100_000],
  [/^gpt-4-turbo/, 4096],
  [/^gpt-3\.5/, 4096],
]

/** @example openAIOutputCap('gpt-4o') // 16_384 */
export function openAIOutputCap(model: string): number | undefined {
  return outputCaps.find(([name]) => name.test(model))?.[1]
}

/**
 * Encodings by model, as https://github.com/openai/tiktoken (model.py) maps them; templates by the cookbook's page on
 * counting tokens for chat completions, which covers the models here marked `documented`.
 */
const texts: readonly (readonly [RegExp, Pick<TokenRules, 'encoding' | 'template'>])[] = [
  [/^(?:gpt-4o|gpt-4\.1|gpt-4\.5|chatgpt-4o)(?:-|$)/, { encoding: 'o200k_base', template: 'documented' }],
  [/^(?:gpt-5|o1|o3|o4-mini)(?:-|$)/, { encoding: 'o200k_base', template: 'similar' }],
  [/^(?:gpt-4|gpt-3\.5-turbo)(?:-|$)/, { encoding: 'cl100k_base', template: 'documented' }],
]

/** Addresses of a region, and the models from before 5 March 2026, for which they cost nothing more. */
const regionalAddress = /^https:\/\/[a-z-]+\.api\.openai\.com(?:[:/]|$)/
const withoutSurcharge = /^(?:(?:chat)?gpt-[34]|o[134](?:-|$)|gpt-5(?:\.[1-3])?(?:-|$))/

/**
 * What the listed rates are multiplied by: 10 % more where the data stays in a region. In tenths, so that prices stay
 * whole numbers. Source: https://developers.openai.com/api/docs/guides/data-residency.
 */
export function openAIRateTenths(address: string | undefined, model: string): 10 | 11 {
  return address !== undefined && regionalAddress.test(address) && !withoutSurcharge.test(model) ? 11 : 10
}

const byTiles = (base: number, tile: number): PictureRule => ({ tiles: { base, tile } })

/** Source: https://developers.openai.com/api/docs/guides/images-vision. Of gpt-4.1 it gives both ways. */
const pictures: readonly (readonly [RegExp, PictureRule])[] = [
  [/^gpt-4o-mini(?:-|$)/, byTiles(2833, 5667)],
  [/^gpt-4\.1-mini(?:-|$)/, { tokensPerPatch: 1.62 }],
  [/^gpt-4\.1-nano(?:-|$)/, { tokensPerPatch: 2.46 }],
  [/^gpt-4\.1(?:-|$)/, { ...byTiles(85, 170), tokensPerPatch: 1 }],
  [/^(?:gpt-4o|gpt-4\.5|chatgpt-4o|gpt-4-turbo|gpt-4-vision)(?:-|$)/, byTiles(85, 170)],
  [/^gpt-5-mini(?:-|$)/, { tokensPerPatch: 1.62 }],
  [/^gpt-5-nano(?:-|$)/, { tokensPerPatch: 2.46 }],
  [/^gpt-5(?:-chat-latest|-\d{4}-\d{2}-\d{2})?$/, byTiles(70, 140)],
  [/^o4-mini(?:-|$)/, { tokensPerPatch: 1.72 }],
  [/^(?:o1|o3)(?:-pro)?(?:-\d{4}-\d{2}-\d{2})?$/, byTiles(75, 150)],
]

/**
 * Heard are 10 tokens a second, spoken 20 (https://developers.openai.com/api/docs/guides/realtime-costs). That page is
 * about another route to the same models, so the larger number is taken for both.
 */
const AUDIO_TOKENS_PER_SECOND = 20
const audioModels = /^(?:gpt-audio|gpt-4o(?:-mini)?-audio)/

/** OpenAI's open models speak the same language wherever they run. */
const openModels = /^(?:openai\/)?gpt-oss[-:]/

/** How the model counts, as far as its maker documents it; `undefined` for all others. */
export function documentedTokenRules(provider: ProviderRef, model: string): TokenRules | undefined {
  if (openModels.test(model)) return { encoding: 'o200k_harmony' }
  if (provider.kind !== 'openai') return undefined
  const text = texts.find(([name]) => name.test(model))?.[1]
  const picture = pictures.find(([name]) => name.test(model))?.[1]
  const audioTokensPerSecond = audioModels.test(model) ? AUDIO_TOKENS_PER_SECOND : undefined
  if (!text && !picture && audioTokensPerSecond === undefined) return undefined
  return { ...text, picture, audioTokensPerSecond }
}
