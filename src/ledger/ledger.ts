// Owns the ledger port: hold the worst case before sending, charge the real cost after, forget nothing.
import type { ClearedAttempt, FundedAttempt } from '../domain/attempt.ts'
import type { BudgetExceeded, BudgetStatus } from '../domain/budget.ts'
import type { NanoUsd } from '../domain/money.ts'
import type { Outcome, OutcomeStatus } from '../domain/outcome.ts'
import type { Usage, UsageQuality } from '../domain/usage.ts'

export type { BudgetExceeded, BudgetStatus }

/** The worst case of an attempt, as policy/estimate-cost.ts computes it. */
export interface UpperBound {
  /** Zero for a provider that is declared or known free: no budget is asked, no money is held. */
  readonly amount: NanoUsd
  /** Generated tokens per choice that `amount` pays for; the provider is told not to exceed it when set. */
  readonly outputTokenCap: number | undefined
}

/** The attempt's place in its request; with the request id it makes the reservation's id. */
export interface ReserveOptions {
  readonly attemptIndex: number
}

/** The store cannot promise that money is held. Only paid attempts get it. */
export interface LedgerUnavailable {
  readonly outcome: 'ledger_unavailable'
  readonly retryAfterSeconds: number
}

export interface Reserved {
  readonly outcome: 'reserved'
  readonly attempt: FundedAttempt
}

export type ReserveResult = Reserved | BudgetExceeded | LedgerUnavailable

/** What an attempt came to. */
export interface Settlement {
  /** What is charged. May exceed the reservation: a provider's bill is recorded in full. Zero releases all. */
  readonly cost: NanoUsd
  readonly usage: Usage | undefined
  readonly quality: UsageQuality
}

/**
 * How the request of a usage row ended. `unsettled` is said of an attempt whose process died before it was settled:
 * nobody knows what it came to, so it was charged in full when the ledger was opened again.
 */
export type UsageStatus = OutcomeStatus | 'unsettled'

/**
 * A row a request, newest first by `receivedAtMs`. An unsettled attempt has a row of its own.
 * @example (await ledger.usage({ limit: 50 })).rows.map((row) => `${row.requestId} ${row.model} ${usdText(row.cost)}`)
 */
export interface UsageRow {
  /** For an unsettled attempt the reservation's id, `<request id>:<attempt>`. */
  readonly requestId: string
  readonly receivedAtMs: number
  /** The route that was called; null where none was, for an unsettled attempt, and in rows of older versions. */
  readonly endpoint: string | null
  /** 0 for an unsettled attempt. */
  readonly durationMs: number
  readonly status: UsageStatus
  /** What the client saw; 0 for an unsettled attempt, of which that is not known. */
  readonly httpStatus: number
  /** Who answered; null when nobody did. */
  readonly provider: string | null
  readonly model: string | null
  readonly reason: string | null
  readonly classification: string
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly cachedInputTokens: number | null
  readonly reasoningTokens: number | null
  readonly usageQuality: UsageQuality | null
  /** Over all attempts, failed ones included. */
  readonly cost: NanoUsd
  readonly keyId: string | null
  readonly user: string | null
  readonly tags: readonly string[]
  /** `provider/model:result`, in order, the last one is the one that answered if any did. */
  readonly attempts: readonly string[]
}

export const usageGroupings = ['provider', 'model', 'key', 'user', 'tag', 'day'] as const
export type UsageGrouping = (typeof usageGroupings)[number]

/**
 * One group's figures. The costs of all groups add up to the costs of the rows, and so do requests and tokens,
 * whatever the grouping; except by tag, where a request counts for each of its tags. By provider and model, the cost of an attempt that failed is booked where it was caused;
 * the request and its tokens where it was answered.
 */
export interface UsageSummary {
  /** A name, or a UTC day as `2026-11-23`. Empty for requests without one: no key, no user, nobody answered. */
  readonly group: string
  /** Unsettled attempts count as one each. */
  readonly requests: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cost: NanoUsd
}

/** Which requests, by the time they were received: from `sinceMs` until just before `untilMs`. All unless told. */
export interface UsageQuery {
  readonly sinceMs?: number
  readonly untilMs?: number
}

/** One page of usage. */
export interface UsagePageQuery extends UsageQuery {
  /** At most so many rows, 1 to 1000. */
  readonly limit: number
  /** The `next` of the page before. */
  readonly cursor?: string
  /** Only rows of this provider, model, key, user or tag. */
  readonly where?: Readonly<Partial<Record<Exclude<UsageGrouping, 'day'>, string>>>
}

/** Rows newest first, and the cursor of the page after it; undefined when this is the last one. */
export interface UsagePage {
  readonly rows: readonly UsageRow[]
  readonly next: string | undefined
}

/**
 * Every implementation passes ledger/ledger-contract.ts.
 * @example
 * const result = await ledger.reserve(attempt, upperBound, { attemptIndex: 0 })
 * if (result.outcome === 'reserved') ledger.settle(result.attempt, { cost, usage, quality: 'reported' })
 */
export interface Ledger {
  /**
   * Holds the worst case. Exact under any concurrency: for every budget of the attempt, in all processes together,
   * spent + leased + reserved + `amount` <= limit, or refused. Decided in memory while a lease has room; a promise when
   * money is held, because it resolves when the reservation is in the journal, so that a crash cannot lose it.
   * @throws RangeError when `amount` is not a whole number of nano-dollars.
   */
  reserve(attempt: ClearedAttempt, bound: UpperBound, options: ReserveOptions): ReserveResult | Promise<ReserveResult>
  /**
   * Exactly once per funded attempt; a second call for the same reservation is ignored and counted as a fault. The
   * charge counts in the period of the reservation. Never throws.
   */
  settle(attempt: FundedAttempt, settlement: Settlement): void
  /** Writes the request's row. Batched; never on the path of the answer. */
  record(outcome: Outcome): void
  /** Every budget, now, from the query that grants money. @throws StoreUnavailable. */
  budgets(): Promise<readonly BudgetStatus[]>
  /** What `budgets` answered last, for those who cannot wait. */
  knownBudgets(): readonly BudgetStatus[]
  /**
   * Rows newest first.
   * @throws RangeError for a limit out of bounds and for a cursor that is none; StoreUnavailable.
   */
  usage(query: UsagePageQuery): Promise<UsagePage>
  /** Groups by descending cost; days in their order. Exact for any span, fastest for whole UTC days. @throws StoreUnavailable. */
  summary(grouping: UsageGrouping, query: UsageQuery): Promise<readonly UsageSummary[]>
  /** Writes what is buffered. Never rejects: what cannot be written goes on waiting, and is in the journal. */
  flush(): Promise<void>
  /** Whether money can be held right now. */
  healthy(): boolean
  /** Writes what is buffered and gives the leases back. */
  close(): Promise<void>
}
