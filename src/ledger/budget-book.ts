// Owns the budget arithmetic: who has spent and reserved how much in which month, and whether one more fits. Pure and
// in memory; a ledger adds the storage. Every figure that is shown comes from the figures that decide.
import type { ClearedAttempt, FundedAttempt, Reservation } from '../domain/attempt.ts'
import type { Clock } from '../domain/clock.ts'
import { type NanoUsd, nanoUsd, ZERO_USD } from '../domain/money.ts'
import type { UsageQuality } from '../domain/usage.ts'
import type { BudgetExceeded, BudgetStatus, Settlement } from './ledger.ts'
import type { LedgerFault } from './ledger-fault.ts'
import { MonthCalendar, type MonthPeriod } from './period.ts'

/** Limits by provider name, as in the configuration. */
export type MonthlyLimits = Readonly<Record<string, NanoUsd>>

export interface BudgetBookOptions {
  readonly clock: Clock
  readonly limits: MonthlyLimits
  /** IANA time zone in which months begin. */
  readonly timeZone: string
}

/** What one provider has spent and reserved in one month. Only the book changes it. */
export interface Account {
  readonly provider: string
  readonly period: string
  spent: NanoUsd
  reserved: NanoUsd
}

/** Money held by this book. It remembers where it was booked and whether it was settled, so that settling is exact. */
export class HeldReservation implements Reservation {
  readonly id: string
  readonly amount: NanoUsd
  readonly period: string
  /** Unique in the ledger's store, counting up; 0 for a free attempt, which is not stored. */
  readonly number: number
  /** Undefined for a free attempt. */
  readonly account: Account | undefined
  settled = false
  readonly #book: BudgetBook

  constructor(book: BudgetBook, id: string, amount: NanoUsd, number: number, account: Account | undefined) {
    this.id = id
    this.amount = amount
    this.period = account === undefined ? '' : account.period
    this.number = number
    this.account = account
    this.#book = book
  }

  madeBy(book: BudgetBook): boolean {
    return this.#book === book
  }
}

/** A settled reservation that a store must write down: remove the reservation, add `cost` to the account. */
export interface Charge {
  readonly number: number
  readonly reservation: string
  readonly account: Account
  readonly model: string
  readonly reserved: NanoUsd
  readonly cost: NanoUsd
  readonly quality: UsageQuality
}

/** The largest amount there is. A provider without a limit has this one. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER as NanoUsd

/**
 * Monthly budgets by provider. `spent + reserved + amount <= limit`, or refused; a charge counts in the month of its
 * reservation, whatever the clock does in between.
 * @example
 * const book = new BudgetBook({ clock, limits: { openai: fromUsd(80) }, timeZone: 'Europe/Berlin' })
 * const held = book.reserve(attempt, bound.amount, 0)
 */
export class BudgetBook {
  readonly #clock: Clock
  readonly #calendar: MonthCalendar
  readonly #limits: ReadonlyMap<string, NanoUsd>
  /** By provider, the account of the month in which it was last asked for. */
  readonly #current = new Map<string, Account>()
  /** By provider, then by month. */
  readonly #accounts = new Map<string, Map<string, Account>>()
  #nextNumber = 1

  /** @throws RangeError for an unknown time zone or a limit that is not an amount. */
  constructor(options: BudgetBookOptions) {
    this.#clock = options.clock
    this.#calendar = new MonthCalendar(options.timeZone)
    this.#limits = new Map(Object.entries(options.limits).map(([provider, limit]) => [provider, nanoUsd(limit)]))
  }

  /** Sets the number of the next paid reservation, for a book that goes on where a file ended. */
  continueFrom(firstNumber: number): void {
    this.#nextNumber = firstNumber
  }

  /** Adds figures that a store kept from earlier. */
  load(provider: string, period: string, spent: NanoUsd, reserved: NanoUsd): void {
    const account = this.#account(provider, period)
    account.spent = plus(account.spent, spent)
    account.reserved = plus(account.reserved, reserved)
  }

  /**
   * Holds `amount` for an attempt. Nothing is asked of a budget when it is zero.
   * @throws RangeError when `amount` is not an amount.
   */
  reserve(attempt: ClearedAttempt, amount: NanoUsd, attemptIndex: number): HeldReservation | BudgetExceeded {
    const id = `${attempt.task.id}:${attemptIndex}`
    if (amount === 0) return new HeldReservation(this, id, ZERO_USD, 0, undefined)
    nanoUsd(amount)
    const month = this.#calendar.at(this.#clock.wallMs())
    const account = this.#account(attempt.provider.name, month.key)
    const limit = this.#limits.get(account.provider) ?? NO_LIMIT
    // Written so that a figure that is not a number refuses.
    if (!(account.spent + account.reserved + amount <= limit)) {
      const available = Math.max(0, limit - account.spent - account.reserved) as NanoUsd
      return { outcome: 'budget_exceeded', budget: status(account, limit, month), available }
    }
    account.reserved = plus(account.reserved, amount)
    return new HeldReservation(this, id, amount, this.#nextNumber++, account)
  }

  /** Gives back a reservation that could not be made durable. No attempt was funded with it. */
  withdraw(held: HeldReservation): void {
    held.settled = true
    if (held.account !== undefined) held.account.reserved = minus(held.account.reserved, held.amount)
  }

  /**
   * Replaces what was held by what it cost, once. The answer is what a store must write: a charge, nothing for a
   * free attempt that stayed free, or a fault when nothing was changed.
   */
  settle(attempt: FundedAttempt, settlement: Settlement, onFault: (fault: LedgerFault) => void): Charge | undefined {
    const held = attempt.reservation
    if (!(held instanceof HeldReservation) || !held.madeBy(this)) {
      onFault({ kind: 'unknown_reservation', reservation: held.id })
      return undefined
    }
    if (held.settled) {
      onFault({ kind: 'settled_twice', reservation: held.id })
      return undefined
    }
    held.settled = true
    if (held.account === undefined && settlement.cost === 0) return undefined
    const valid = Number.isSafeInteger(settlement.cost) && settlement.cost >= 0
    if (!valid) onFault({ kind: 'invalid_cost', reservation: held.id })
    const cost = valid ? settlement.cost : held.amount
    const account = held.account ?? this.#account(attempt.provider.name, this.#calendar.at(this.#clock.wallMs()).key)
    account.reserved = minus(account.reserved, held.amount)
    account.spent = plus(account.spent, cost)
    return {
      number: held.number === 0 ? this.#nextNumber++ : held.number,
      reservation: held.id,
      account,
      model: attempt.model,
      reserved: held.amount,
      cost,
      quality: valid && settlement.quality === 'reported' ? 'reported' : 'estimated',
    }
  }

  /** All limited providers, in the order of the configuration, in the month that it is now. */
  budgets(): BudgetStatus[] {
    const month = this.#calendar.at(this.#clock.wallMs())
    return [...this.#limits].map(([provider, limit]) => status(this.#account(provider, month.key), limit, month))
  }

  #account(provider: string, period: string): Account {
    const current = this.#current.get(provider)
    if (current !== undefined && current.period === period) return current
    const byPeriod = this.#accounts.get(provider) ?? new Map<string, Account>()
    const account = byPeriod.get(period) ?? { provider, period, spent: ZERO_USD, reserved: ZERO_USD }
    byPeriod.set(period, account)
    this.#accounts.set(provider, byPeriod)
    this.#current.set(provider, account)
    return account
  }
}

function status(account: Account, limit: NanoUsd, month: MonthPeriod): BudgetStatus {
  return {
    scope: 'provider',
    subject: account.provider,
    period: month.key,
    limit,
    spent: account.spent,
    reserved: account.reserved,
    resetsAtMs: month.endMs,
    rule: `budgets.monthly_limits.${account.provider}`,
  }
}

/** Stays at the largest amount instead of throwing: a sum beyond nine million dollars must not stop a settlement. */
function plus(left: NanoUsd, right: NanoUsd): NanoUsd {
  return Math.min(left + right, Number.MAX_SAFE_INTEGER) as NanoUsd
}

function minus(left: NanoUsd, right: NanoUsd): NanoUsd {
  return Math.max(left - right, 0) as NanoUsd
}
