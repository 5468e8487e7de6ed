// Owns the step from cleared to funded: price, worst case, reservation, and a smaller answer when money is short.
import type { ClearedAttempt, FundedAttempt } from '../domain/attempt.ts'
import { ZERO_USD } from '../domain/money.ts'
import type { Price } from '../domain/price.ts'
import type { ReserveResult, UpperBound } from '../ledger/ledger.ts'
import { affordableOutputTokens, type CostBound, costBound } from '../policy/estimate-cost.ts'
import type { Obstacle } from '../policy/fallback.ts'
import type { ProxyDeps } from './proxy-deps.ts'

export interface Funding {
  readonly attempt: FundedAttempt
  readonly price: Price
  /** Absent for a free provider. */
  readonly bound: CostBound | undefined
}

export type FundingResult = { readonly funding: Funding } | { readonly obstacle: Obstacle }

const FREE: UpperBound = { amount: ZERO_USD, outputTokenCap: undefined }

/** Synchronous unless the ledger has to ask its store. */
export function fundAttempt(
  attempt: ClearedAttempt,
  attemptIndex: number,
  deps: ProxyDeps,
): FundingResult | Promise<FundingResult> {
  const price = deps.priceBook.price(attempt.provider, attempt.model)
  if (price.state === 'unknown') {
    return { obstacle: { kind: 'price_unknown', provider: attempt.provider.name, model: attempt.model } }
  }
  if (price.state === 'free') {
    const reserved = deps.ledger.reserve(attempt, FREE, { attemptIndex })
    return reserved instanceof Promise
      ? reserved.then((result) => fundingOf(result, price, undefined))
      : fundingOf(reserved, price, undefined)
  }
  return fundPaid(attempt, attemptIndex, price, deps)
}

function fundPaid(
  attempt: ClearedAttempt,
  attemptIndex: number,
  price: Extract<Price, { state: 'priced' }>,
  deps: ProxyDeps,
): FundingResult | Promise<FundingResult> {
  const { body } = attempt.task
  const { contextTokens, outputTokens } = deps.policy.catalogue.facts(attempt.provider, attempt.model)
  const outputCap = body.outputTokenCap ?? outputTokens
  const bound = costBound(body, price, contextTokens, outputCap)
  const reserve = (amount: CostBound['amount'], outputTokenCap: number | undefined) =>
    deps.ledger.reserve(attempt, { amount, outputTokenCap }, { attemptIndex })
  const clamp = (result: ReserveResult): FundingResult | Promise<FundingResult> => {
    if (result.outcome !== 'budget_exceeded') return fundingOf(result, price, bound)
    const cap = affordableOutputTokens(body, price, bound, result.available, deps.minOutputTokens)
    if (cap === undefined) return fundingOf(result, price, bound)
    const smaller = costBound(body, price, contextTokens, cap)
    const second = reserve(smaller.amount, cap)
    return second instanceof Promise
      ? second.then((again) => fundingOf(again, price, smaller))
      : fundingOf(second, price, smaller)
  }
  const first = reserve(bound.amount, undefined)
  return first instanceof Promise ? first.then(clamp) : clamp(first)
}

function fundingOf(result: ReserveResult, price: Price, bound: CostBound | undefined): FundingResult {
  switch (result.outcome) {
    case 'reserved':
      return { funding: { attempt: result.attempt, price, bound } }
    case 'budget_exceeded':
      return { obstacle: { kind: 'budget', exceeded: result } }
    case 'ledger_unavailable':
      return { obstacle: { kind: 'ledger', retryAfterSeconds: result.retryAfterSeconds } }
  }
}
