// Owns where the budgets of a ledger come from: the configuration, the store, and the users that have one.
import type { Budget } from '../domain/budget.ts'

export class BudgetSources {
  #configured: readonly Budget[]
  #stored: readonly Budget[] = []
  #ofUsers: readonly Budget[] = []

  constructor(configured: readonly Budget[]) {
    this.#configured = configured
  }

  get all(): readonly Budget[] {
    return [...this.#configured, ...this.#stored, ...this.#ofUsers]
  }

  /** Whether they are others than before. */
  setConfigured(budgets: readonly Budget[]): boolean {
    const before = this.#configured
    this.#configured = budgets
    return JSON.stringify(budgets) !== JSON.stringify(before)
  }

  /** The same for those of the store. */
  setStored(budgets: readonly Budget[]): boolean {
    const before = this.#stored
    this.#stored = budgets
    return JSON.stringify(budgets) !== JSON.stringify(before)
  }

  /** Whether there are or were any. */
  setOfUsers(budgets: readonly Budget[]): boolean {
    const any = budgets.length > 0 || this.#ofUsers.length > 0
    this.#ofUsers = budgets
    return any
  }
}
