// Owns the ledger's store in one SQLite file, for any number of processes on one machine.
import { setTimeout as delay } from 'node:timers/promises'
import type { Budget, BudgetScope } from '../../domain/budget.ts'
import type { AccessStore } from '../access-store.ts'
import type {
  BatchCounts,
  BatchItem,
  BatchStatus,
  ContentKind,
  ContentPage,
  DescribedContent,
  KeptContent,
  StoredBatch,
} from '../content-store.ts'
import type { DecisionBatch, DecisionQuery, StoredDecisionBatch } from '../decision-store.ts'
import type { StoredDoor } from '../door-store.ts'
import type { UsageGrouping, UsagePage, UsagePageQuery, UsageQuery, UsageSummary } from '../ledger.ts'
import type { LimitStore } from '../limit-store.ts'
import type { RolloutChange, RolloutCount, StoredRollout, StoredStep } from '../rollout-store.ts'
import type { OldSlots } from '../slots.ts'
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
  type TaintMark,
  type TaintNews,
  UnknownOwner,
} from '../store.ts'
import { Checkpointer } from './checkpointer.ts'
import { IN_MEMORY, openLedgerFile, openLedgerFileForReading } from './ledger-file.ts'
import { sqliteCode, sqliteCodes } from './sqlite-error.ts'
import { type Tables, tablesOf } from './tables.ts'
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

  keep(content: KeptContent): Promise<void> {
    return this.#write(({ contents }) => contents.keep(content))
  }

  kept(id: string): Promise<KeptContent | undefined> {
    return this.#read(({ contents }) => contents.kept(id))
  }

  describeKept(id: string): Promise<DescribedContent | undefined> {
    return this.#read(({ contents }) => contents.describe(id))
  }

  listKept(kind: ContentKind, tenant: string, page: ContentPage): Promise<readonly DescribedContent[]> {
    return this.#read(({ contents }) => contents.list(kind, tenant, page))
  }

  forget(id: string): Promise<boolean> {
    return this.#write(({ contents }) => contents.forget(id))
  }

  forgetExpired(nowMs: number, batchesBeforeMs: number): Promise<void> {
    return this.#write(({ contents }) => contents.forgetExpired(nowMs, batchesBeforeMs))
  }

  addBatch(batch: StoredBatch): Promise<void> {
    return this.#write(({ contents }) => contents.addBatch(batch))
  }

  batch(id: string): Promise<StoredBatch | undefined> {
    return this.#read(({ contents }) => contents.batch(id))
  }

  batches(tenant: string, page: ContentPage): Promise<readonly StoredBatch[]> {
    return this.#read(({ contents }) => contents.batches(tenant, page))
  }

  claimBatch(keyName: string, owner: string, nowMs: number, untilMs: number): Promise<StoredBatch | undefined> {
    return this.#write(({ contents }) => contents.claim(keyName, owner, nowMs, untilMs))
  }

  holdBatch(id: string, owner: string, untilMs: number): Promise<BatchStatus | undefined> {
    return this.#write(({ contents }) => contents.hold(id, owner, untilMs))
  }

  releaseBatch(id: string, owner: string): Promise<void> {
    return this.#write(({ contents }) => contents.release(id, owner))
  }

  changeBatch(id: string, from: readonly BatchStatus[], to: BatchStatus, about: Uint8Array): Promise<boolean> {
    return this.#write(({ contents }) => contents.change(id, from, to, about))
  }

  addBatchItem(id: string, item: BatchItem): Promise<void> {
    return this.#write(({ contents }) => contents.addItem(id, item))
  }

  batchItems(id: string): Promise<readonly BatchItem[]> {
    return this.#read(({ contents }) => contents.items(id))
  }

  countBatchItems(id: string): Promise<BatchCounts> {
    return this.#read(({ contents }) => contents.counts(id))
  }

  rollout(id: string): Promise<StoredRollout> {
    return this.#read(({ rollouts }) => rollouts.read(id))
  }

  changeRollout(id: string, change: RolloutChange): Promise<boolean> {
    return this.#write(({ rollouts }) => rollouts.change(id, change))
  }

  rolloutSteps(id: string, limit: number): Promise<readonly StoredStep[]> {
    return this.#read(({ rollouts }) => rollouts.steps(id, limit))
  }

  leadRollout(id: string, owner: string, nowMs: number, untilMs: number): Promise<boolean> {
    return this.#write(({ rollouts }) => rollouts.lead(id, owner, nowMs, untilMs))
  }

  addRolloutCounts(id: string, counts: readonly RolloutCount[]): Promise<void> {
    return this.#write(({ rollouts }) => rollouts.count(id, counts))
  }

  rolloutCounts(id: string, epoch: number): Promise<readonly RolloutCount[]> {
    return this.#read(({ rollouts }) => rollouts.counts(id, epoch))
  }

  addDecisions(batch: DecisionBatch): Promise<void> {
    return this.#write(({ decisions }) => decisions.add(batch))
  }

  decisions(query: DecisionQuery): Promise<readonly StoredDecisionBatch[]> {
    return this.#read(({ decisions }) => decisions.read(query))
  }

  forgetDecisions(beforeMs: number): Promise<number> {
    return this.#write(({ decisions }) => decisions.forget(beforeMs))
  }

  prune(slots: readonly OldSlots[], alertsBeforeMs: number, limit: number): Promise<number> {
    return this.#write(({ money, alerts }) =>
      Math.max(alerts.prune(alertsBeforeMs, limit), ...slots.map((old) => money.prune(old, limit))),
    )
  }

  closedDoors(): Promise<readonly StoredDoor[]> {
    return this.#read(({ doors }) => doors.closed())
  }

  closeDoor(door: StoredDoor): Promise<void> {
    return this.#write(({ doors }) => doors.close(door))
  }

  openDoor(provider: string, sinceMs: number): Promise<void> {
    return this.#write(({ doors }) => doors.open(provider, sinceMs))
  }

  taintKey(proposal: string): Promise<string> {
    return this.#write(({ taint }) => taint.key(proposal))
  }

  putTaint(marks: readonly TaintMark[], nowMs: number): Promise<void> {
    return this.#write(({ taint }) => taint.put(marks, nowMs))
  }

  taintSince(position: number, limit: number): Promise<TaintNews> {
    return this.#read(({ taint }) => taint.since(position, limit))
  }

  highestTaint(hashes: readonly string[], nowMs: number): Promise<number> {
    return this.#read(({ taint }) => taint.highest(hashes, nowMs))
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
