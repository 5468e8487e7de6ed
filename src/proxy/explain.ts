// Owns the explanation of a decision: each candidate with its price, its worst case and its budget, without sending.

import type { ClearedAttempt } from '../domain/attempt.ts'
import { locationOf } from '../domain/model-location.ts'
import { usdNumber } from '../domain/money.ts'
import type { Price } from '../domain/price.ts'
import type { Task } from '../domain/task.ts'
import { costBound } from '../policy/estimate-cost.ts'
import type { ExcludedCandidate } from '../policy/route.ts'
import type { ProxyDeps } from './proxy-deps.ts'
import { planTask } from './run-task.ts'

export interface ExplainedCandidate {
  readonly provider: string
  readonly model: string
  readonly location: 'local' | 'cloud'
  readonly reason: string
  readonly simulated: boolean
  /** `free`, `unknown`, or where the price stands. */
  readonly price: string
  /** The most that this request could cost there, in US dollars; absent when the price is not known. */
  readonly worst_case_usd?: number
  readonly budget?: {
    readonly limit_usd: number
    readonly spent_usd: number
    readonly reserved_usd: number
    readonly available_usd: number
  }
  /** What would happen to it now. */
  readonly verdict: 'would be asked' | 'would be asked for a shorter answer' | 'over budget' | 'price unknown'
}

export interface Explanation {
  readonly classification: { readonly level: string; readonly restricted: boolean; readonly source: string }
  readonly rule: string
  readonly reason: string
  /** In the order in which they would be asked. */
  readonly candidates: readonly ExplainedCandidate[]
  readonly excluded: readonly ExcludedCandidate[]
  /** Why nobody would be asked, when that is so. */
  readonly refused?: string
}

/** The same plan that `runTask` would follow, and the same figures that it would reserve by. */
export function explain(task: Task, deps: ProxyDeps): Explanation {
  const plan = planTask(task, deps)
  const { level, restricted, source } = plan.classification
  return {
    classification: { level, restricted, source },
    rule: plan.rule,
    reason: plan.reason,
    candidates: plan.attempts.map((attempt) => explainCandidate(attempt, deps)),
    excluded: plan.excluded,
    ...(plan.rejected ? { refused: `${level} data may not go to the model that was named` } : {}),
  }
}

function explainCandidate(attempt: ClearedAttempt, deps: ProxyDeps): ExplainedCandidate {
  const { provider, model, reason } = attempt
  const price = deps.priceBook.price(provider, model)
  const base = {
    provider: provider.name,
    model,
    location: locationOf(provider, model),
    reason,
    simulated: provider.simulated,
    price: priceText(price),
  }
  if (price.state === 'unknown') return { ...base, verdict: 'price unknown' }
  if (price.state === 'free') return { ...base, worst_case_usd: 0, verdict: 'would be asked' }
  const { body } = attempt.task
  const { contextTokens: context, outputTokens } = deps.policy.catalogue.facts(provider, model)
  const cap = body.outputTokenCap ?? outputTokens
  const bound = costBound(body, price, context, cap)
  const smallest = costBound(body, price, context, Math.min(bound.outputTokens, deps.minOutputTokens))
  const status = deps.ledger.budgets().find(({ subject }) => subject === provider.name)
  if (!status) return { ...base, worst_case_usd: usdNumber(bound.amount), verdict: 'would be asked' }
  const available = Math.max(0, status.limit - status.spent - status.reserved)
  const verdict =
    bound.amount <= available
      ? 'would be asked'
      : smallest.amount <= available
        ? 'would be asked for a shorter answer'
        : 'over budget'
  return {
    ...base,
    worst_case_usd: usdNumber(bound.amount),
    budget: {
      limit_usd: usdNumber(status.limit),
      spent_usd: usdNumber(status.spent),
      reserved_usd: usdNumber(status.reserved),
      available_usd: available / 1_000_000_000,
    },
    verdict,
  }
}

function priceText(price: Price): string {
  return price.state === 'priced' ? price.source : price.state
}
