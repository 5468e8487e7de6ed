// Owns the price of a request: its worst case before it is sent, and its cost from the final usage.
import type { ChatBody, JsonValue } from '../domain/chat-body.ts'
import {
  addUsd,
  affordableTokens,
  costOfTokenKinds,
  costOfTokens,
  type NanoUsd,
  nanoUsd,
  ZERO_USD,
} from '../domain/money.ts'
import type { Price, PriceTier } from '../domain/price.ts'
import type { Usage } from '../domain/usage.ts'

type PricedModel = Extract<Price, { state: 'priced' }>

/**
 * Tokens that a chat template adds to a request beyond its own bytes: role markers and the primer of the reply.
 * OpenAI documents 3 per message and 3 for the reply (https://developers.openai.com/cookbook, token counting); a
 * message's own JSON punctuation is longer than that, so a constant for the request is enough.
 */
const TEMPLATE_TOKENS = 64

/**
 * No image costs more: gpt-4o-mini, the dearest in tokens, bills 2,833 + 5,667 for each of at most 8 tiles
 * (https://developers.openai.com/api/docs/guides/images-vision).
 */
const IMAGE_TOKENS = 50_000

/** A file part may hold any number of pages; without a known context window this stands in for one. */
const LARGEST_CONTEXT_TOKENS = 2_000_000

/** Reserved output when neither the caller nor the model's listing has a cap. */
const LARGEST_OUTPUT_TOKENS = 128_000

/** The provable worst case of one request at one model. */
export interface CostBound {
  readonly inputTokens: number
  /** Per choice, predictions included. */
  readonly outputTokens: number
  readonly choices: number
  readonly amount: NanoUsd
}

/**
 * Upper bound of the input in tokens, from bytes: byte-level tokenizers make at most one token of a byte, and the JSON
 * text of a string is never shorter than the string.
 */
export function inputTokenBound(body: ChatBody, contextTokens: number | undefined): number {
  const parts = countParts(body.view.messages)
  const files = parts.files > 0 ? (contextTokens ?? LARGEST_CONTEXT_TOKENS) : 0
  const bound = body.bytes.length + TEMPLATE_TOKENS + parts.images * IMAGE_TOKENS + files
  return contextTokens === undefined ? bound : Math.min(bound, contextTokens)
}

/** The most a request can cost: its input bound, and for each choice the output cap. */
export function costBound(
  body: ChatBody,
  price: PricedModel,
  contextTokens: number | undefined,
  outputTokenCap: number | undefined,
): CostBound {
  const inputTokens = inputTokenBound(body, contextTokens)
  const outputTokens = outputTokenCap ?? body.outputTokenCap ?? contextTokens ?? LARGEST_OUTPUT_TOKENS
  const choices = body.choices
  // Rejected prediction tokens are billed as output on top of the cap; the prediction is part of the body.
  const predicted = body.view.prediction === undefined || body.view.prediction === null ? 0 : body.bytes.length
  const input = costOfTokens(price.worstInput, inputTokens)
  const output = costOfTokens(price.worstOutput, (outputTokens + predicted) * choices)
  return { inputTokens, outputTokens, choices, amount: addUsd(input, output) }
}

/**
 * The largest output cap whose bound fits into `available`, or `undefined` when that is fewer than `minOutputTokens`
 * or when the request's shape gives no cap that the provider would keep.
 */
export function affordableOutputTokens(
  body: ChatBody,
  price: PricedModel,
  bound: CostBound,
  available: NanoUsd,
  minOutputTokens: number,
): number | undefined {
  if (body.view.prediction !== undefined && body.view.prediction !== null) return undefined
  const input = costOfTokens(price.worstInput, bound.inputTokens)
  if (input >= available) return undefined
  const tokens = affordableTokens(price.worstOutput, nanoUsd(available - input))
  const cap = Math.min(Math.floor(tokens / bound.choices), bound.outputTokens)
  return cap >= minOutputTokens ? cap : undefined
}

/** What a reported usage costs, rounded up to the nano-dollar once. */
export function costOfUsage(usage: Usage, price: Price): NanoUsd {
  if (price.state !== 'priced') return ZERO_USD
  const tier = tierFor(price.tiers, usage.inputTokens)
  const cached = Math.min(usage.cachedInputTokens, usage.inputTokens)
  const written = Math.min(usage.cacheWriteTokens ?? 0, usage.inputTokens - cached)
  return costOfTokenKinds([
    [tier.input, usage.inputTokens - cached - written],
    [tier.cachedInput, cached],
    [tier.cacheWrite ?? tier.input, written],
    [tier.output, usage.outputTokens],
  ])
}

/** Charge for an answer that was left early: all input, and the output that was delivered, at the worst rates. */
export function costOfAbort(bound: CostBound, deliveredTokens: number, price: Price): NanoUsd {
  if (price.state !== 'priced') return ZERO_USD
  const output = Math.min(deliveredTokens, bound.outputTokens * bound.choices)
  return addUsd(costOfTokens(price.worstInput, bound.inputTokens), costOfTokens(price.worstOutput, output))
}

function tierFor(tiers: readonly PriceTier[], inputTokens: number): PriceTier {
  let chosen = tiers[0]
  for (const tier of tiers) if (inputTokens > tier.aboveInputTokens) chosen = tier
  if (!chosen) throw new RangeError('a price has at least one tier')
  return chosen
}

function countParts(messages: JsonValue | undefined): { images: number; files: number } {
  let images = 0
  let files = 0
  if (!Array.isArray(messages)) return { images, files }
  for (const message of messages) {
    const content =
      message !== null && typeof message === 'object' && 'content' in message ? message.content : undefined
    if (!Array.isArray(content)) continue
    for (const part of content) {
      const type = part !== null && typeof part === 'object' && 'type' in part ? part.type : undefined
      if (type === 'image_url' || type === 'image') images += 1
      else if (type === 'file') files += 1
    }
  }
  return { images, files }
}
