// Owns what is known of the cost of one attempt before it is sent: its price, its worst case, or why it has none.
import type { ClearedAttempt } from '../domain/attempt.ts'
import type { Price } from '../domain/price.ts'
import type { TokenRules } from '../domain/token-rules.ts'
import { countableTexts } from '../policy/count-input.ts'
import { type CostBound, costBound } from '../policy/estimate-cost.ts'
import { unboundedBecause } from '../policy/unbounded-cost.ts'
import type { ProxyDeps } from './proxy-deps.ts'

type PricedModel = Extract<Price, { state: 'priced' }>

export type RequestBound =
  | { readonly state: 'free'; readonly price: Price }
  /** `because` is absent when the price itself is not known. */
  | { readonly state: 'unknown'; readonly because: string | undefined }
  | { readonly state: 'bounded'; readonly price: PricedModel; readonly bounds: AttemptBounds }

/** What the attempt could cost at its provider. A cost without a bound counts as an unknown price. */
export function boundRequest(attempt: ClearedAttempt, { priceBook, tokenCounter }: BoundDeps): RequestBound {
  const { provider, model } = attempt
  const price = priceBook.price(provider, model)
  if (price.state === 'free') return { state: 'free', price }
  if (price.state === 'unknown') return { state: 'unknown', because: undefined }
  const because = unboundedBecause(attempt.task.body, price, model)
  if (because !== undefined) return { state: 'unknown', because }
  const contextTokens = priceBook.contextTokens(provider, model)
  const modelCap = priceBook.outputTokens(provider, model)
  const rules = priceBook.tokenRules(provider, model)
  return {
    state: 'bounded',
    price,
    bounds: new AttemptBounds(attempt, price, contextTokens, modelCap, rules, tokenCounter),
  }
}

type BoundDeps = Pick<ProxyDeps, 'priceBook' | 'tokenCounter'>

/** The worst cases of one attempt: by its bytes at once, or with its texts counted, which takes a moment. */
export class AttemptBounds {
  readonly #attempt: ClearedAttempt
  readonly #price: PricedModel
  readonly #contextTokens: number | undefined
  readonly #outputCap: number | undefined
  readonly #rules: TokenRules | undefined
  readonly #counter: ProxyDeps['tokenCounter']
  #savedTokens: number | undefined

  constructor(
    attempt: ClearedAttempt,
    price: PricedModel,
    contextTokens: number | undefined,
    modelCap: number | undefined,
    rules: TokenRules | undefined,
    counter: ProxyDeps['tokenCounter'],
  ) {
    this.#attempt = attempt
    this.#price = price
    this.#contextTokens = contextTokens
    this.#outputCap = attempt.task.body.outputTokenCap ?? modelCap
    this.#rules = rules
    this.#counter = counter
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

  /** Whether counting can lower the bound; not a second time. */
  get canCount(): boolean {
    return this.#rules?.encoding !== undefined && this.#savedTokens === undefined
  }

  /** Counts the texts; bounds asked for from here on are the tighter ones. */
  async count(): Promise<void> {
    const encoding = this.#rules?.encoding
    if (encoding === undefined) return
    const texts = this.#texts()
    const bytes = textBytes(texts)
    // A counter that fails costs the tighter bound and nothing else.
    const counted = await this.#counter.count(encoding, texts).catch(() => bytes)
    this.#savedTokens = bytes - Math.max(counted, fewestTokens(bytes))
  }

  #texts(): string[] {
    return this.#rules ? countableTexts(this.#attempt.task.body, this.#rules) : []
  }

  #boundAt(outputTokenCap: number | undefined, savedTokens: number): CostBound {
    const { body } = this.#attempt.task
    return costBound(body, this.#price, this.#contextTokens, outputTokenCap, { rules: this.#rules, savedTokens })
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
