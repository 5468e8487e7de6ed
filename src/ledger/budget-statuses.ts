// Owns what is shown of budgets: the figures by which money is granted, from the same store.
import { setImmediate as turn } from 'node:timers/promises'
import { type Budget, type BudgetStatus, EACH } from '../domain/budget.ts'
import { addUsd, nanoUsd } from '../domain/money.ts'
import { BudgetClock, type WindowNow } from './budget-window.ts'
import type { LedgerStore, Subject, SubjectFigures } from './store.ts'

/** Budgets for each subject show so many of them, those that spent the most first. */
const MOST_OF_EACH = 100
/** Takes SQLite some 10 ms. */
const ASKED_AT_ONCE = 250

interface Asked {
  readonly budget: Budget
  readonly subject: string
  readonly window: WindowNow
}

/**
 * Every budget as it stands, those for each subject once for every subject that has spent or leased anything, those that
 * spent the most first.
 * @throws StoreUnavailable.
 */
export async function allStatuses(
  store: Pick<LedgerStore, 'figures' | 'subjects'>,
  budgets: readonly Budget[],
  wallMs: number,
  ownerLostAfterMs: number,
): Promise<readonly BudgetStatus[]> {
  const asked: Asked[] = []
  for (const budget of budgets) {
    const window = windowOf(budget, wallMs)
    const subjects = budget.subject === EACH ? await store.subjects(budget.scope, window) : [budget.subject]
    for (const subject of subjects) asked.push({ budget, subject, window })
  }
  const statuses = await statusesOf(store, asked, wallMs - ownerLostAfterMs)
  return statuses
    .toSorted((left, right) => (left.budget === right.budget ? right.status.spent - left.status.spent : 0))
    .map(({ status }) => status)
}

/** What is shown: of a budget for each subject only those that spent the most. @throws StoreUnavailable. */
export async function budgetStatuses(...asked: Parameters<typeof allStatuses>): Promise<readonly BudgetStatus[]> {
  return shownStatuses(await allStatuses(...asked))
}

/** The first hundred of each budget. */
export function shownStatuses(statuses: readonly BudgetStatus[]): readonly BudgetStatus[] {
  const shown = new Map<string, number>()
  return statuses.filter(({ id, rule }) => {
    const key = `${id}\n${rule}`
    const count = (shown.get(key) ?? 0) + 1
    shown.set(key, count)
    return count <= MOST_OF_EACH
  })
}

/** Statuses of which some are known anew. */
export function renewedStatuses(
  known: readonly BudgetStatus[],
  renewed: readonly BudgetStatus[],
): readonly BudgetStatus[] {
  const keyOf = ({ id, rule, subject }: BudgetStatus) => `${id}\n${rule}\n${subject}`
  const latest = new Map(renewed.map((status) => [keyOf(status), status]))
  const kept = known.map((status) => {
    const key = keyOf(status)
    const now = latest.get(key)
    latest.delete(key)
    return now ?? status
  })
  return shownStatuses([...kept, ...latest.values()])
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

/** In one view of the store as long as it is a few; many are asked for in turns, so that nobody waits for all of them. */
async function statusesOf(
  store: Pick<LedgerStore, 'figures'>,
  asked: readonly Asked[],
  ownersSeenSinceMs: number,
): Promise<readonly { readonly budget: Budget; readonly status: BudgetStatus }[]> {
  const figures: SubjectFigures[] = []
  for (let first = 0; first < asked.length; first += ASKED_AT_ONCE) {
    if (first > 0) await turn()
    const some = asked.slice(first, first + ASKED_AT_ONCE)
    const subjects = some.map(({ budget, subject, window }) => ({ scope: budget.scope, name: subject, ...window }))
    figures.push(...(await store.figures(subjects, ownersSeenSinceMs)))
  }
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
      // Of a budget that users are given there are as many as users.
      ...(budget.subject === EACH || budget.window.kind === 'interval' ? { each: true as const } : {}),
      soft: budget.soft,
      rule: budget.rule,
    }
    return [{ budget, status }]
  })
}
