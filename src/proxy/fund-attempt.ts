// Owns the step from cleared to funded: price, worst case, reservation, and a smaller answer when money is short.
import type { ClearedAttempt, FundedAttempt } from '../domain/attempt.ts'
import type { BudgetExceeded } from '../domain/budget.ts'
import { ZERO_USD } from '../domain/money.ts'
import type { Price } from '../domain/price.ts'
import type { ReserveResult, UpperBound } from '../ledger/ledger.ts'
import { affordableOutputTokens, type CostBound } from '../policy/estimate-cost.ts'
import type { UnsentObstacle } from '../policy/fallback.ts'
import type { HeldSlot } from './provider-slots.ts'
import type { ProxyDeps } from './proxy-deps.ts'
import { type AttemptBounds, boundRequest } from './request-bound.ts'

export interface Funding {
  readonly attempt: FundedAttempt
  readonly price: Price
  /** Absent for a free provider. */
  readonly bound: CostBound | undefined
  /** Its place among the requests that the provider has at once; absent where they are not bounded. */
  slot?: HeldSlot
}

export type FundingResult = { readonly funding: Funding } | { readonly obstacle: UnsentObstacle }

type Pending<Value> = Value | Promise<Value>

const FREE: UpperBound = { amount: ZERO_USD, outputTokenCap: undefined }

/** Synchronous unless the ledger has to ask its store, or money is so short that the request's tokens are counted. */
export function fundAttempt(attempt: ClearedAttempt, attemptIndex: number, deps: ProxyDeps): Pending<FundingResult> {
  const request = boundRequest(attempt, deps)
  if (request.state === 'unknown') {
    const { unbounded } = request
    return { obstacle: { kind: 'price_unknown', provider: attempt.provider.name, model: attempt.model, unbounded } }
  }
  if (request.state === 'free') {
    return then(deps.ledger.reserve(attempt, FREE, { attemptIndex }), (result) =>
      fundingOf(result, request.price, undefined),
    )
  }
  return fundPaid(attempt, attemptIndex, request.price, request.bounds, deps)
}

/** Three tries at most: the whole answer by the bytes, the whole answer by counted tokens, a shorter answer. */
function fundPaid(
  attempt: ClearedAttempt,
  attemptIndex: number,
  price: Price,
  bounds: AttemptBounds,
  deps: ProxyDeps,
): Pending<FundingResult> {
  const { body } = attempt.task
  const { minOutputTokens } = deps
  const reserve = (bound: CostBound, cap: number | undefined) =>
    deps.ledger.reserve(attempt, { amount: bound.amount, outputTokenCap: cap }, { attemptIndex })

  const whole = (): Pending<FundingResult> => {
    const bound = bounds.bound()
    return then(reserve(bound, undefined), (result) => {
      if (result.outcome !== 'budget_exceeded') return fundingOf(result, price, bound)
      if (!bounds.canCount) return shorter(result, bound)
      // Counting costs time, so it has to be able to help: not when even no tokens at all would be too many.
      const least = bounds.least(Math.min(minOutputTokens, bound.outputTokens))
      return least.amount <= result.available ? bounds.count().then(whole) : fundingOf(result, price, bound)
    })
  }
  const shorter = (exceeded: BudgetExceeded, bound: CostBound): Pending<FundingResult> => {
    const cap = affordableOutputTokens(body, bound, exceeded.available, minOutputTokens)
    if (cap === undefined) return fundingOf(exceeded, price, bound)
    const smaller = bounds.bound(cap)
    return then(reserve(smaller, cap), (result) => fundingOf(result, price, smaller))
  }
  return whole()
}

function then<Value, Result>(value: Pending<Value>, next: (value: Value) => Pending<Result>): Pending<Result> {
  return value instanceof Promise ? value.then(next) : next(value)
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
