// Owns the port of the ledger's stores: what is durable and shared by all processes. Exact under any concurrency.
import type { BudgetScope } from '../domain/budget.ts'
import type { NanoUsd } from '../domain/money.ts'
import type { AccessStore } from './access-store.ts'
import type { AlertStore } from './alert-store.ts'
import type { BudgetStore } from './budget-store.ts'
import type { ContentStore } from './content-store.ts'
import type { DecisionStore } from './decision-store.ts'
import type { DoorStore } from './door-store.ts'
import type { UsageGrouping, UsagePage, UsagePageQuery, UsageQuery, UsageSummary } from './ledger.ts'
import type { LimitStore } from './limit-store.ts'
import type { RolloutStore } from './rollout-store.ts'
import type { OldSlots } from './slots.ts'
import type { TaintStore } from './taint-store.ts'
import type { UsageEntry } from './usage-row.ts'

/** Whose money it is. Every charge counts for several subjects: its provider, its key, all together. */
export interface Subject {
  readonly scope: BudgetScope
  /** Empty for the global scope. */
  readonly name: string
}

/**
 * Part of the spending of a subject: all charges whose slot begins at or after `sinceMs` and before `untilMs`, added up
 * in slots of `grainSeconds`. A charge belongs to the slot in which its reservation was made.
 */
export interface SpendSpan {
  readonly grainSeconds: number
  readonly sinceMs: number
  readonly untilMs: number
}

/** A limit that a lease must keep: what was spent in the span, and all leases, stay within it. */
export interface LeaseLimit extends SpendSpan {
  readonly limit: NanoUsd
}

/** Money wanted for one subject. */
export interface LeaseRequest extends Subject {
  /** Less than this is of no use: then nothing is granted. Above 0. */
  readonly need: NanoUsd
  /** At the most, when plenty is left; at least `need`. */
  readonly want: NanoUsd
  /** At least one. */
  readonly limits: readonly LeaseLimit[]
}

/** The answer for one subject, as of after the grant. */
export interface LeaseGrant {
  /** 0, or from `need` to `want`. */
  readonly granted: NanoUsd
  /** Spent in the span of each limit, in their order. */
  readonly spent: readonly NanoUsd[]
  /** The leases that other owners have of the subject. */
  readonly leasedByOthers: NanoUsd
  /** The part of it that their requests in flight hold, as far as they have told. */
  readonly reservedByOthers: NanoUsd
}

/** How the leases of an owner change when a batch is written. */
export interface LeaseChange extends Subject {
  /** Leaves the lease: it was spent, or is given back. What exceeds the lease is ignored. */
  readonly taken: NanoUsd
  /** What requests in flight hold of it now. */
  readonly reserved: NanoUsd
}

/** Spending to be added. */
export interface SpendChange extends Subject {
  readonly grainSeconds: number
  /** The first millisecond of the slot. */
  readonly slotMs: number
  readonly amount: NanoUsd
  /** The part of `amount` of which nobody knows whether it was billed. */
  readonly unsettled: NanoUsd
}

/** What one process writes at once: all of it or nothing, and once. */
export interface LedgerBatch {
  /** Above those of all batches that the owner has written before. */
  readonly number: number
  readonly leases: readonly LeaseChange[]
  readonly spend: readonly SpendChange[]
  readonly usage: readonly UsageEntry[]
}

/**
 * `written`; or nothing was changed: `repeated`, because the owner has written a batch of this or a later number before,
 * or was retired; `unknown_owner`, because it has not announced itself to this store.
 */
export type CommitOutcome = 'written' | 'repeated' | 'unknown_owner'

/** A process that holds, or held, leases. */
export interface LeaseOwner {
  readonly id: string
  /** The number of its last batch, 0 before the first. */
  readonly lastBatch: number
  readonly host: string
  readonly pid: number
  /** When it last wrote anything, milliseconds since 1970. */
  readonly seenMs: number
}

/** Money of one subject: what enforces and what is shown. */
export interface SubjectFigures {
  readonly spent: NanoUsd
  readonly unsettled: NanoUsd
  /** Leases of owners that were seen lately. */
  readonly leased: NanoUsd
  /** The part of `leased` that requests in flight hold. */
  readonly reserved: NanoUsd
  /** Leases of owners that have not been seen for long. They count as spent until they are recovered. */
  readonly lost: NanoUsd
}

/**
 * Every store passes ledger/store-contract.ts. Methods reject with `StoreUnavailable` when the store cannot be reached or
 * does not answer; then it is not known whether it was done, and doing it again is safe: batches are written once,
 * and a lease that nobody knows of is given back when its owner is retired.
 */
export interface LedgerStore {
  /** Those that were set at run time. */
  readonly budgets: BudgetStore
  /** Raised once in all processes, and kept until they are delivered. */
  readonly alerts: AlertStore
  /** What is remembered of restricted conversations. */
  readonly taint: TaintStore
  /** Providers that are closed for restricted data. */
  readonly doors: DoorStore
  /** Responses, files and batches, sealed. */
  readonly contents: ContentStore
  readonly rollouts: RolloutStore
  readonly decisions: DecisionStore
  /** Keys, users, their budgets and prices. */
  readonly access: AccessStore
  /** What processes have taken of limits. */
  readonly limits: LimitStore
  /** Connects, and brings the tables up to date. @throws LedgerFileError, StoreUnavailable. */
  open(): Promise<void>
  /**
   * Takes a lease for each request, or for none of them when any cannot have what it needs.
   * @throws UnknownOwner when the owner is not announced, or retired.
   */
  acquire(owner: string, requests: readonly LeaseRequest[], nowMs: number): Promise<readonly LeaseGrant[]>
  commit(owner: string, batch: LedgerBatch, nowMs: number): Promise<CommitOutcome>
  /** Makes itself known, before the first lease; and says that it is alive. */
  announce(owner: Pick<LeaseOwner, 'id' | 'host' | 'pid'>, nowMs: number): Promise<void>
  /** All that are not retired. */
  owners(): Promise<readonly LeaseOwner[]>
  /** Writes the last batch of an owner and gives all its leases back. What it writes afterwards is `repeated`. */
  retire(owner: string, batch: LedgerBatch, nowMs: number): Promise<CommitOutcome>
  /**
   * Charges the leases of owners that were not seen since `seenBeforeMs`, in the slot in which they were last seen, as
   * unsettled. Should such an owner write again, or be retired, its charge is taken back first: it knows better.
   * @returns the owners concerned now.
   */
  forfeit(seenBeforeMs: number): Promise<readonly string[]>
  /** The figures of each subject over its span, in one view of the store; leases of owners not seen since are lost. */
  figures(subjects: readonly (Subject & SpendSpan)[], ownersSeenSinceMs: number): Promise<readonly SubjectFigures[]>
  /** The names of a scope that have spent anything in the span, or hold a lease. For budgets of each subject. */
  subjects(scope: BudgetScope, span: SpendSpan): Promise<readonly string[]>

  /**
   * Takes away old fine slots of spending, and alerts raised before a time, delivered or not, but none of a lifetime budget,
   * which would be raised again. `limit` rows of each at the most.
   * @returns the most rows of one kind that went: less than `limit` when nothing is left.
   */
  prune(slots: readonly OldSlots[], alertsBeforeMs: number, limit: number): Promise<number>

  /** Rows newest first. @throws RangeError for a limit out of bounds or a cursor that is none. */
  usage(query: UsagePageQuery): Promise<UsagePage>
  /** Groups by descending cost; days in their order. */
  summary(grouping: UsageGrouping, query: UsageQuery): Promise<readonly UsageSummary[]>

  /** Rejects when the store cannot write right now. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** The store cannot be reached, is too slow, or its disk fails. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
  readonly code = 'ledger_unavailable'
}

/** The store does not know the process: it was made anew, or restored from a backup. */
export class UnknownOwner extends Error {
  override readonly name = 'UnknownOwner'
}
