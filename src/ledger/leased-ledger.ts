// Owns the ledger of one process: leases from a store that it shares with others, a journal, and the arithmetic between.
import { setImmediate as turn } from 'node:timers/promises'
import type { ClearedAttempt, FundedAttempt } from '../domain/attempt.ts'
import type { Budget, BudgetStatus } from '../domain/budget.ts'
import { type NanoUsd, nanoUsd, ZERO_USD } from '../domain/money.ts'
import type { Outcome } from '../domain/outcome.ts'
import { BudgetNews } from './budget-news.ts'
import { BudgetSources } from './budget-sources.ts'
import { budgetStatuses, renewedStatuses, shownStatuses } from './budget-statuses.ts'
import { fund } from './fund.ts'
import { HeldReservation } from './held-reservation.ts'
import { Journal } from './journal/journal.ts'
import { journalEntry } from './journal/reservation-entry.ts'
import type { LeasedLedgerOptions } from './leased-ledger-options.ts'
import { Accounts, fitsAll } from './leases/accounts.ts'
import { exceeded } from './leases/exceeded.ts'
import { LEASE_LASTS_MS, LeaseDesk, type Taken } from './leases/lease-desk.ts'
import { LedgerWriter } from './leases/ledger-writer.ts'
import type { SubjectAccount } from './leases/subject-account.ts'
import type {
  Ledger,
  ReserveOptions,
  ReserveResult,
  Settlement,
  UpperBound,
  UsageGrouping,
  UsagePage,
  UsagePageQuery,
  UsageQuery,
  UsageSummary,
} from './ledger.ts'
import { TAKEN_FOR_DEAD } from './ledger-fault.ts'
import { recoverJournals } from './recover.ts'
import { oldFineSlots } from './slots.ts'
import { usageEntry } from './usage-row.ts'

const REFRESH_EVERY_MS = 1000
/** How often the journals of others are looked at, in refreshes. */
const RECOVER_EVERY = 5
/** Longer than any period but a lifetime: an alert that is gone may be raised again. */
const ALERTS_KEPT_MS = 400 * 86_400_000
/** Rows that one step takes away: a few milliseconds. */
const MOST_PRUNED = 500
/** How often all budgets are told of, in refreshes. */
const TELL_ALL_EVERY = 60
/** An owner that was not seen for so long has its leases charged. Ten times as long as any live one is silent. */
export const OWNER_LOST_AFTER_MS = 600_000
const ANNOUNCE_WITHIN_MS = 60_000

/**
 * `reserve` decides in memory as long as a lease has room, and asks the store otherwise.
 *
 * - At every instant, for every budget: spent + leased <= limit in the store, and what is reserved lies inside leases. So
 *   no interleaving of processes can overdraw, and none has to wait for another.
 * - A paid attempt is in the journal before it is sent. When the process dies, its leases count as spent; whoever opens
 *   the ledger next charges what the journal says, attempts under way in full, and gives the rest back.
 * - While the store is away, leases are used up to ten seconds on, then paid attempts are `ledger_unavailable`. Free ones
 *   go on. What was settled waits in memory and in the journal.
 *
 * @example
 * const ledger = await LeasedLedger.open({ store: new SqliteStore({ path }), clock, budgets, owner, journal, onFault })
 */
export class LeasedLedger implements Ledger {
  readonly #options: LeasedLedgerOptions
  readonly #accounts = new Accounts()
  readonly #sources: BudgetSources
  readonly #journal: Journal | undefined
  readonly #writer: LedgerWriter
  readonly #desk: LeaseDesk
  readonly #news: BudgetNews
  #refreshTimer: NodeJS.Timeout | undefined
  #refreshing: Promise<void> = Promise.resolve()
  #refreshes = 0
  #announcedAtMs = 0
  #known: readonly BudgetStatus[] = []
  #journalFails = false
  /** Journals that were said to be unreadable. */
  readonly #unreadable: Set<string>
  #closed = false
  /** By another process, which took it for dead: the store takes no more batches of it. */
  #retired = false
  #closing: Promise<void> | undefined

  private constructor(options: LeasedLedgerOptions, unreadable: Set<string>) {
    this.#unreadable = unreadable
    this.#options = options
    const { store, owner, clock, onFault, journal } = options
    this.#journal = journal && new Journal({ ...journal, owner: owner.id })
    this.#sources = new BudgetSources(options.budgets)
    this.#accounts.setBudgets(this.#sources.all)
    this.#news = new BudgetNews({
      ...{ store, ownerLostAfterMs: OWNER_LOST_AFTER_MS },
      onCharged: (statuses, budgets, ofAll) => {
        this.#known = ofAll ? shownStatuses(statuses) : renewedStatuses(this.#known, statuses)
        return options.onCharged?.(statuses, budgets, ofAll)
      },
    })
    this.#writer = new LedgerWriter({
      ...{ store, owner, clock, onFault, accounts: this.#accounts, journal: this.#journal },
      onCharged: (accounts) => this.#news.charged(accounts),
    })
    const onUnknown = () => void this.#announce().catch((error: unknown) => this.#writer.unanswered(error))
    this.#desk = new LeaseDesk({ store, owner, writer: this.#writer, clock, onUnknown })
  }

  /**
   * Opens the store, recovers what dead processes left, and announces this one.
   * @throws LedgerFileError, StoreUnavailable, and what the file system says of the journal's directory.
   */
  static async open(options: LeasedLedgerOptions): Promise<LeasedLedger> {
    const { store, clock, journal, onFault } = options
    await store.open()
    let ledger: LeasedLedger | undefined
    try {
      const nowMs = Math.round(clock.wallMs())
      const unreadable = new Set<string>()
      if (journal) await recoverJournals(journal.directory, store, nowMs, onFault, unreadable)
      ledger = new LeasedLedger(options, unreadable)
      await ledger.#announce()
      await ledger.#loadBudgets()
      await ledger.budgets()
    } catch (error) {
      // Nothing was reserved.
      if (ledger) ledger.#journal?.close({ remove: true })
      await store.close()
      throw error
    }
    ledger.#refreshLater()
    return ledger
  }

  reserve(
    attempt: ClearedAttempt,
    bound: UpperBound,
    { attemptIndex }: ReserveOptions,
  ): ReserveResult | Promise<ReserveResult> {
    const id = `${attempt.task.id}:${attemptIndex}`
    const amount = nanoUsd(bound.amount)
    if (amount === 0) return this.#fund(attempt, bound, new HeldReservation(this, id, amount, attempt, [], 0))
    if (this.#closed || this.#retired) return UNAVAILABLE
    const { clock } = this.#options
    const accounts = this.#accounts.of(attempt)
    const wallMs = clock.wallMs()
    const monotonicMs = clock.monotonicMs()
    const heard = this.#writer.healthy && monotonicMs - this.#writer.contactMs <= LEASE_LASTS_MS
    if (heard && fitsAll(accounts, amount, wallMs)) {
      for (const account of accounts) account.reserve(amount, monotonicMs)
      return this.#hold({ outcome: 'taken', atMs: wallMs }, attempt, bound, id, accounts)
    }
    if (this.#desk.stuck) return UNAVAILABLE
    const refused = accounts.filter((account) => account.refusalOf(amount, wallMs, monotonicMs))
    if (heard && refused.length > 0 && !this.#desk.busy && !this.#writer.owes(refused, wallMs, monotonicMs)) {
      return exceeded(refused, amount, wallMs)
    }
    return this.#desk.take(accounts, amount).then((taken) => this.#hold(taken, attempt, bound, id, accounts))
  }

  #hold(
    taken: Taken,
    attempt: ClearedAttempt,
    bound: UpperBound,
    id: string,
    accounts: readonly SubjectAccount[],
  ): ReserveResult | Promise<ReserveResult> {
    if (taken === 'unavailable') return UNAVAILABLE
    if (taken.outcome !== 'taken') return taken
    const held = new HeldReservation(this, id, bound.amount, attempt, accounts, Math.floor(taken.atMs))
    this.#writer.touched()
    const journal = this.#journal
    if (!journal) return this.#fund(attempt, bound, held)
    journal.reserved(journalEntry(held))
    return journal.written().then(
      () => {
        this.#journalFails = false
        return this.#fund(attempt, bound, held)
      },
      (error: unknown) => this.#withdraw(held, error),
    )
  }

  #fund(attempt: ClearedAttempt, bound: UpperBound, held: HeldReservation): ReserveResult {
    return { outcome: 'reserved', attempt: fund(attempt, held, bound.outputTokenCap) }
  }

  /** No attempt was funded with it. */
  #withdraw(held: HeldReservation, error: unknown): ReserveResult {
    held.settled = true
    for (const account of held.accounts) account.unreserve(held.amount)
    this.#journal?.withdrawn(held.id)
    if (!this.#journalFails) {
      this.#journalFails = true
      this.#options.onFault({ kind: 'journal_failed', message: error instanceof Error ? error.message : String(error) })
    }
    return UNAVAILABLE
  }

  settle(attempt: FundedAttempt, settlement: Settlement): void {
    const held = attempt.reservation
    const { onFault } = this.#options
    if (!(held instanceof HeldReservation && held.madeBy(this))) {
      onFault({ kind: 'unknown_reservation', reservation: held.id })
      return
    }
    if (held.settled) {
      onFault({ kind: 'settled_twice', reservation: held.id })
      return
    }
    held.settled = true
    if (held.amount === 0 && settlement.cost === 0) return
    if (this.#closed) {
      onFault({ kind: 'used_after_close' })
      return
    }
    const cost = this.#costOf(held, settlement)
    const { amount } = held
    const charged = amount === 0 ? this.#reserveLate(attempt, held) : held
    for (const account of charged.accounts) {
      account.unreserve(amount)
      account.pending += cost
    }
    this.#journal?.settled(charged.id, cost)
    this.#writer.charge({
      accounts: charged.accounts,
      subjects: charged.accounts,
      madeAtMs: charged.madeAtMs,
      cost,
      unsettled: false,
    })
  }

  #costOf(held: HeldReservation, { cost }: Settlement): NanoUsd {
    if (Number.isSafeInteger(cost) && cost >= 0) return cost
    this.#options.onFault({ kind: 'invalid_cost', reservation: held.id })
    return held.amount
  }

  /** An attempt that was taken for free and was billed all the same. */
  #reserveLate(attempt: FundedAttempt, held: HeldReservation): HeldReservation {
    const accounts = this.#accounts.of(attempt)
    const madeAtMs = Math.floor(this.#options.clock.wallMs())
    const late = new HeldReservation(this, held.id, ZERO_USD, attempt, accounts, madeAtMs)
    this.#journal?.reservedLate(journalEntry(late))
    return late
  }

  record(outcome: Outcome): void {
    if (this.#closed) this.#options.onFault({ kind: 'used_after_close' })
    else this.#writer.record(usageEntry(outcome))
  }

  async budgets(): Promise<readonly BudgetStatus[]> {
    await this.#writer.flush()
    const { store, clock } = this.#options
    await this.#announceAnew()
    this.#known = await budgetStatuses(store, this.#accounts.budgets, clock.wallMs(), OWNER_LOST_AFTER_MS)
    return this.#known
  }

  knownBudgets(): readonly BudgetStatus[] {
    return this.#known
  }

  async usage(query: UsagePageQuery): Promise<UsagePage> {
    await this.#writer.flush()
    return this.#options.store.usage(query)
  }

  async summary(grouping: UsageGrouping, query: UsageQuery): Promise<readonly UsageSummary[]> {
    await this.#writer.flush()
    return this.#options.store.summary(grouping, query)
  }

  async flush(): Promise<void> {
    if (!this.#closed) await this.#writer.flush()
  }

  /** The budgets of another configuration hold from now on. Those that were set at run time stay. */
  setConfigured(budgets: readonly Budget[]): void {
    if (this.#sources.setConfigured(budgets)) this.#setBudgets()
  }

  healthy(): boolean {
    return !this.#closed && !this.#retired && this.#writer.healthy && !this.#journalFails && !this.#desk.stuck
  }

  /** Reservations that are still open stay in the journal, and are charged in full at the next open. */
  async close(): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  async #close(): Promise<void> {
    clearTimeout(this.#refreshTimer)
    await this.#refreshing
    clearTimeout(this.#refreshTimer)
    const { store, owner, clock, onFault } = this.#options
    await this.#writer.flush()
    this.#closed = true
    this.#writer.stop()
    const { charges, usageRows } = this.#writer.waiting
    const written = charges === 0 && usageRows === 0 && this.#writer.healthy
    if (charges > 0 || usageRows > 0) onFault({ kind: 'closed_unwritten', charges, usageRows })
    const open = [...this.#accounts.all()].some(({ reserved }) => reserved > 0)
    let retired = false
    if (written && !open) {
      const last = { number: Number.MAX_SAFE_INTEGER - 1, leases: [], spend: [], usage: [] }
      retired = await store.retire(owner.id, last, Math.round(clock.wallMs())).then(
        () => true,
        () => false,
      )
    }
    this.#journal?.close({ remove: retired })
    await store.close()
  }

  /** Budgets that were set at run time, alerts, and the journals of processes that died meanwhile. */
  #refreshLater(): void {
    this.#refreshTimer = setTimeout(() => {
      this.#refreshing = this.#refresh()
        .catch(() => {
          // The store is away: the writer finds out and tells.
        })
        .finally(() => {
          if (this.#closing === undefined) this.#refreshLater()
        })
    }, REFRESH_EVERY_MS).unref()
  }

  async #refresh(): Promise<void> {
    this.#refreshes += 1
    const { store, clock, journal, onFault } = this.#options
    const nowMs = Math.round(clock.wallMs())
    // Nobody may be sending attempts here for as long as it is not healthy.
    if (this.#journalFails && this.#journal?.canWrite()) this.#journalFails = false
    await this.#loadBudgets()
    if (this.#refreshes % RECOVER_EVERY === 0) {
      await this.#announce()
      if (journal) await recoverJournals(journal.directory, store, nowMs, onFault, this.#unreadable)
      const lost = await store.forfeit(nowMs - OWNER_LOST_AFTER_MS)
      if (lost.length > 0) onFault({ kind: 'leases_forfeited', owners: lost })
      await this.#prune(nowMs)
    }
    await this.#tellCharged()
  }

  /** In small steps, between which requests go on. */
  async #prune(nowMs: number): Promise<void> {
    const { store } = this.#options
    const slots = oldFineSlots(nowMs)
    while (!this.#closing && (await store.prune(slots, nowMs - ALERTS_KEPT_MS, MOST_PRUNED)) === MOST_PRUNED)
      await turn()
  }

  /** Says that this process is alive. Its leases are none any more when the store does not know it. */
  async #announce(): Promise<void> {
    const { store, owner, clock, onFault } = this.#options
    const isKnown = async () => (await store.owners()).some(({ id }) => id === owner.id)
    const forgotten = this.#announcedAtMs > 0 && !(await isKnown())
    if (this.#retired) return
    if (forgotten) this.#writer.forgotten()
    this.#announcedAtMs = Math.round(clock.wallMs())
    await store.announce(owner, this.#announcedAtMs)
    if (forgotten && !(await isKnown())) {
      this.#retired = true
      onFault({ kind: 'journal_failed', message: TAKEN_FOR_DEAD })
    }
    this.#writer.answered()
  }

  /** After the clock has jumped, this process must not look as if it had been silent for long. */
  async #announceAnew(): Promise<void> {
    if (this.#options.clock.wallMs() - this.#announcedAtMs > ANNOUNCE_WITHIN_MS) await this.#announce()
  }

  /** Those of users, beside the others. They hold from the next reservation on. */
  setUserBudgets(budgets: readonly Budget[]): void {
    if (this.#sources.setOfUsers(budgets)) this.#setBudgets()
  }

  async #loadBudgets(): Promise<void> {
    if (this.#sources.setStored(await this.#options.store.budgets.all())) this.#setBudgets()
  }

  /** What was leased within another limit goes back. */
  #setBudgets(): void {
    this.#accounts.setBudgets(this.#sources.all)
    this.#writer.touched()
    this.#news.all()
  }

  async #tellCharged(): Promise<void> {
    if (this.#refreshes % TELL_ALL_EVERY === 0) this.#news.all()
    if (!this.#news.any) return
    await this.#writer.flush()
    await this.#news.tell(this.#accounts.budgets, this.#options.clock.wallMs())
  }
}

const UNAVAILABLE: ReserveResult = { outcome: 'ledger_unavailable', retryAfterSeconds: 1 }
