// Owns the part of the stores' port that keeps budgets set at run time.
import type { Budget } from '../domain/budget.ts'

/** A budget that was set at run time, with when. */
export interface StoredBudget extends Budget {
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

/** Methods reject with `StoreUnavailable` as those of `LedgerStore` do. */
export interface BudgetStore {
  /** By id. */
  all(): Promise<readonly StoredBudget[]>
  /** Adds or replaces. */
  put(budget: Budget, nowMs: number): Promise<void>
  /** False when there is none of that id. */
  remove(id: string): Promise<boolean>
}
