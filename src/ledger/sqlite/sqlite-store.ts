// Owns the ledger's store in one SQLite file, for any number of processes on one machine.
import { setTimeout as delay } from 'node:timers/promises'
import type { BudgetScope } from '../../domain/budget.ts'
import type { UsageGrouping, UsagePage, UsagePageQuery, UsageQuery, UsageSummary } from '../ledger.ts'
import type { OldSlots } from '../slots.ts'
import {
  type CommitOutcome,
  type LeaseGrant,
  type LeaseOwner,
  type LeaseRequest,
  type LedgerBatch,
  type LedgerStore,
  type SpendSpan,
  StoreUnavailable,
  type Subject,
  type SubjectFigures,
  UnknownOwner,
} from '../store.ts'
import { accessStore } from './access-table.ts'
import { alertStore } from './alert-table.ts'
import { budgetStore } from './budget-table.ts'
import { Checkpointer } from './checkpointer.ts'
import { contentStore } from './content-table.ts'
import { decisionStore } from './decision-table.ts'
import { doorStore } from './door-table.ts'
import { IN_MEMORY, openLedgerFile, openLedgerFileForReading } from './ledger-file.ts'
import { limitStore } from './limit-table.ts'
import { rolloutStore } from './rollout-table.ts'
import { sqliteCode, sqliteCodes } from './sqlite-error.ts'
import { type Tables, type Transactions, tablesOf } from './tables.ts'
import { taintStore } from './taint-table.ts'
import { inSnapshot, inTransaction } from './transaction.ts'
import { readUsagePage, readUsageSummary } from './usage-queries.ts'

export interface SqliteStoreOptions {
  /** The file; SQLite keeps `-wal` and `-shm` beside it. `:memory:` keeps everything in this process. */
  readonly path: string
  /** Opens a file that exists, and writes nothing. */
  readonly readOnly?: boolean
  /** Every commit waits for the disk. */
  readonly fsync?: boolean
  /** How long another process's transaction is waited for before the store counts as unavailable. 5 s unless told. */
  readonly busyTimeoutMs?: number
}

const DEFAULT_BUSY_TIMEOUT_MS = 5000
const FIRST_WAIT_MS = 2
const LONGEST_WAIT_MS = 50

/**
 * SQLite is asked on this thread, since a transaction takes tens of microseconds; a lock that another process holds is
 * waited for between the tries, on the event loop, so it keeps nobody waiting but who asked.
 * @example const store = new SqliteStore({ path: './aegis.db' })
 */
export class SqliteStore implements LedgerStore {
  readonly #transactions: Transactions = {
    read: (work) => this.#read(work),
    write: (work) => this.#write(work),
  }
  readonly budgets = budgetStore(this.#transactions)
  readonly alerts = alertStore(this.#transactions)
  readonly taint = taintStore(this.#transactions)
  readonly doors = doorStore(this.#transactions)
  readonly contents = contentStore(this.#transactions)
  readonly rollouts = rolloutStore(this.#transactions)
  readonly decisions = decisionStore(this.#transactions)
  readonly access = accessStore(this.#transactions, () => this.#accessVersion())
  readonly limits = limitStore(this.#transactions)
  readonly #options: SqliteStoreOptions
  readonly #checkpointer: Checkpointer | undefined
  #tables: Tables | undefined

  constructor(options: SqliteStoreOptions) {
    this.#options = options
    if (options.path !== IN_MEMORY && !options.readOnly) this.#checkpointer = new Checkpointer(options.path)
  }

  async open(): Promise<void> {
    const { path, readOnly, fsync } = this.#options
    const database = readOnly ? openLedgerFileForReading(path) : openLedgerFile(path, fsync ?? false)
    this.#tables = tablesOf(database)
  }

  acquire(owner: string, requests: readonly LeaseRequest[], nowMs: number): Promise<readonly LeaseGrant[]> {
    return this.#write(({ money }) => {
      if (!money.touch(owner, nowMs)) throw new UnknownOwner(owner)
      money.reclaim(owner)
      return money.grant(owner, requests)
    })
  }

  async commit(owner: string, batch: LedgerBatch, nowMs: number): Promise<CommitOutcome> {
    const outcome = await this.#write((tables) => this.#commit(tables, owner, batch, nowMs))
    this.#checkpointer?.committed()
    return outcome
  }

  retire(owner: string, batch: LedgerBatch, nowMs: number): Promise<CommitOutcome> {
    return this.#write((tables) => {
      const outcome = this.#commit(tables, owner, batch, nowMs)
      if (outcome === 'written') tables.money.retire(owner, nowMs)
      return outcome
    })
  }

  #commit({ money, usage }: Tables, owner: string, batch: LedgerBatch, nowMs: number): CommitOutcome {
    const outcome = money.begin(owner, batch.number, nowMs)
    if (outcome !== 'written') return outcome
    money.reclaim(owner)
    money.changeLeases(owner, batch.leases)
    money.addSpend(batch.spend)
    usage.write(batch.usage)
    return 'written'
  }

  announce(owner: Pick<LeaseOwner, 'id' | 'host' | 'pid'>, nowMs: number): Promise<void> {
    return this.#write(({ money }) => money.announce(owner, nowMs))
  }

  owners(): Promise<readonly LeaseOwner[]> {
    return this.#read(({ money }) => money.owners())
  }

  forfeit(seenBeforeMs: number): Promise<readonly string[]> {
    return this.#write(({ money }) => money.forfeit(seenBeforeMs))
  }

  figures(subjects: readonly (Subject & SpendSpan)[], ownersSeenSinceMs: number): Promise<readonly SubjectFigures[]> {
    return this.#read(({ money }) => subjects.map((subject) => money.figures(subject, ownersSeenSinceMs)))
  }

  subjects(scope: BudgetScope, span: SpendSpan): Promise<readonly string[]> {
    return this.#read(({ money }) => money.subjects(scope, span))
  }

  prune(slots: readonly OldSlots[], alertsBeforeMs: number, limit: number): Promise<number> {
    return this.#write(({ money, alerts }) =>
      Math.max(alerts.prune(alertsBeforeMs, limit), ...slots.map((old) => money.prune(old, limit))),
    )
  }

  usage(query: UsagePageQuery): Promise<UsagePage> {
    return this.#read(({ database }) => readUsagePage(database, query))
  }

  summary(grouping: UsageGrouping, query: UsageQuery): Promise<readonly UsageSummary[]> {
    return this.#read(({ database }) => readUsageSummary(database, grouping, query))
  }

  ping(): Promise<void> {
    return this.#write(() => {})
  }

  async close(): Promise<void> {
    const tables = this.#tables
    this.#tables = undefined
    await this.#checkpointer?.close()
    tables?.database.close()
  }

  /** One statement, so it needs no transaction; a writer keeps no reader waiting. */
  #accessVersion(): number | Promise<number> {
    try {
      if (this.#tables) return this.#tables.access.version()
    } catch {
      // Asked again below, where what may pass is waited for.
    }
    return this.#ask(({ access }) => access.version())
  }

  /** Sees one state of the file. */
  #read<Result>(work: (tables: Tables) => Result): Promise<Result> {
    return this.#ask((tables) => inSnapshot(tables.database, () => work(tables)))
  }

  #write<Result>(work: (tables: Tables) => Result): Promise<Result> {
    return this.#ask((tables) => inTransaction(tables.database, () => work(tables)))
  }

  async #ask<Result>(work: (tables: Tables) => Result): Promise<Result> {
    const deadline = performance.now() + (this.#options.busyTimeoutMs ?? DEFAULT_BUSY_TIMEOUT_MS)
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      const tables = this.#tables
      if (tables === undefined) throw new StoreUnavailable('the ledger is closed')
      try {
        return work(tables)
      } catch (error) {
        if (sqliteCode(error) === 0) throw error
        const busy = sqliteCode(error) === sqliteCodes.busy && this.#options.path !== IN_MEMORY
        if (!busy || performance.now() + waitMs > deadline) throw unavailable(error)
      }
      await delay(waitMs * (0.5 + Math.random()))
    }
  }
}

function unavailable(error: unknown): StoreUnavailable {
  const reason = error instanceof Error ? error.message : String(error)
  return new StoreUnavailable(`the ledger file cannot be used now: ${reason}`, { cause: error })
}
