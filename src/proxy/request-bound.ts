// Owns what is known of the cost of one attempt before it is sent: its price, its worst case, or why it has none.
import type { ClearedAttempt } from '../domain/attempt.ts'
import type { Price } from '../domain/price.ts'
import type { RequestBody } from '../domain/request-body.ts'
import type { TokenCounter, TokenRules } from '../domain/token-rules.ts'
import { countableTexts } from '../policy/count-input.ts'
import { type CostBound, costBound } from '../policy/estimate-cost.ts'
import { type UnboundedCost, unboundedBy } from '../policy/unbounded-cost.ts'
import type { ProxyDeps } from './proxy-deps.ts'

type PricedModel = Extract<Price, { state: 'priced' }>

/** Less text is not worth a count, let alone the loading of an encoding: it has at most so many tokens. */
const FEWEST_COUNTED_BYTES = 512

export type RequestBound =
  | { readonly state: 'free'; readonly price: Price }
  /** `unbounded` is absent when the price itself is not known. */
  | { readonly state: 'unknown'; readonly unbounded: UnboundedCost | undefined }
  | { readonly state: 'bounded'; readonly price: PricedModel; readonly bounds: AttemptBounds }

/** What the attempt could cost at its provider. A cost without a bound counts as an unknown price. */
export function boundRequest(attempt: ClearedAttempt, { policy, priceBook, tokenCounter }: BoundDeps): RequestBound {
  const { provider, model } = attempt
  const price = priceBook.price(provider, model)
  if (price.state === 'free') return { state: 'free', price }
  if (price.state === 'unknown') return { state: 'unknown', unbounded: undefined }
  const unbounded = unboundedBy(attempt.task.body, price, model)
  if (unbounded) return { state: 'unknown', unbounded }
  const { contextTokens, outputTokens } = policy.catalogue.facts(provider, model)
  const bounds = new AttemptBounds(attempt.task.body, tokenCounter, {
    price,
    contextTokens,
    modelCap: priceBook.outputTokens(provider, model) ?? outputTokens,
    rules: priceBook.tokenRules(provider, model),
  })
  return { state: 'bounded', price, bounds }
}

type BoundDeps = Pick<ProxyDeps, 'policy' | 'priceBook' | 'tokenCounter'>

interface ModelKnowledge {
  readonly price: PricedModel
  readonly contextTokens: number | undefined
  readonly modelCap: number | undefined
  readonly rules: TokenRules | undefined
}

/** The worst cases of one attempt: by its bytes at once, or with its texts counted, which takes a moment. */
export class AttemptBounds {
  readonly #body: RequestBody
  readonly #counter: TokenCounter
  readonly #known: ModelKnowledge
  readonly #outputCap: number | undefined
  #savedTokens: number | undefined

  constructor(body: RequestBody, counter: TokenCounter, known: ModelKnowledge) {
    this.#body = body
    this.#counter = counter
    this.#known = known
    this.#outputCap = body.outputTokenCap ?? known.modelCap
  }

  /** @param outputTokenCap in place of the caller's and the model's. */
  bound(outputTokenCap = this.#outputCap): CostBound {
    return this.#boundAt(outputTokenCap, this.#savedTokens ?? 0)
  }

  /** What no count can fall below: as if the texts that can be counted had as few tokens as are ever taken for them. */
  least(outputTokenCap: number): CostBound {
    const bytes = textBytes(this.#texts())
    return this.#boundAt(outputTokenCap, bytes - fewestTokens(bytes))
  }

  /** Whether counting can lower the bound by more than a trifle; not a second time. */
  get canCount(): boolean {
    if (this.#known.rules?.encoding === undefined || this.#savedTokens !== undefined) return false
    return textBytes(this.#texts()) >= FEWEST_COUNTED_BYTES
  }

  /** Counts the texts; bounds asked for from here on are the tighter ones. */
  async count(): Promise<void> {
    const encoding = this.#known.rules?.encoding
    if (encoding === undefined) return
    const texts = this.#texts()
    const bytes = textBytes(texts)
    // A counter that fails costs the tighter bound and nothing else.
    const counted = await this.#counter.count(encoding, texts).catch(() => bytes)
    this.#savedTokens = bytes - Math.max(counted, fewestTokens(bytes))
  }

  #texts(): string[] {
    return this.#known.rules ? countableTexts(this.#body, this.#known.rules) : []
  }

  #boundAt(outputTokenCap: number | undefined, savedTokens: number): CostBound {
    const { price, contextTokens, rules } = this.#known
    return costBound(this.#body, price, contextTokens, outputTokenCap, { rules, savedTokens })
  }
}

/**
 * A text is never taken for fewer tokens than one for four bytes, which is what OpenAI calls the usual length of one:
 * a host of another address may count by that rule and not by the model's encoding.
 */
function fewestTokens(bytes: number): number {
  return Math.ceil(bytes / 4)
}

function textBytes(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
}
