// Owns the ledger's store in a schema of a PostgreSQL database, for any number of processes on any number of machines.
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
import { accessChangesAfter, accessVersion, changeAccess } from './access-table.ts'
import { alertDelivered, claimAlerts, newestAlerts, postponeAlert, raiseAlert } from './alert-table.ts'
import { allBudgets, putBudget, removeBudget } from './budget-table.ts'
import { checkAddress } from './check-address.ts'
import { type ConnectionOptions, Connections, type Lane } from './connections.ts'
import {
  addBatch,
  addBatchItem,
  batchItems,
  changeBatch,
  claimBatch,
  countBatchItems,
  describeKept,
  findBatch,
  forget,
  forgetExpired,
  holdBatch,
  keep,
  kept,
  listBatches,
  listKept,
  releaseBatch,
} from './content-table.ts'
import { addDecisions, forgetDecisions, readDecisions } from './decision-table.ts'
import { closeDoor, closedDoors, openDoor } from './door-table.ts'
import { loadDriver } from './driver.ts'
import { giveSlicesBack, renewSlices, takeSlices } from './limit-table.ts'
import { announceOwner, figuresOf, grant, lockAccounts, ownersNow, subjectsOf, touchOwner } from './money-tables.ts'
import { prune } from './prune.ts'
import {
  addRolloutCounts,
  changeRollout,
  leadRollout,
  readRollout,
  rolloutCounts,
  rolloutSteps,
} from './rollout-table.ts'
import { migrate } from './schema.ts'
import type { Transaction } from './session.ts'
import { beginBatch, forfeitLeases, retireOwner, settle } from './settlement.ts'
import { highestTaint, putTaint, taintKey, taintSince } from './taint-table.ts'
import { readUsagePage, readUsageSummary } from './usage-queries.ts'
import { addToUsageSums, writeUsage } from './usage-writer.ts'

/** All but the connection string have a default. */
export type PostgresStoreOptions = Pick<ConnectionOptions, 'connectionString'> &
  Partial<Omit<ConnectionOptions, 'connectionString'>>

const DEFAULT_TIMEOUT_MS = 5000

/** How long a process goes on by what it knows of keys; who withdraws something waits for as long (0023). */
const ACCESS_VERSION_LASTS_MS = 500

const NO_CHANGES: Pick<LedgerBatch, 'spend' | 'leases'> = { spend: [], leases: [] }

/**
 * Money is exact by row locks: who grants leases of a subject holds its account, and reads leases and spending in one
 * statement. Locks are taken in one order everywhere: owner, accounts, leases, spending, sums of usage.
 * @example const store = new PostgresStore({ connectionString: 'postgres://aegis@db.internal/aegis' })
 */
export class PostgresStore implements LedgerStore {
  readonly limits: LimitStore = {
    take: (owner, requests, nowMs) =>
      this.#write((transaction) => takeSlices(transaction, this.#options.schema, owner, requests, nowMs)),
    giveBack: (owner, returns) => this.#write((transaction) => giveSlicesBack(transaction, owner, returns)),
    renew: (owner, untilMs, nowMs) => this.#write((transaction) => renewSlices(transaction, owner, untilMs, nowMs)),
  }
  readonly access: AccessStore = {
    versionLastsMs: ACCESS_VERSION_LASTS_MS,
    version: () => this.#read('money', accessVersion),
    changesAfter: (version) => this.#read('money', (transaction) => accessChangesAfter(transaction, version)),
    change: (expected, records) => this.#write((transaction) => changeAccess(transaction, expected, records)),
  }
  readonly #options: ConnectionOptions
  #connections: Connections | undefined

  /** @throws LedgerDatabaseError when the connection string is none, or the schema's name is not a plain one. */
  constructor(options: PostgresStoreOptions) {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
    this.#options = {
      connectionString: options.connectionString,
      schema: options.schema ?? 'aegis',
      maxConnections: options.maxConnections ?? 4,
      timeoutMs,
      connectTimeoutMs: Math.min(timeoutMs, options.connectTimeoutMs ?? timeoutMs),
      applicationName: options.applicationName ?? 'aegis',
    }
    checkAddress(this.#options)
  }

  async open(): Promise<void> {
    const connections = new Connections(await loadDriver(), this.#options)
    try {
      await migrate(connections, this.#options.schema)
    } catch (error) {
      await connections.close()
      throw error
    }
    this.#connections = connections
  }

  acquire(owner: string, requests: readonly LeaseRequest[], nowMs: number): Promise<readonly LeaseGrant[]> {
    return this.#write(async (transaction) => {
      if (!(await touchOwner(transaction, owner, nowMs))) throw new UnknownOwner(owner)
      await lockAccounts(transaction, requests)
      const grants = await grant(transaction, owner, requests)
      if (grants !== 'reclaim') return grants
      await settle(transaction, owner, NO_CHANGES)
      const again = await grant(transaction, owner, requests)
      if (again === 'reclaim') throw new TypeError('leases that were taken back are still given up for lost')
      return again
    })
  }

  commit(owner: string, batch: LedgerBatch, nowMs: number): Promise<CommitOutcome> {
    return this.#commit(owner, batch, nowMs, false)
  }

  retire(owner: string, batch: LedgerBatch, nowMs: number): Promise<CommitOutcome> {
    return this.#commit(owner, batch, nowMs, true)
  }

  /** The rows, which take longest, before anything is locked that others wait for. */
  #commit(owner: string, batch: LedgerBatch, nowMs: number, retiring: boolean): Promise<CommitOutcome> {
    return this.#write(async (transaction) => {
      const added = await writeUsage(transaction, batch.usage)
      const outcome = await beginBatch(transaction, owner, batch.number, nowMs)
      if (outcome !== 'written') {
        await transaction.undo()
        return outcome
      }
      await settle(transaction, owner, batch, retiring)
      if (retiring) await retireOwner(transaction, owner, nowMs)
      await addToUsageSums(transaction, added)
      return outcome
    })
  }

  announce(owner: Pick<LeaseOwner, 'id' | 'host' | 'pid'>, nowMs: number): Promise<void> {
    return this.#write((transaction) => announceOwner(transaction, owner, nowMs))
  }

  owners(): Promise<readonly LeaseOwner[]> {
    return this.#read('money', ownersNow)
  }

  forfeit(seenBeforeMs: number): Promise<readonly string[]> {
    return this.#write((transaction) => forfeitLeases(transaction, seenBeforeMs))
  }

  figures(subjects: readonly (Subject & SpendSpan)[], ownersSeenSinceMs: number): Promise<readonly SubjectFigures[]> {
    return this.#read('money', (transaction) => figuresOf(transaction, subjects, ownersSeenSinceMs))
  }

  subjects(scope: BudgetScope, span: SpendSpan): Promise<readonly string[]> {
    return this.#read('money', (transaction) => subjectsOf(transaction, scope, span))
  }

  budgets(): Promise<readonly StoredBudget[]> {
    return this.#read('money', allBudgets)
  }

  putBudget(budget: Budget, nowMs: number): Promise<void> {
    return this.#write((transaction) => putBudget(transaction, budget, nowMs))
  }

  removeBudget(id: string): Promise<boolean> {
    return this.#write((transaction) => removeBudget(transaction, id))
  }

  raiseAlert(id: string, payload: string, nowMs: number): Promise<boolean> {
    return this.#write((transaction) => raiseAlert(transaction, id, payload, nowMs))
  }

  claimAlerts(nowMs: number, untilMs: number): Promise<readonly StoredAlert[]> {
    return this.#write((transaction) => claimAlerts(transaction, nowMs, untilMs))
  }

  alertDelivered(id: string): Promise<void> {
    return this.#write((transaction) => alertDelivered(transaction, id))
  }

  postponeAlert(id: string, dueMs: number): Promise<void> {
    return this.#write((transaction) => postponeAlert(transaction, id, dueMs))
  }

  alerts(limit: number): Promise<readonly KeptAlert[]> {
    return this.#read('money', (transaction) => newestAlerts(transaction, limit))
  }

  keep(content: KeptContent): Promise<void> {
    return this.#write((transaction) => keep(transaction, content))
  }

  kept(id: string): Promise<KeptContent | undefined> {
    return this.#read('money', (transaction) => kept(transaction, id))
  }

  describeKept(id: string): Promise<DescribedContent | undefined> {
    return this.#read('money', (transaction) => describeKept(transaction, id))
  }

  listKept(kind: ContentKind, tenant: string, page: ContentPage): Promise<readonly DescribedContent[]> {
    return this.#read('money', (transaction) => listKept(transaction, kind, tenant, page))
  }

  forget(id: string): Promise<boolean> {
    return this.#write((transaction) => forget(transaction, id))
  }

  forgetExpired(nowMs: number, batchesBeforeMs: number): Promise<void> {
    return this.#write((transaction) => forgetExpired(transaction, nowMs, batchesBeforeMs))
  }

  addBatch(batch: StoredBatch): Promise<void> {
    return this.#write((transaction) => addBatch(transaction, batch))
  }

  batch(id: string): Promise<StoredBatch | undefined> {
    return this.#read('money', (transaction) => findBatch(transaction, id))
  }

  batches(tenant: string, page: ContentPage): Promise<readonly StoredBatch[]> {
    return this.#read('money', (transaction) => listBatches(transaction, tenant, page))
  }

  claimBatch(keyName: string, owner: string, nowMs: number, untilMs: number): Promise<StoredBatch | undefined> {
    return this.#write((transaction) => claimBatch(transaction, keyName, owner, nowMs, untilMs))
  }

  holdBatch(id: string, owner: string, untilMs: number): Promise<BatchStatus | undefined> {
    return this.#write((transaction) => holdBatch(transaction, id, owner, untilMs))
  }

  releaseBatch(id: string, owner: string): Promise<void> {
    return this.#write((transaction) => releaseBatch(transaction, id, owner))
  }

  changeBatch(id: string, from: readonly BatchStatus[], to: BatchStatus, about: Uint8Array): Promise<boolean> {
    return this.#write((transaction) => changeBatch(transaction, id, from, to, about))
  }

  addBatchItem(id: string, item: BatchItem): Promise<void> {
    return this.#write((transaction) => addBatchItem(transaction, id, item))
  }

  batchItems(id: string): Promise<readonly BatchItem[]> {
    return this.#read('money', (transaction) => batchItems(transaction, id))
  }

  countBatchItems(id: string): Promise<BatchCounts> {
    return this.#read('money', (transaction) => countBatchItems(transaction, id))
  }

  rollout(id: string): Promise<StoredRollout> {
    return this.#read('money', (transaction) => readRollout(transaction, id))
  }

  changeRollout(id: string, change: RolloutChange): Promise<boolean> {
    return this.#write((transaction) => changeRollout(transaction, id, change))
  }

  rolloutSteps(id: string, limit: number): Promise<readonly StoredStep[]> {
    return this.#read('money', (transaction) => rolloutSteps(transaction, id, limit))
  }

  leadRollout(id: string, owner: string, nowMs: number, untilMs: number): Promise<boolean> {
    return this.#write((transaction) => leadRollout(transaction, id, owner, nowMs, untilMs))
  }

  addRolloutCounts(id: string, counts: readonly RolloutCount[]): Promise<void> {
    return this.#write((transaction) => addRolloutCounts(transaction, id, counts))
  }

  rolloutCounts(id: string, epoch: number): Promise<readonly RolloutCount[]> {
    return this.#read('money', (transaction) => rolloutCounts(transaction, id, epoch))
  }

  addDecisions(batch: DecisionBatch): Promise<void> {
    return this.#write((transaction) => addDecisions(transaction, batch))
  }

  decisions(query: DecisionQuery): Promise<readonly StoredDecisionBatch[]> {
    return this.#read('usage', (transaction) => readDecisions(transaction, query))
  }

  forgetDecisions(beforeMs: number): Promise<number> {
    return this.#write((transaction) => forgetDecisions(transaction, beforeMs))
  }

  prune(slots: readonly OldSlots[], alertsBeforeMs: number, limit: number): Promise<number> {
    return this.#write((transaction) => prune(transaction, slots, alertsBeforeMs, limit))
  }

  closedDoors(): Promise<readonly StoredDoor[]> {
    return this.#read('money', closedDoors)
  }

  closeDoor(door: StoredDoor): Promise<void> {
    return this.#write((transaction) => closeDoor(transaction, door))
  }

  openDoor(provider: string, sinceMs: number): Promise<void> {
    return this.#write((transaction) => openDoor(transaction, provider, sinceMs))
  }

  taintKey(proposal: string): Promise<string> {
    return this.#write((transaction) => taintKey(transaction, proposal))
  }

  putTaint(marks: readonly TaintMark[], nowMs: number): Promise<void> {
    return this.#write((transaction) => putTaint(transaction, marks, nowMs))
  }

  taintSince(position: number, limit: number): Promise<TaintNews> {
    return this.#read('money', (transaction) => taintSince(transaction, position, limit))
  }

  highestTaint(hashes: readonly string[], nowMs: number): Promise<number> {
    return this.#read('money', (transaction) => highestTaint(transaction, hashes, nowMs))
  }

  usage(query: UsagePageQuery): Promise<UsagePage> {
    return this.#read('usage', (transaction) => readUsagePage(transaction, query))
  }

  summary(grouping: UsageGrouping, query: UsageQuery): Promise<readonly UsageSummary[]> {
    return this.#read('usage', (transaction) => readUsageSummary(transaction, grouping, query))
  }

  /** Takes a lock that changes nothing: a standby, or a database that was made read-only, refuses that. */
  ping(): Promise<void> {
    return this.#write(async (transaction) => {
      await transaction.run('SELECT FROM schema_version FOR KEY SHARE')
    })
  }

  async close(): Promise<void> {
    const connections = this.#connections
    this.#connections = undefined
    await connections?.close()
  }

  async #read<Result>(lane: Lane, work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return await this.#open().read(lane, work)
  }

  async #write<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return await this.#open().write(work)
  }

  #open(): Connections {
    if (this.#connections === undefined) throw new StoreUnavailable('the ledger is closed')
    return this.#connections
  }
}
