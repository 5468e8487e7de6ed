// Owns the telling of budgets as they stand: of those that something was charged to, and from time to time of all.
import type { Budget, BudgetStatus } from '../domain/budget.ts'
import { allStatuses, statusesOfSubjects } from './budget-statuses.ts'
import type { LedgerStore, Subject } from './store.ts'

/**
 * When it rejects, the same is told again.
 * @param ofAll whether these are all statuses that there are.
 */
export type OnCharged = (
  statuses: readonly BudgetStatus[],
  budgets: readonly Budget[],
  ofAll: boolean,
) => void | Promise<void>

export interface BudgetNewsOptions {
  readonly store: Pick<LedgerStore, 'figures' | 'subjects'>
  readonly ownerLostAfterMs: number
  readonly onCharged: OnCharged
}

/** All of them are told of at first. */
export class BudgetNews {
  readonly #options: BudgetNewsOptions
  readonly #charged = new Set<Subject>()
  #ofAll = true

  constructor(options: BudgetNewsOptions) {
    this.#options = options
  }

  /** Something was charged to these. */
  charged(subjects: readonly Subject[]): void {
    for (const subject of subjects) this.#charged.add(subject)
  }

  /** Budgets were set, or others may have changed what is spent. */
  all(): void {
    this.#ofAll = true
  }

  get any(): boolean {
    return this.#ofAll || this.#charged.size > 0
  }

  /** @throws StoreUnavailable, and what the listener throws; then it is told the next time. */
  async tell(budgets: readonly Budget[], wallMs: number): Promise<void> {
    const { store, ownerLostAfterMs, onCharged } = this.#options
    const charged = [...this.#charged]
    const ofAll = this.#ofAll
    this.#charged.clear()
    this.#ofAll = false
    try {
      const statuses = ofAll
        ? await allStatuses(store, budgets, wallMs, ownerLostAfterMs)
        : await statusesOfSubjects(store, budgets, charged, wallMs, ownerLostAfterMs)
      await onCharged(statuses, budgets, ofAll)
    } catch (error) {
      this.charged(charged)
      this.#ofAll ||= ofAll
      throw error
    }
  }
}
