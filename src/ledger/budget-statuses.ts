// Owns what is shown of budgets: the figures by which money is granted, from the same store.
import { type Budget, type BudgetStatus, EACH } from '../domain/budget.ts'
import { addUsd, nanoUsd } from '../domain/money.ts'
import { BudgetClock, type WindowNow } from './budget-window.ts'
import type { LedgerStore } from './store.ts'

/** Budgets for each subject show so many of them, those that spent the most first. */
const MOST_OF_EACH = 100

/**
 * Every budget as it stands, those for each subject once for every subject that has spent or leased anything.
 * @throws StoreUnavailable.
 */
export async function budgetStatuses(
  store: Pick<LedgerStore, 'figures' | 'subjects'>,
  budgets: readonly Budget[],
  wallMs: number,
  ownerLostAfterMs: number,
): Promise<readonly BudgetStatus[]> {
  const asked: { budget: Budget; subject: string; window: WindowNow }[] = []
  for (const budget of budgets) {
    const window = new BudgetClock(budget.window, budget.timeZone).at(wallMs)
    const subjects = budget.subject === EACH ? await store.subjects(budget.scope, window) : [budget.subject]
    for (const subject of subjects) asked.push({ budget, subject, window })
  }
  const figures = await store.figures(
    asked.map(({ budget, subject, window }) => ({ scope: budget.scope, name: subject, ...window })),
    wallMs - ownerLostAfterMs,
  )
  const statuses = asked.flatMap(({ budget, subject, window }, index) => {
    const found = figures[index]
    if (found === undefined) return []
    const { spent, unsettled, leased, reserved, lost } = found
    const status: BudgetStatus = {
      id: budget.id,
      scope: budget.scope,
      subject,
      window: budget.window.kind,
      period: window.period,
      limit: budget.limit,
      // A lost lease counts as spent until it is recovered.
      spent: addUsd(spent, lost),
      reserved,
      leased: nanoUsd(leased - reserved),
      unsettled: addUsd(unsettled, lost),
      resetsAtMs: window.resetsAtMs,
      soft: budget.soft,
      rule: budget.rule,
    }
    return [{ budget, status }]
  })
  const shown = new Map<Budget, number>()
  return statuses
    .toSorted((left, right) => (left.budget === right.budget ? right.status.spent - left.status.spent : 0))
    .filter(({ budget }) => {
      const count = (shown.get(budget) ?? 0) + 1
      shown.set(budget, count)
      return budget.subject !== EACH || count <= MOST_OF_EACH
    })
    .map(({ status }) => status)
}
