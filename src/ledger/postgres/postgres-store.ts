// Owns the ledger's store in a schema of a PostgreSQL database, for any number of processes on any number of machines.
import type { BudgetScope } from '../../domain/budget.ts'
import type { UsageGrouping, UsagePage, UsagePageQuery, UsageQuery, UsageSummary } from '../ledger.ts'
import type { LimitStore } from '../limit-store.ts'
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
import { checkAddress } from './check-address.ts'
import { type ConnectionOptions, Connections, type Lane, type Transactions } from './connections.ts'
import { contentStore } from './content-table.ts'
import { decisionStore } from './decision-table.ts'
import { doorStore } from './door-table.ts'
import { loadDriver } from './driver.ts'
import { limitStore } from './limit-table.ts'
import { announceOwner, figuresOf, grant, lockAccounts, ownersNow, subjectsOf, touchOwner } from './money-tables.ts'
import { prune } from './prune.ts'
import { rolloutStore } from './rollout-table.ts'
import { migrate } from './schema.ts'
import type { Transaction } from './session.ts'
import { beginBatch, forfeitLeases, retireOwner, settle } from './settlement.ts'
import { taintStore } from './taint-table.ts'
import { readUsagePage, readUsageSummary } from './usage-queries.ts'
import { addToUsageSums, writeUsage } from './usage-writer.ts'

/** All but the connection string have a default. */
export type PostgresStoreOptions = Pick<ConnectionOptions, 'connectionString'> &
  Partial<Omit<ConnectionOptions, 'connectionString'>>

const DEFAULT_TIMEOUT_MS = 5000

const NO_CHANGES: Pick<LedgerBatch, 'spend' | 'leases'> = { spend: [], leases: [] }

/**
 * Money is exact by row locks: who grants leases of a subject holds its account, and reads leases and spending in one
 * statement. Locks are taken in one order everywhere: owner, accounts, leases, spending, sums of usage.
 * @example const store = new PostgresStore({ connectionString: 'postgres://aegis@db.internal/aegis' })
 */
export class PostgresStore implements LedgerStore {
  readonly #transactions: Transactions = {
    read: (lane, work) => this.#read(lane, work),
    write: (work) => this.#write(work),
  }
  readonly budgets = budgetStore(this.#transactions)
  readonly alerts = alertStore(this.#transactions)
  readonly taint = taintStore(this.#transactions)
  readonly doors = doorStore(this.#transactions)
  readonly contents = contentStore(this.#transactions)
  readonly rollouts = rolloutStore(this.#transactions)
  readonly decisions = decisionStore(this.#transactions)
  readonly access = accessStore(this.#transactions)
  readonly limits: LimitStore
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
    this.limits = limitStore(this.#transactions, this.#options.schema)
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

  prune(slots: readonly OldSlots[], alertsBeforeMs: number, limit: number): Promise<number> {
    return this.#write((transaction) => prune(transaction, slots, alertsBeforeMs, limit))
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
