// Owns the price of a request: its worst case before it is sent, and its cost from the final usage.
import {
  addUsd,
  affordableTokens,
  costOfTokenKinds,
  costOfTokens,
  type NanoUsd,
  type NanoUsdPerMillion,
  nanoUsd,
  ZERO_USD,
} from '../domain/money.ts'
import type { Price, PriceTier } from '../domain/price.ts'
import type { RequestBody } from '../domain/request-body.ts'
import type { TokenRules } from '../domain/token-rules.ts'
import type { Usage } from '../domain/usage.ts'
import { countInput } from './count-input.ts'
import { asksForSound } from './unbounded-cost.ts'

type PricedModel = Extract<Price, { state: 'priced' }>

/** Reserved output when neither the caller nor the model's listing has a cap: the window of the largest open models. */
const LARGEST_OUTPUT_TOKENS = 131_072

/** The provable worst case of one request at one model. */
export interface CostBound {
  /** Of all kinds. */
  readonly inputTokens: number
  /** Per choice, as far as the caller's or the model's cap goes. */
  readonly outputTokens: number
  /** Per choice, generated beyond the cap: rejected predictions, and thoughts that have a cap of their own. */
  readonly uncappedTokens: number
  readonly choices: number
  /** The input, and the fee for the request. */
  readonly inputAmount: NanoUsd
  /** What the dearest token of the answer can cost. */
  readonly outputRate: NanoUsdPerMillion
  readonly amount: NanoUsd
}

/** What is known beside body, price and caps. */
export interface BoundKnowledge {
  /** How the model's provider counts; absent where it does not say. */
  readonly rules?: TokenRules | undefined
  /** Bytes of text that are known to be no tokens, since the text was counted. */
  readonly savedTokens?: number | undefined
}

/** The most a request can cost: its input, and for each choice the output cap. */
export function costBound(
  body: RequestBody,
  price: PricedModel,
  contextTokens: number | undefined,
  outputTokenCap: number | undefined,
  { rules, savedTokens = 0 }: BoundKnowledge = {},
): CostBound {
  const input = countInput(body, rules, contextTokens, savedTokens)
  const inputTokens = input.textTokens + input.audioTokens
  const rates = dearestRates(price, inputTokens)
  const outputRate = asksForSound(body.view) ? price.worstOutput : rates.output
  const outputTokens = outputTokenCap ?? body.outputTokenCap ?? contextTokens ?? LARGEST_OUTPUT_TOKENS
  const uncappedTokens = predictedTokens(body) + thoughtTokens(body, contextTokens)
  const choices = generatedChoices(body)
  const inputCost = costOfTokenKinds([
    [rates.input, input.textTokens],
    [price.worstInput, input.audioTokens],
  ])
  const inputAmount = addUsd(inputCost, price.perRequest ?? ZERO_USD)
  const output = costOfTokens(outputRate, (outputTokens + uncappedTokens) * choices)
  const amount = addUsd(inputAmount, output)
  return { inputTokens, outputTokens, uncappedTokens, choices, inputAmount, outputRate, amount }
}

/**
 * The largest output cap whose bound fits into `available`, or `undefined` when that is fewer than `minOutputTokens`
 * or when the request's shape gives no cap that the provider would keep.
 */
export function affordableOutputTokens(
  body: RequestBody,
  bound: CostBound,
  available: NanoUsd,
  minOutputTokens: number,
): number | undefined {
  if (predictedTokens(body) > 0 || bound.inputAmount >= available) return undefined
  const tokens = affordableTokens(bound.outputRate, nanoUsd(available - bound.inputAmount))
  const cap = Math.min(Math.floor(tokens / bound.choices) - bound.uncappedTokens, bound.outputTokens)
  return cap >= minOutputTokens ? cap : undefined
}

/** What a reported usage costs, rounded up to the nano-dollar once. */
export function costOfUsage(usage: Usage, price: Price): NanoUsd {
  if (price.state !== 'priced') return ZERO_USD
  const tier = tierFor(price.tiers, usage.inputTokens)
  const spoken = Math.min(usage.audioInputTokens ?? 0, usage.inputTokens)
  const text = usage.inputTokens - spoken
  // Which of the cached tokens were sound is not reported, so sound is paid for in full and text is cached last.
  const cached = Math.min(Math.max(0, usage.cachedInputTokens - spoken), text)
  const written = Math.min(usage.cacheWriteTokens ?? 0, text - cached)
  const spokenOutput = Math.min(usage.audioOutputTokens ?? 0, usage.outputTokens)
  const tokens = costOfTokenKinds([
    [tier.input, text - cached - written],
    [tier.cachedInput, cached],
    [tier.cacheWrite ?? tier.input, written],
    [tier.audioInput ?? price.worstInput, spoken],
    [tier.output, usage.outputTokens - spokenOutput],
    [tier.audioOutput ?? price.worstOutput, spokenOutput],
  ])
  return addUsd(tokens, price.perRequest ?? ZERO_USD)
}

/** Charge for an answer that was left early: all input, and the output that was delivered, at the worst rates. */
export function costOfAbort(bound: CostBound, deliveredTokens: number, price: Price): NanoUsd {
  if (price.state !== 'priced') return ZERO_USD
  const output = Math.min(deliveredTokens, (bound.outputTokens + bound.uncappedTokens) * bound.choices)
  return addUsd(bound.inputAmount, costOfTokens(bound.outputRate, output))
}

/** Of the tiers that so many input tokens can reach; what is written to a cache may be dearer than plain input. */
function dearestRates(
  { tiers }: PricedModel,
  inputTokens: number,
): { readonly input: NanoUsdPerMillion; readonly output: NanoUsdPerMillion } {
  let input = 0
  let output = 0
  for (const tier of tiers) {
    if (tier.aboveInputTokens > 0 && inputTokens <= tier.aboveInputTokens) continue
    input = Math.max(input, tier.input, tier.cachedInput, tier.cacheWrite ?? 0)
    output = Math.max(output, tier.output)
  }
  return { input: input as NanoUsdPerMillion, output: output as NanoUsdPerMillion }
}

/** Some vendors take `best_of`: that many answers are generated, of which `n` are shown. */
function generatedChoices(body: RequestBody): number {
  const { best_of: generated } = body.view
  return typeof generated === 'number' && generated > body.choices ? Math.ceil(generated) : body.choices
}

/** Rejected prediction tokens are billed as output on top of the cap; the prediction is part of the body. */
function predictedTokens(body: RequestBody): number {
  return body.view.prediction === undefined || body.view.prediction === null ? 0 : body.bytes.length
}

/**
 * Qwen's hosts do not count thoughts into `max_tokens`: those have a budget of their own, or none
 * (https://www.alibabacloud.com/help/en/model-studio/deep-thinking). Elsewhere the cap includes reasoning.
 */
function thoughtTokens({ view }: RequestBody, contextTokens: number | undefined): number {
  if (typeof view.thinking_budget === 'number') return Math.max(0, Math.ceil(view.thinking_budget))
  return view.enable_thinking === true ? (contextTokens ?? LARGEST_OUTPUT_TOKENS) : 0
}

function tierFor(tiers: readonly PriceTier[], inputTokens: number): PriceTier {
  let chosen = tiers[0]
  for (const tier of tiers) if (inputTokens > tier.aboveInputTokens) chosen = tier
  if (!chosen) throw new RangeError('a price has at least one tier')
  return chosen
}
