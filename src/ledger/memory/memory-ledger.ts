// Owns the ledger without a file: the same arithmetic, for the library used without configuration and for tests.
import type { ClearedAttempt, FundedAttempt } from '../../domain/attempt.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { BudgetBook, type BudgetBookOptions, HeldReservation } from '../budget-book.ts'
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
import {
  checkPageQuery,
  startOfUtcDay,
  type UsageEntry,
  type UsagePart,
  unknownCursor,
  usageEntry,
  utcDay,
} from '../usage-row.ts'
import { UsageTotals } from '../usage-totals.ts'

export interface MemoryLedgerOptions extends BudgetBookOptions {
  readonly onFault: OnLedgerFault
  /** The newest rows that are kept, 10,000 unless told; summaries are over these. Budgets forget nothing. */
  readonly maxRows?: number
}

/**
 * Budgets that are exact for as long as the process lives and start from zero with the next one.
 * @example new MemoryLedger({ clock, limits: {}, timeZone: 'UTC', onFault: () => {} })
 */
export class MemoryLedger implements Ledger {
  readonly #book: BudgetBook
  readonly #onFault: OnLedgerFault
  readonly #maxRows: number
  /** Oldest first. */
  #entries: UsageEntry[] = []
  readonly #requestIds = new Set<string>()
  #repeatedIds = 0

  constructor(options: MemoryLedgerOptions) {
    this.#book = new BudgetBook(options)
    this.#onFault = options.onFault
    this.#maxRows = options.maxRows ?? 10_000
  }

  reserve(attempt: ClearedAttempt, bound: UpperBound, options: ReserveOptions): ReserveResult {
    const held = this.#book.reserve(attempt, bound.amount, options.attemptIndex)
    if (!(held instanceof HeldReservation)) return held
    return { outcome: 'reserved', attempt: fund(attempt, held, bound.outputTokenCap) }
  }

  settle(attempt: FundedAttempt, settlement: Settlement): void {
    this.#book.settle(attempt, settlement, this.#onFault)
  }

  record(outcome: Outcome): void {
    let entry = usageEntry(outcome)
    if (this.#requestIds.has(entry.row.requestId)) {
      this.#repeatedIds += 1
      entry = { ...entry, row: { ...entry.row, requestId: `${entry.row.requestId}#${this.#repeatedIds}` } }
    }
    this.#requestIds.add(entry.row.requestId)
    const after = this.#entries.findLastIndex((other) => other.row.receivedAtMs <= entry.row.receivedAtMs)
    this.#entries.splice(after + 1, 0, entry)
    if (this.#entries.length >= this.#maxRows * 1.25) this.#forgetOldest()
  }

  budgets(): BudgetStatus[] {
    return this.#book.budgets()
  }

  usage(query: UsagePageQuery): UsageRow[] {
    checkPageQuery(query)
    let end = this.#entries.length
    if (query.beforeRequest !== undefined) {
      end = this.#entries.findLastIndex((entry) => entry.row.requestId === query.beforeRequest)
      if (end === -1) throw unknownCursor(query.beforeRequest)
    }
    const rows = this.#entries.slice(0, end).filter((entry) => inRange(entry, query))
    return rows
      .slice(-query.limit)
      .reverse()
      .map((entry) => entry.row)
  }

  summary(grouping: UsageGrouping, query: UsageQuery): UsageSummary[] {
    const totals = new UsageTotals()
    for (const entry of this.#entries) {
      if (!inRange(entry, query)) continue
      for (const part of entry.parts) totals.add(groupOf(grouping, entry.row, part), part)
    }
    return totals.summary(grouping)
  }

  flush(): void {}

  healthy(): boolean {
    return true
  }

  close(): void {}

  #forgetOldest(): void {
    const kept = this.#entries.slice(-this.#maxRows)
    for (const entry of this.#entries.slice(0, -this.#maxRows)) this.#requestIds.delete(entry.row.requestId)
    this.#entries = kept
  }
}

function inRange({ row }: UsageEntry, { sinceMs = 0, untilMs = Number.POSITIVE_INFINITY }: UsageQuery): boolean {
  return row.receivedAtMs >= sinceMs && row.receivedAtMs < untilMs
}

function groupOf(grouping: UsageGrouping, row: UsageRow, part: UsagePart): string {
  switch (grouping) {
    case 'provider':
      return part.provider
    case 'model':
      return part.model
    case 'key':
      return row.keyId ?? ''
    case 'user':
      return row.user ?? ''
    case 'day':
      return new Date(startOfUtcDay(utcDay(row.receivedAtMs))).toISOString().slice(0, 10)
  }
}
