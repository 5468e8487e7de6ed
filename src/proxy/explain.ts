// Owns the explanation of a decision: each candidate with its price, its worst case and its budget, without sending.

import type { ClearedAttempt } from '../domain/attempt.ts'
import type { BudgetStatus } from '../domain/budget.ts'
import type { Clock } from '../domain/clock.ts'
import { locationOf } from '../domain/model-location.ts'
import { usdNumber } from '../domain/money.ts'
import type { Cohort } from '../domain/rollout.ts'
import type { Task } from '../domain/task.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Breakers, Cooling } from '../policy/breakers.ts'
import type { Detection } from '../policy/classify/finding.ts'
import type { ExcludedCandidate } from '../policy/route.ts'
import { planTaskNow } from './plan-task.ts'
import type { ProxyDeps } from './proxy-deps.ts'
import { boundRequest } from './request-bound.ts'

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
  /** The member of the request that makes its cost there unbounded, and why. */
  readonly unbounded?: string
  readonly budget?: {
    readonly limit_usd: number
    readonly spent_usd: number
    readonly reserved_usd: number
    readonly available_usd: number
  }
  /** What would happen to it now. */
  readonly verdict:
    | 'would be asked'
    | 'would be asked for a shorter answer'
    | 'over budget'
    | 'price unknown'
    | 'cooling down'
  /** Of one that is cooling down: the whole seconds that are left. It is asked before that only when nobody else is left. */
  readonly cooling_seconds?: number
}

/** What was found, by rule and place; never the value itself. */
export interface ExplainedDetection {
  readonly undecidable: readonly string[]
  readonly findings: readonly {
    readonly rule: string
    readonly type: string
    readonly level: string
    readonly category: string
    readonly score: number
    readonly path: string
    readonly start: number
    readonly end: number
  }[]
}

export interface Explanation {
  readonly classification: { readonly level: string; readonly restricted: boolean; readonly source: string }
  /** Absent when nothing is searched. */
  readonly detected?: ExplainedDetection
  /** Ids of the signed exceptions by which findings may leave. */
  readonly exceptions?: readonly string[]
  readonly rule: string
  readonly reason: string
  /** Which policy decides for this caller; absent while nothing is rolled out. */
  readonly cohort?: Cohort
  /** In the order in which they would be asked. */
  readonly candidates: readonly ExplainedCandidate[]
  readonly excluded: readonly ExcludedCandidate[]
  /** Why nobody would be asked, when that is so. */
  readonly refused?: string
}

/** What an explanation needs: nothing that could send or spend. */
export interface ExplainDeps
  extends Pick<
    ProxyDeps,
    | 'policy'
    | 'defaultClassification'
    | 'detection'
    | 'taint'
    | 'exceptions'
    | 'priceBook'
    | 'tokenCounter'
    | 'minOutputTokens'
    | 'rollout'
  > {
  readonly ledger: Pick<Ledger, 'knownBudgets'>
  readonly breakers: Pick<Breakers, 'cooling'>
  readonly clock: Clock
}

/** The same plan that `runTask` would follow, and the same figures that it would reserve by. */
export function explain(task: Task, deps: ExplainDeps): Explanation {
  const lane = deps.rollout?.laneOf(task)
  const { plan, detection, exceptions = [] } = planTaskNow(task, deps, lane?.policy)
  const { level, restricted, source } = plan.classification
  const nowMs = deps.clock.monotonicMs()
  const cooling = plan.attempts.map(({ provider, model }) => deps.breakers.cooling(provider, model, nowMs))
  // When all are cooling down, the first of those that did not ask for it is asked all the same.
  const lastResort = cooling.every((one) => one) ? cooling.findIndex((one) => !one?.asked) : -1
  return {
    classification: { level, restricted, source },
    ...(detection ? { detected: detectedOf(detection) } : {}),
    ...(exceptions.length > 0 ? { exceptions } : {}),
    rule: plan.rule,
    reason: plan.reason,
    ...(lane ? { cohort: lane.cohort } : {}),
    candidates: plan.attempts.map((attempt, index) =>
      index === lastResort
        ? explainCandidate(attempt, deps)
        : withCooling(explainCandidate(attempt, deps), cooling[index]),
    ),
    excluded: plan.excluded,
    ...(plan.rejected ? { refused: `${level} data may not go to the model that was named` } : {}),
  }
}

function detectedOf({ findings, undecidableCauses }: Detection): ExplainedDetection {
  return {
    undecidable: undecidableCauses,
    findings: findings.map(({ rule, type, level, category, score, path, start, end }) => ({
      ...{ rule, type, level, category, score, path, start, end },
    })),
  }
}

/** Whoever is cooling down is passed over, whatever it would cost. */
function withCooling(candidate: ExplainedCandidate, cooling: Cooling | undefined): ExplainedCandidate {
  if (!cooling) return candidate
  return { ...candidate, verdict: 'cooling down', cooling_seconds: Math.ceil(cooling.remainingMs / 1000) }
}

function explainCandidate(attempt: ClearedAttempt, deps: ExplainDeps): ExplainedCandidate {
  const { provider, model, reason } = attempt
  const request = boundRequest(attempt, deps)
  const base = {
    provider: provider.name,
    model,
    location: locationOf(provider, model),
    reason,
    simulated: provider.simulated,
    price: request.state === 'bounded' ? request.price.source : request.state,
  }
  if (request.state === 'unknown') {
    const { unbounded } = request
    const why = unbounded ? { unbounded: `${unbounded.member}: ${unbounded.reason}` } : {}
    return { ...base, ...why, verdict: 'price unknown' }
  }
  if (request.state === 'free') return { ...base, worst_case_usd: 0, verdict: 'would be asked' }
  const bound = request.bounds.bound()
  const smallest = request.bounds.bound(Math.min(bound.outputTokens, deps.minOutputTokens))
  const status = tightest(deps.ledger.knownBudgets(), provider.name)
  if (!status) return { ...base, worst_case_usd: usdNumber(bound.amount), verdict: 'would be asked' }
  const available = leftOf(status)
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

/** Of the limits that any request to the provider must keep, the one with the least left. */
function tightest(budgets: readonly BudgetStatus[], provider: string): BudgetStatus | undefined {
  return budgets
    .filter(
      ({ scope, subject, soft }) => !soft && (scope === 'global' || (scope === 'provider' && subject === provider)),
    )
    .toSorted((left, right) => leftOf(left) - leftOf(right))[0]
}

/** What other processes have set aside is not there for this one. */
function leftOf({ limit, spent, reserved, leased }: BudgetStatus): number {
  return Math.max(0, limit - spent - reserved - leased)
}
