// Owns the budgets of a ledger as a whole: those of the configuration and those set at run time, shown and changed.
import type { Budget, BudgetStatus } from '../domain/budget.ts'
import type { Clock } from '../domain/clock.ts'
import { AegisError } from '../domain/errors.ts'
import { budgetStatuses } from './budget-statuses.ts'
import type { StoredBudget } from './budget-store.ts'
import { OWNER_LOST_AFTER_MS } from './leased-ledger.ts'
import type { LedgerStore } from './store.ts'

/** A budget, where it comes from, and how everybody stands whom it holds for. */
export interface KnownBudget {
  readonly budget: Budget
  readonly source: 'configuration' | 'run_time'
  /** Undefined for a budget of the configuration. */
  readonly createdAtMs: number | undefined
  readonly updatedAtMs: number | undefined
  /** By the queries that grant money. */
  readonly standing: readonly BudgetStatus[]
}

export interface BudgetBookOptions {
  readonly store: Pick<LedgerStore, 'figures' | 'subjects' | 'budgets'>
  readonly clock: Clock
  /** Of the configuration. */
  readonly configured: readonly Budget[]
  /** Writes what this process still holds back, so that it is shown. */
  readonly flush: () => Promise<void>
}

/**
 * What is set or removed here holds in every process of the ledger within a second.
 * @example await new BudgetBook({ store, clock, configured, flush }).set(budget)
 */
export class BudgetBook {
  readonly #options: BudgetBookOptions

  constructor(options: BudgetBookOptions) {
    this.#options = options
  }

  /** Those of the configuration first. @throws StoreUnavailable */
  async list(): Promise<readonly KnownBudget[]> {
    const { store, clock, configured, flush } = this.#options
    await flush()
    const stored = await store.budgets.all()
    const statuses = await budgetStatuses(store, [...configured, ...stored], clock.wallMs(), OWNER_LOST_AFTER_MS)
    const standing = Map.groupBy(statuses, keyOf)
    const known = (budget: Budget, stored?: StoredBudget): KnownBudget => ({
      budget,
      source: stored ? 'run_time' : 'configuration',
      createdAtMs: stored?.createdAtMs,
      updatedAtMs: stored?.updatedAtMs,
      standing: standing.get(keyOf(budget)) ?? [],
    })
    return [...configured.map((budget) => known(budget)), ...stored.map((budget) => known(budget, budget))]
  }

  /** @throws AegisError `not_found`; StoreUnavailable */
  async get(id: string): Promise<KnownBudget> {
    return (await this.list()).find(({ budget }) => budget.id === id) ?? notFound()
  }

  /** Adds or replaces. @returns what it has replaced. @throws AegisError for an id of the configuration; StoreUnavailable */
  async set(budget: Budget): Promise<StoredBudget | undefined> {
    this.#refuseConfigured(budget.id)
    const { store, clock } = this.#options
    const replaced = (await store.budgets.all()).find(({ id }) => id === budget.id)
    await store.budgets.put(budget, Math.round(clock.wallMs()))
    return replaced
  }

  /** @returns what is no more. @throws AegisError `not_found`, and for an id of the configuration; StoreUnavailable */
  async remove(id: string): Promise<StoredBudget> {
    this.#refuseConfigured(id)
    const { store } = this.#options
    const removed = (await store.budgets.all()).find((budget) => budget.id === id)
    if (!removed || !(await store.budgets.remove(id))) return notFound()
    return removed
  }

  #refuseConfigured(id: string): void {
    const found = this.#options.configured.find((budget) => budget.id === id)
    if (!found) return
    const message = `This budget is set by the configuration, at ${found.rule}: change it there and reload.`
    throw new AegisError('invalid_request', message, { param: 'id' })
  }
}

/** Two budgets of the configuration may have one id: a limit that is written twice. */
function keyOf({ id, rule }: Pick<Budget, 'id' | 'rule'>): string {
  return `${id}\n${rule}`
}

function notFound(): never {
  throw new AegisError(
    'not_found',
    'There is no budget of this id. aegis budget list and GET /admin/budgets show them.',
  )
}
