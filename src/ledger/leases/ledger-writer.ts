// Owns when this process writes to the store, and what happens while it cannot: nothing is lost.

import type { Clock } from '../../domain/clock.ts'
import { type NanoUsd, nanoUsd, ZERO_USD } from '../../domain/money.ts'
import { type Charge, spendOf } from '../charge.ts'
import type { Journal } from '../journal/journal.ts'
import type { OnLedgerFault } from '../ledger-fault.ts'
import { type LeaseOwner, type LedgerBatch, type LedgerStore, StoreUnavailable } from '../store.ts'
import type { UsageEntry } from '../usage-row.ts'
import type { Accounts } from './accounts.ts'
import { IDLE_AFTER_MS, type SubjectAccount } from './subject-account.ts'

const WRITE_AFTER_MS = 50
/** Usage rows a batch: more would keep the event loop for longer, fewer would cost more each. */
const ROWS_PER_BATCH = 512
/** While the store fails: how often it is tried, at the least. */
const LONGEST_RETRY_MS = 1000
/** While the store fails: the rows that wait. About 100 MB; later ones are dropped and counted. */
const MOST_WAITING_ROWS = 65_536

/** Takes a whole lease away, however large. */
const EVERYTHING = nanoUsd(Number.MAX_SAFE_INTEGER)

/** A settled reservation on its way to the store. */
export interface AccountCharge extends Charge {
  readonly accounts: readonly SubjectAccount[]
}

interface AccountStep {
  readonly account: SubjectAccount
  readonly charged: number
  readonly released: number
  readonly taken: NanoUsd
}

/** A batch that the store has not acknowledged. It keeps its number until it is written. */
interface Unwritten {
  readonly batch: LedgerBatch
  readonly steps: readonly AccountStep[]
  readonly charges: number
  readonly journaledRows: number
  attempted: boolean
}

export interface LedgerWriterOptions {
  readonly store: LedgerStore
  readonly owner: Pick<LeaseOwner, 'id' | 'host' | 'pid'>
  readonly accounts: Accounts
  readonly journal: Journal | undefined
  readonly clock: Clock
  readonly onFault: OnLedgerFault
  /** Told after each batch that charged something. */
  readonly onCharged: (accounts: readonly SubjectAccount[]) => void
}

/**
 * Charges, usage rows and leases that are given back wait up to 50 ms and go to the store together, one batch at a time.
 * @example
 * writer.charge(charge)
 * await writer.flush()
 */
export class LedgerWriter {
  readonly #options: LedgerWriterOptions
  /** Charges for the same accounts in the same second are one. */
  #charges: (AccountCharge & { cost: number })[] = []
  readonly #lately = new Map<readonly SubjectAccount[], AccountCharge & { cost: number }>()
  /** How many settlements `#charges` stand for. */
  #settlements = 0
  #usage: { readonly entry: UsageEntry; readonly journaled: boolean }[] = []
  #droppedRows = 0
  #nextBatch = 1
  #unwritten: Unwritten | undefined
  #running: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  /** When the timer fires, monotonic. */
  #dueMs = 0
  #stopped = false
  #retryMs = WRITE_AFTER_MS
  #healthy = true
  #contactMs: number

  constructor(options: LedgerWriterOptions) {
    this.#options = options
    this.#contactMs = options.clock.monotonicMs()
  }

  /** Whether the store took what it was given last. */
  get healthy(): boolean {
    return this.#healthy
  }

  /** When the store answered last, monotonic. */
  get contactMs(): number {
    return this.#contactMs
  }

  /** The store answered something else. */
  answered(): void {
    this.#contactMs = this.#options.clock.monotonicMs()
  }

  /** Something else could not be asked of the store: it is tried until it answers. */
  unanswered(error: unknown): void {
    this.#failed(error)
    this.#wake(this.#retryMs)
  }

  /** The store was made anew, or restored: it knows neither this process nor its leases. What was spent is written. */
  forgotten(): void {
    this.#options.onFault({ kind: 'store_forgot_this_process' })
    for (const account of this.#options.accounts.all()) account.lost()
    const unwritten = this.#unwritten
    if (unwritten === undefined) return
    this.#unwritten = {
      ...unwritten,
      batch: { ...unwritten.batch, leases: [] },
      steps: unwritten.steps.map((step) => ({ ...step, taken: ZERO_USD, released: 0 })),
    }
  }

  charge(charge: AccountCharge): void {
    this.#settlements += 1
    const { accounts, madeAtMs, cost } = charge
    const known = this.#lately.get(accounts)
    // Every slot is a whole number of seconds.
    if (known && Math.floor(known.madeAtMs / 1000) === Math.floor(madeAtMs / 1000)) known.cost += cost
    else {
      const begun = { ...charge }
      this.#charges.push(begun)
      this.#lately.set(accounts, begun)
    }
    this.#wake(WRITE_AFTER_MS)
  }

  record(entry: UsageEntry): void {
    if (this.#usage.length >= MOST_WAITING_ROWS) {
      this.#droppedRows += 1
      return
    }
    // What cost nothing may be lost with the process; it is not worth a line.
    const journaled = this.#options.journal !== undefined && entry.row.cost > 0
    if (journaled) this.#options.journal?.usage(entry)
    this.#usage.push({ entry, journaled })
    this.#wake(WRITE_AFTER_MS)
  }

  /** An account's reservations changed, or its lease may be idle soon. */
  touched(): void {
    this.#wake(this.#healthy ? IDLE_AFTER_MS : this.#retryMs)
  }

  /** What still waits. */
  get waiting(): { readonly charges: number; readonly usageRows: number } {
    const unwritten = this.#unwritten
    return {
      charges: this.#settlements + (unwritten?.charges ?? 0),
      usageRows: this.#usage.length + (unwritten?.batch.usage.length ?? 0),
    }
  }

  /** Writes all that waits, once. Never rejects: what cannot be written goes on waiting. @returns whether it was written. */
  async flush(): Promise<boolean> {
    await this.#running
    do {
      await this.#write()
      if (!this.#healthy) return false
    } while (this.#usage.length > 0 || this.#charges.length > 0)
    return true
  }

  /** Whether anything of these accounts is on its way, or should be. */
  owes(accounts: readonly SubjectAccount[], wallMs: number, monotonicMs: number): boolean {
    return accounts.some(
      (account) =>
        account.pending > 0 || account.releasing > 0 || account.clearing || account.surplus(wallMs, monotonicMs) > 0,
    )
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #wake(afterMs: number): void {
    if (this.#running) return
    const full = this.#usage.length >= ROWS_PER_BATCH
    const waitMs = this.#healthy ? (full ? 0 : afterMs) : this.#retryMs
    const dueMs = this.#options.clock.monotonicMs() + waitMs
    if (this.#timer !== undefined && this.#dueMs <= dueMs) return
    clearTimeout(this.#timer)
    this.#dueMs = dueMs
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#write()
    }, waitMs).unref()
  }

  /** One batch at a time. What comes meanwhile does not wake it, so it looks for that itself when it is done. */
  #write(): Promise<void> {
    this.#running ??= this.#writeOne().finally(() => {
      this.#running = undefined
      if (this.#stopped) return
      if (this.#usage.length > 0 || this.#charges.length > 0 || !this.#healthy) this.#wake(WRITE_AFTER_MS)
      else if (this.#mayBecomeIdle()) this.#wake(IDLE_AFTER_MS)
    })
    return this.#running
  }

  #mayBecomeIdle(): boolean {
    for (const account of this.#options.accounts.all()) if (account.slack > 0 || account.doubtful) return true
    return false
  }

  async #writeOne(): Promise<void> {
    const { store, owner, clock, journal } = this.#options
    try {
      this.#unwritten ??= this.#form()
      const unwritten = this.#unwritten
      if (unwritten === undefined) {
        if (this.#healthy) return
        await store.ping()
      } else {
        if (!unwritten.attempted) journal?.batch(unwritten.batch.number, unwritten.charges, unwritten.journaledRows)
        unwritten.attempted = true
        const outcome = await store.commit(owner.id, unwritten.batch, Math.round(clock.wallMs()))
        if (outcome === 'unknown_owner') await this.#introduce()
        else this.#written(this.#unwritten ?? unwritten)
      }
      this.answered()
      if (!this.#healthy) this.#recovered()
    } catch (error) {
      this.#failed(error)
    }
  }

  async #introduce(): Promise<void> {
    const { store, owner, clock } = this.#options
    this.forgotten()
    await store.announce(owner, Math.round(clock.wallMs()))
    const unwritten = this.#unwritten
    if (unwritten === undefined) return
    await store.commit(owner.id, unwritten.batch, Math.round(clock.wallMs()))
    this.#written(unwritten)
  }

  #form(): Unwritten | undefined {
    const { accounts, clock } = this.#options
    const wallMs = clock.wallMs()
    const monotonicMs = clock.monotonicMs()
    const charged = new Map<SubjectAccount, number>()
    for (const { accounts: subjects, cost } of this.#charges) {
      for (const account of subjects) charged.set(account, (charged.get(account) ?? 0) + cost)
    }
    const steps: AccountStep[] = []
    for (const account of accounts.all()) {
      const released = account.surplus(wallMs, monotonicMs)
      const cost = charged.get(account) ?? 0
      const clears = account.empties(cost + released)
      if (cost === 0 && released === 0 && !clears && !(account.dirty && account.held > 0)) continue
      account.releasing += released
      account.dirty = false
      if (clears) {
        account.doubtful = false
        account.clearing = true
      }
      steps.push({
        account,
        charged: cost,
        released,
        taken: nanoUsd(Math.max(0, Math.min(account.held, cost + released))),
      })
    }
    const rows = this.#usage.splice(0, ROWS_PER_BATCH)
    if (steps.length === 0 && rows.length === 0 && this.#charges.length === 0) return undefined
    const charges = this.#charges
    const settlements = this.#settlements
    this.#charges = []
    this.#lately.clear()
    this.#settlements = 0
    const leases = steps.flatMap(({ account, taken }) => {
      const { scope, name, held, reserved, clearing } = account
      if (held <= 0 && !clearing) return []
      return [{ scope, name, taken: clearing ? EVERYTHING : taken, reserved: nanoUsd(Math.max(0, reserved)) }]
    })
    return {
      batch: { number: this.#nextBatch++, leases, spend: spendOf(charges), usage: rows.map(({ entry }) => entry) },
      steps,
      charges: settlements,
      journaledRows: rows.filter(({ journaled }) => journaled).length,
      attempted: false,
    }
  }

  #written(unwritten: Unwritten): void {
    this.#unwritten = undefined
    const { batch, steps, charges, journaledRows } = unwritten
    for (const { account, taken, charged, released } of steps) account.written(taken, charged, released)
    this.#options.journal?.batchWritten(batch.number, charges, journaledRows)
    const charged = steps.filter((step) => step.charged > 0).map(({ account }) => account)
    if (charged.length > 0) this.#options.onCharged(charged)
  }

  #failed(error: unknown): void {
    if (this.#healthy) {
      const message = error instanceof Error ? error.message : String(error)
      this.#options.onFault({ kind: 'write_failed', message })
      this.#healthy = false
    }
    // An error that is not the store's absence is of this batch; it is kept all the same, for it holds charges.
    this.#retryMs = error instanceof StoreUnavailable ? Math.min(this.#retryMs * 2, LONGEST_RETRY_MS) : LONGEST_RETRY_MS
  }

  #recovered(): void {
    this.#healthy = true
    this.#retryMs = WRITE_AFTER_MS
    if (this.#droppedRows > 0) this.#options.onFault({ kind: 'usage_rows_dropped', rows: this.#droppedRows })
    this.#droppedRows = 0
    this.#options.onFault({ kind: 'write_recovered' })
  }
}
