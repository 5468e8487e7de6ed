// Owns looking into a ledger from another process, such as the command line, while servers write it.
import type { Budget, BudgetStatus } from '../domain/budget.ts'
import type { Clock } from '../domain/clock.ts'
import { budgetStatuses } from './budget-statuses.ts'
import { OWNER_LOST_AFTER_MS } from './leased-ledger.ts'
import type { UsageGrouping, UsagePage, UsagePageQuery, UsageQuery, UsageSummary } from './ledger.ts'
import type { LedgerStore } from './store.ts'

export interface LedgerReaderOptions {
  readonly store: LedgerStore
  readonly clock: Clock
  /** Of the configuration; those in the store are added. */
  readonly budgets: readonly Budget[]
}

/**
 * The reading half of the ledger. It takes no leases. What a server has settled in the last 50 ms still shows as
 * reserved.
 * @example
 * await using reader = await LedgerReader.open({ store, clock, budgets })
 * for (const { subject, spent, limit } of await reader.budgets()) console.log(subject, usdText(spent), usdText(limit))
 */
export class LedgerReader implements AsyncDisposable {
  readonly #options: LedgerReaderOptions

  private constructor(options: LedgerReaderOptions) {
    this.#options = options
  }

  /** @throws LedgerFileError, StoreUnavailable. */
  static async open(options: LedgerReaderOptions): Promise<LedgerReader> {
    await options.store.open()
    return new LedgerReader(options)
  }

  async budgets(): Promise<readonly BudgetStatus[]> {
    const { store, clock, budgets } = this.#options
    const all = [...budgets, ...(await store.budgets.all())]
    return budgetStatuses(store, all, clock.wallMs(), OWNER_LOST_AFTER_MS)
  }

  usage(query: UsagePageQuery): Promise<UsagePage> {
    return this.#options.store.usage(query)
  }

  summary(grouping: UsageGrouping, query: UsageQuery): Promise<readonly UsageSummary[]> {
    return this.#options.store.summary(grouping, query)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#options.store.close()
  }
}
