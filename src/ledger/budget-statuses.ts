// Owns what is shown of budgets: the figures by which money is granted, from the same store.
import { type Budget, type BudgetStatus, EACH } from '../domain/budget.ts'
import { addUsd, nanoUsd } from '../domain/money.ts'
import { BudgetClock, type WindowNow } from './budget-window.ts'
import type { LedgerStore, Subject } from './store.ts'

/** Budgets for each subject show so many of them, those that spent the most first. */
const MOST_OF_EACH = 100

interface Asked {
  readonly budget: Budget
  readonly subject: string
  readonly window: WindowNow
}

/**
 * Every budget as it stands, those for each subject once for every subject that has spent or leased anything.
 * @throws StoreUnavailable.
 */
export async function budgetStatuses(
  store: Pick<LedgerStore, 'figures' | 'subjects'>,
  budgets: readonly Budget[],
  wallMs: number,
  ownerLostAfterMs: number,
  mostOfEach = MOST_OF_EACH,
): Promise<readonly BudgetStatus[]> {
  const asked: Asked[] = []
  for (const budget of budgets) {
    const window = windowOf(budget, wallMs)
    const subjects = budget.subject === EACH ? await store.subjects(budget.scope, window) : [budget.subject]
    for (const subject of subjects) asked.push({ budget, subject, window })
  }
  const statuses = await statusesOf(store, asked, wallMs - ownerLostAfterMs)
  const shown = new Map<Budget, number>()
  return statuses
    .toSorted((left, right) => (left.budget === right.budget ? right.status.spent - left.status.spent : 0))
    .filter(({ budget }) => {
      const count = (shown.get(budget) ?? 0) + 1
      shown.set(budget, count)
      return budget.subject !== EACH || count <= mostOfEach
    })
    .map(({ status }) => status)
}

/** The budgets that hold some subjects, as they stand for these. @throws StoreUnavailable. */
export async function statusesOfSubjects(
  store: Pick<LedgerStore, 'figures'>,
  budgets: readonly Budget[],
  subjects: readonly Subject[],
  wallMs: number,
  ownerLostAfterMs: number,
): Promise<readonly BudgetStatus[]> {
  const asked = budgets.flatMap((budget): Asked[] => {
    const held = subjects.filter(
      ({ scope, name }) => scope === budget.scope && (budget.subject === EACH || budget.subject === name),
    )
    if (held.length === 0) return []
    const window = windowOf(budget, wallMs)
    return held.map(({ name }) => ({ budget, subject: name, window }))
  })
  return (await statusesOf(store, asked, wallMs - ownerLostAfterMs)).map(({ status }) => status)
}

function windowOf({ window, timeZone }: Budget, wallMs: number): WindowNow {
  return new BudgetClock(window, timeZone).at(wallMs)
}

async function statusesOf(
  store: Pick<LedgerStore, 'figures'>,
  asked: readonly Asked[],
  ownersSeenSinceMs: number,
): Promise<readonly { readonly budget: Budget; readonly status: BudgetStatus }[]> {
  const figures = await store.figures(
    asked.map(({ budget, subject, window }) => ({ scope: budget.scope, name: subject, ...window })),
    ownersSeenSinceMs,
  )
  return asked.flatMap(({ budget, subject, window }, index) => {
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
}
