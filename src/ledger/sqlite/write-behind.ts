// Owns when a ledger file is written, and what happens while it cannot be: nothing is lost, paid attempts are closed.
import type { ClearedAttempt } from '../../domain/attempt.ts'
import type { Clock } from '../../domain/clock.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { Charge, HeldReservation } from '../budget-book.ts'
import type { OnLedgerFault } from '../ledger-fault.ts'
import { type UsageEntry, usageEntry } from '../usage-row.ts'
import { LOCK_WAIT_MS } from './ledger-file.ts'
import type { LedgerStore } from './ledger-store.ts'
import { isRowError, sqliteCode } from './sqlite-error.ts'
import type { RefusedRow } from './usage-writer.ts'

const FLUSH_AFTER_MS = 50
/** Rows a transaction: more would keep the event loop for longer, fewer would cost more each. */
const ROWS_PER_WRITE = 512
/** While writes fail: how often one is tried, at the least. */
const MAX_RETRY_MS = 1000
/** While writes fail: the rows that wait. About 100 MB; later ones are dropped and counted. */
const MAX_WAITING_ROWS = 65_536

/**
 * Reservations go to the store at once; charges and usage rows wait up to 50 ms and go together. A charge may wait
 * because its reservation stands for it in the file: if the process dies first, the reservation is charged in full.
 * @example const writes = new WriteBehind(store, clock, onFault)
 */
export class WriteBehind {
  readonly #store: LedgerStore
  readonly #clock: Clock
  readonly #onFault: OnLedgerFault
  #charges: Charge[] = []
  #entries: UsageEntry[] = []
  #droppedRows = 0
  #healthy = true
  #retryMs = FLUSH_AFTER_MS
  #timer: NodeJS.Timeout | undefined
  #soon: NodeJS.Immediate | undefined

  constructor(store: LedgerStore, clock: Clock, onFault: OnLedgerFault) {
    this.#store = store
    this.#clock = clock
    this.#onFault = onFault
  }

  get healthy(): boolean {
    return this.#healthy
  }

  /**
   * Writes a reservation durably. False when the store cannot, without asking it while it is known to fail. An error
   * of this one row says nothing of the store.
   */
  reserve(held: HeldReservation, attempt: ClearedAttempt, attemptIndex: number): boolean {
    if (!this.#healthy) return false
    try {
      this.#store.insertReservation(held, attempt, attemptIndex)
      return true
    } catch (error) {
      if (isRowError(error)) this.#report('reserve', error)
      else this.#failed('reserve', error)
      return false
    }
  }

  charge(charge: Charge): void {
    this.#charges.push(charge)
    // No reservation stands for all of it, so it must not wait.
    if (charge.cost > charge.reserved) this.flush()
    else this.#wake()
  }

  record(outcome: Outcome): void {
    if (this.#entries.length >= MAX_WAITING_ROWS) {
      this.#droppedRows += 1
      return
    }
    this.#entries.push(usageEntry(outcome))
    this.#wake()
  }

  /** Writes all that waits. Never throws: what cannot be written goes on waiting. */
  flush(): void {
    this.#sleep()
    do {
      if (!this.#writeSome()) return
    } while (this.#entries.length > 0)
  }

  /** The last flush. What still waits then is told and lost; its reservations stay in the file. */
  close(): void {
    this.flush()
    this.#sleep()
    if (this.#charges.length === 0 && this.#entries.length === 0) return
    this.#onFault({ kind: 'closed_unwritten', charges: this.#charges.length, usageRows: this.#entries.length })
  }

  #wake(): void {
    if (this.#healthy && this.#entries.length + this.#charges.length >= ROWS_PER_WRITE) {
      this.#soon ??= setImmediate(() => this.#onTime())
    } else {
      this.#timer ??= setTimeout(() => this.#onTime(), this.#retryMs).unref()
    }
  }

  #sleep(): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#soon)
    this.#timer = undefined
    this.#soon = undefined
  }

  /** One transaction, then the event loop has its turn. */
  #onTime(): void {
    this.#sleep()
    if (this.#writeSome() && this.#entries.length > 0) this.#wake()
  }

  #writeSome(): boolean {
    const charges = this.#charges
    const entries = this.#entries.length <= ROWS_PER_WRITE ? this.#entries : this.#entries.slice(0, ROWS_PER_WRITE)
    let refused: readonly RefusedRow[] = []
    try {
      if (charges.length > 0 || entries.length > 0) {
        refused = this.#store.write(charges, entries, Math.round(this.#clock.wallMs()))
      } else if (!this.#healthy) {
        this.#store.probe()
      }
    } catch (error) {
      this.#failed('flush', error)
      return false
    }
    this.#charges = []
    this.#entries = this.#entries.slice(entries.length)
    for (const { requestId, message } of refused) this.#onFault({ kind: 'usage_row_refused', requestId, message })
    if (!this.#healthy) this.#recovered()
    return true
  }

  #failed(operation: 'reserve' | 'flush', error: unknown): void {
    if (this.#healthy) {
      this.#healthy = false
      this.#store.setLockWait(0)
      this.#report(operation, error)
    }
    this.#retryMs = Math.min(this.#retryMs * 2, MAX_RETRY_MS)
    this.#wake()
  }

  #report(operation: 'reserve' | 'flush', error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    this.#onFault({ kind: 'write_failed', operation, code: sqliteCode(error), message })
  }

  #recovered(): void {
    this.#healthy = true
    this.#retryMs = FLUSH_AFTER_MS
    this.#store.setLockWait(LOCK_WAIT_MS)
    if (this.#droppedRows > 0) this.#onFault({ kind: 'usage_rows_dropped', rows: this.#droppedRows })
    this.#droppedRows = 0
    this.#onFault({ kind: 'write_recovered' })
  }
}
