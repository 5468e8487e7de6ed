// Owns what the ledger of one process is opened with.
import type { Budget } from '../domain/budget.ts'
import type { Clock } from '../domain/clock.ts'
import type { OnCharged } from './budget-news.ts'
import type { OnLedgerFault } from './ledger-fault.ts'
import type { LeaseOwner, LedgerStore } from './store.ts'

export interface LeasedLedgerOptions {
  readonly store: LedgerStore
  readonly clock: Clock
  /** From the configuration, until `setConfigured`; the store may have more, set at run time. */
  readonly budgets: readonly Budget[]
  /** Unique for ever: a process that starts again is another owner. */
  readonly owner: Pick<LeaseOwner, 'id' | 'host' | 'pid'>
  /** Where journals are; undefined for a store that dies with the process. */
  readonly journal: { readonly directory: string; readonly fsync: boolean } | undefined
  readonly onFault: OnLedgerFault
  /**
   * Told of budgets as they stand, with all budgets: within a second or two of a charge those of the subjects that were
   * charged; and all of them after the start, when budgets were set, and once a minute, for what others have changed. When it
   * rejects, the same is told again.
   */
  readonly onCharged?: OnCharged
}
