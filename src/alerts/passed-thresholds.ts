// Owns which thresholds of which budgets are passed, and what makes two alerts the same one.
import { type Budget, type BudgetStatus, EACH } from '../domain/budget.ts'
import { usdNumber, usdText } from '../domain/money.ts'
import type { Alert, BudgetAlertLabels } from './alert.ts'

/** A rolling window that stays full is told of at most so often. */
const SHORTEST_REPEAT_MS = 3_600_000

export interface PassedThreshold {
  /** The same in all processes for the same event. */
  readonly id: string
  readonly labels: BudgetAlertLabels
  readonly status: BudgetStatus
}

/**
 * One alert for each threshold that is passed: once for each budget, subject, period and limit.
 *
 * A day, a week and a month are armed again when the next one begins, and by another limit. A lifetime is armed again only by
 * another limit. A rolling window has no periods: it is armed again after its own length, and after an hour at least,
 * counted in stretches since 1970, so that all processes agree without asking.
 */
export function passedThresholds(
  statuses: readonly BudgetStatus[],
  budgets: readonly Budget[],
  wallMs: number,
): PassedThreshold[] {
  const known = new Map(budgets.map((budget) => [keyOf(budget), budget]))
  return statuses.flatMap((status) => {
    const budget = known.get(keyOf(status))
    if (budget === undefined) return []
    return budget.alertAtPercent
      .filter((percent) => isPassed(status, percent))
      .map((percent) => thresholdOf(status, budget, percent, wallMs))
  })
}

/** Two budgets of the configuration may have one id: a limit that is written twice. */
function keyOf({ id, rule }: Pick<Budget, 'id' | 'rule'>): string {
  return `${id}\n${rule}`
}

/** A limit of nothing is passed by anything. */
function isPassed({ spent, limit }: BudgetStatus, percent: number): boolean {
  return spent > 0 && spent * 100 >= limit * percent
}

function thresholdOf(status: BudgetStatus, budget: Budget, percent: number, wallMs: number): PassedThreshold {
  const { scope, subject, window, period, limit } = status
  const several = budget.subject === EACH || window === 'interval'
  const who = several ? [encodeURIComponent(subject.toWellFormed())] : []
  const id = [budget.id, ...who, armingOf(budget, period, wallMs), usdText(limit), percent].join(':')
  return { id, labels: { scope, window, percent }, status }
}

/** What is told of it. */
export function thresholdAlert({ id, labels, status }: PassedThreshold): Alert {
  const { scope, subject, window, period, limit, spent, unsettled, soft, rule, resetsAtMs } = status
  return {
    id,
    type: 'budget.threshold_reached',
    data: {
      budget: status.id,
      ...{ scope, subject, window, period, percent: labels.percent },
      limit_usd: usdNumber(limit),
      spent_usd: usdNumber(spent),
      unsettled_usd: usdNumber(unsettled),
      soft,
      rule,
      resets_at: resetsAtMs === undefined ? null : new Date(resetsAtMs).toISOString(),
    },
  }
}

function armingOf({ window }: Budget, period: string, wallMs: number): string {
  if (window.kind !== 'rolling') return period
  const stretchMs = Math.max(window.seconds * 1000, SHORTEST_REPEAT_MS)
  return `${period}@${Math.floor(wallMs / stretchMs)}`
}
