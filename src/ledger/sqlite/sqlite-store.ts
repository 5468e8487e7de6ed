// Owns the ledger's store in one SQLite file, for any number of processes on one machine.
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import type { Budget, BudgetScope } from '../../domain/budget.ts'
import type { AccessStore } from '../access-store.ts'
import type { UsageGrouping, UsagePage, UsagePageQuery, UsageQuery, UsageSummary } from '../ledger.ts'
import type { LimitStore } from '../limit-store.ts'
import {
  type CommitOutcome,
  type KeptAlert,
  type LeaseGrant,
  type LeaseOwner,
  type LeaseRequest,
  type LedgerBatch,
  type LedgerStore,
  type SpendSpan,
  type StoredAlert,
  type StoredBudget,
  StoreUnavailable,
  type Subject,
  type SubjectFigures,
  UnknownOwner,
} from '../store.ts'
import { AccessTable } from './access-table.ts'
import { AlertTable } from './alert-table.ts'
import { BudgetTable } from './budget-table.ts'
import { Checkpointer } from './checkpointer.ts'
import { IN_MEMORY, openLedgerFile, openLedgerFileForReading } from './ledger-file.ts'
import { LimitTable } from './limit-table.ts'
import { MoneyTables } from './money-tables.ts'
import { sqliteCode, sqliteCodes } from './sqlite-error.ts'
import { Statements } from './statements.ts'
import { inTransaction } from './transaction.ts'
import { readUsagePage, readUsageSummary } from './usage-queries.ts'
import { UsageWriter } from './usage-writer.ts'

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

interface Tables {
  readonly database: DatabaseSync
  readonly money: MoneyTables
  readonly usage: UsageWriter
  readonly budgets: BudgetTable
  readonly alerts: AlertTable
  readonly access: AccessTable
  readonly limits: LimitTable
}

/**
 * SQLite is asked on this thread, since a transaction takes tens of microseconds; a lock that another process holds is
 * waited for between the tries, on the event loop, so it keeps nobody waiting but who asked.
 * @example const store = new SqliteStore({ path: './aegis.db' })
 */
export class SqliteStore implements LedgerStore {
  readonly limits: LimitStore = {
    take: (owner, requests, nowMs) => this.#write(({ limits }) => limits.take(owner, requests, nowMs)),
    giveBack: (owner, returns) => this.#write(({ limits }) => limits.giveBack(owner, returns)),
    renew: (owner, untilMs, nowMs) => this.#write(({ limits }) => limits.renew(owner, untilMs, nowMs)),
  }
  readonly access: AccessStore = {
    versionLastsMs: 0,
    version: () => this.#accessVersion(),
    changesAfter: (version) => this.#read(({ access }) => access.changesAfter(version)),
    change: (expected, records) => this.#write(({ access }) => access.change(expected, records)),
  }
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
    const sql = new Statements(database)
    this.#tables = {
      database,
      money: new MoneyTables(sql),
      usage: new UsageWriter(database),
      budgets: new BudgetTable(sql),
      alerts: new AlertTable(sql),
      access: new AccessTable(sql),
      limits: new LimitTable(sql),
    }
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

  budgets(): Promise<readonly StoredBudget[]> {
    return this.#read(({ budgets }) => budgets.all())
  }

  putBudget(budget: Budget, nowMs: number): Promise<void> {
    return this.#write(({ budgets }) => budgets.put(budget, nowMs))
  }

  removeBudget(id: string): Promise<boolean> {
    return this.#write(({ budgets }) => budgets.remove(id))
  }

  raiseAlert(id: string, payload: string, nowMs: number): Promise<boolean> {
    return this.#write(({ alerts }) => alerts.raise(id, payload, nowMs))
  }

  claimAlerts(nowMs: number, untilMs: number): Promise<readonly StoredAlert[]> {
    return this.#write(({ alerts }) => alerts.claim(nowMs, untilMs))
  }

  alertDelivered(id: string): Promise<void> {
    return this.#write(({ alerts }) => alerts.delivered(id))
  }

  postponeAlert(id: string, dueMs: number): Promise<void> {
    return this.#write(({ alerts }) => alerts.postpone(id, dueMs))
  }

  alerts(limit: number): Promise<readonly KeptAlert[]> {
    return this.#read(({ alerts }) => alerts.newest(limit))
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

/** Several queries see one state of the file, though others go on writing. */
function inSnapshot<Result>(database: DatabaseSync, read: () => Result): Result {
  database.exec('BEGIN')
  try {
    return read()
  } finally {
    if (database.isTransaction) database.exec('COMMIT')
  }
}

function unavailable(error: unknown): StoreUnavailable {
  const reason = error instanceof Error ? error.message : String(error)
  return new StoreUnavailable(`the ledger file cannot be used now: ${reason}`, { cause: error })
}
