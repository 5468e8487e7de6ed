// Owns the ledger in one SQLite file: exact under concurrency inside one process, and durable across its sudden death.
import type { ClearedAttempt, FundedAttempt } from '../../domain/attempt.ts'
import type { Clock } from '../../domain/clock.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { BudgetBook, HeldReservation, type MonthlyLimits } from '../budget-book.ts'
import { fund } from '../fund.ts'
import type {
  BudgetStatus,
  Ledger,
  ReserveOptions,
  ReserveResult,
  Settlement,
  UpperBound,
  UsageGrouping,
  UsagePageQuery,
  UsageQuery,
  UsageRow,
  UsageSummary,
} from '../ledger.ts'
import type { OnLedgerFault } from '../ledger-fault.ts'
import { openForWriting, type Synchronous, type WritableLedgerFile } from './ledger-file.ts'
import { LedgerStore, loadBook } from './ledger-store.ts'
import { UsageQueries } from './usage-queries.ts'
import { WriteBehind } from './write-behind.ts'

export interface SqliteLedgerOptions {
  /** The file; `-wal`, `-shm` and `-lock` are kept beside it. On a local disk: SQLite's locks need one. */
  readonly path: string
  readonly clock: Clock
  /** Monthly limits by provider name. */
  readonly limits: MonthlyLimits
  /** IANA time zone in which months begin. */
  readonly timeZone: string
  /**
   * What a power loss may take; the death of the process takes nothing either way. `normal`, the default: the
   * reservations and charges since the last checkpoint, so that less may be recorded than was billed. `full`:
   * nothing, at the price of a disk flush a paid attempt.
   */
  readonly synchronous?: Synchronous
  /** Told of everything that is not as it should be; at open, of attempts that a dead process left behind. */
  readonly onFault: OnLedgerFault
}

const RETRY_AFTER_SECONDS = 1

/**
 * Budgets are decided in memory by the one process that owns the file, so `reserve` and `settle` are synchronous. The
 * file is what survives:
 *
 * - A paid reservation is in the file before `reserve` returns. Whenever the process dies, the next open charges the
 *   reservations that it finds in full: recorded >= billed, and the excess is at most what was open.
 * - A settlement up to the reserved amount is written within 50 ms, in one transaction; one above it at once.
 * - Free attempts write nothing until their usage row.
 * - While the disk fails, paid attempts are refused as `ledger_unavailable`, free ones go on, and settlements wait in
 *   memory. Writing is tried again at least every second.
 *
 * @throws LedgerFileError from the constructor: the file is in use by another process, foreign, of a newer version,
 *   damaged or cannot be opened.
 * @example
 * const ledger = new SqliteLedger({ path: './aegis.db', clock, limits: { openai: fromUsd(80) }, timeZone: 'UTC', onFault })
 * const result = ledger.reserve(attempt, { amount: fromUsd(0.02), outputTokenCap: 512 }, { attemptIndex: 0 })
 */
export class SqliteLedger implements Ledger {
  readonly #file: WritableLedgerFile
  readonly #book: BudgetBook
  readonly #writes: WriteBehind
  readonly #queries: UsageQueries
  readonly #onFault: OnLedgerFault
  #closed = false

  constructor(options: SqliteLedgerOptions) {
    const nowMs = Math.round(options.clock.wallMs())
    this.#onFault = options.onFault
    this.#book = new BudgetBook(options)
    this.#file = openForWriting(options.path, options.synchronous ?? 'normal', nowMs)
    try {
      const store = new LedgerStore(this.#file.database)
      const left = store.chargeOpenReservations(nowMs)
      loadBook(this.#file.database, this.#book)
      this.#writes = new WriteBehind(store, options.clock, options.onFault)
      this.#queries = new UsageQueries(this.#file.database)
      if (left.reservations > 0) this.#onFault({ kind: 'unsettled_charged', ...left })
    } catch (error) {
      this.#file.close()
      throw error
    }
  }

  reserve(attempt: ClearedAttempt, bound: UpperBound, options: ReserveOptions): ReserveResult {
    const held = this.#book.reserve(attempt, bound.amount, options.attemptIndex)
    if (!(held instanceof HeldReservation)) return held
    if (held.number !== 0 && !this.#hold(held, attempt, options.attemptIndex)) {
      return { outcome: 'ledger_unavailable', retryAfterSeconds: RETRY_AFTER_SECONDS }
    }
    return { outcome: 'reserved', attempt: fund(attempt, held, bound.outputTokenCap) }
  }

  settle(attempt: FundedAttempt, settlement: Settlement): void {
    const charge = this.#book.settle(attempt, settlement, this.#onFault)
    if (charge === undefined) return
    if (this.#closed) this.#onFault({ kind: 'used_after_close' })
    else this.#writes.charge(charge)
  }

  record(outcome: Outcome): void {
    if (this.#closed) this.#onFault({ kind: 'used_after_close' })
    else this.#writes.record(outcome)
  }

  budgets(): BudgetStatus[] {
    return this.#book.budgets()
  }

  usage(query: UsagePageQuery): UsageRow[] {
    this.flush()
    return this.#queries.page(query)
  }

  summary(grouping: UsageGrouping, query: UsageQuery): UsageSummary[] {
    this.flush()
    return this.#queries.summary(grouping, query)
  }

  flush(): void {
    if (!this.#closed) this.#writes.flush()
  }

  healthy(): boolean {
    return !this.#closed && this.#writes.healthy
  }

  /** Writes what is buffered and lets the file go. Reservations still open are charged in full at the next open. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#writes.close()
    this.#file.close()
  }

  #hold(held: HeldReservation, attempt: ClearedAttempt, attemptIndex: number): boolean {
    if (!this.#closed && this.#writes.reserve(held, attempt, attemptIndex)) return true
    this.#book.withdraw(held)
    return false
  }
}
