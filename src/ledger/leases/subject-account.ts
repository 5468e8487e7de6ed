// Owns what this process may spend of one subject's money without asking the store.
import type { Budget, BudgetScope } from '../../domain/budget.ts'
import { nanoUsd } from '../../domain/money.ts'
import { BudgetClock, END_OF_TIME_MS } from '../budget-window.ts'
import { COARSE_GRAIN_SECONDS } from '../slots.ts'
import type { LeaseGrant, LeaseLimit, LeaseRequest, Subject } from '../store.ts'

/** Beyond its own request, a process asks for as much as so many requests of the same size; more while it asks often. */
const FEWEST_AHEAD = 8
const MOST_AHEAD = 512
/** Who asks again so soon asks for twice as much. */
const OFTEN_MS = 100
/** What was not needed for so long is given back, also by a process that goes on with smaller requests. */
const KEPT_MS = 1000
/** A subject that nobody asked for during this time gives its lease back. */
export const IDLE_AFTER_MS = 250
/** How long the store's word that nothing is left is believed. */
const REFUSAL_BELIEVED_MS = 100

interface AccountBudget {
  readonly budget: Budget
  readonly clock: BudgetClock
}

/** What the store said when it granted nothing. */
export interface Refusal {
  readonly grant: LeaseGrant
  readonly limits: readonly LeaseLimit[]
  /** What the store could still have granted. */
  readonly remaining: number
  readonly atMs: number
  /** It answers for the periods of these instants only. */
  readonly fromMs: number
  readonly untilMs: number
}

/**
 * The account of a subject in this process. `held` was taken from the store; of it, `pending` is charged and not yet
 * written, `reserved` is in flight, `releasing` is on its way back; the rest may be reserved. All in nano-dollars.
 */
export class SubjectAccount implements Subject {
  readonly scope: BudgetScope
  readonly name: string
  held = 0
  pending = 0
  reserved = 0
  releasing = 0
  /** Little is left in the store: keep no more than requests in flight need. */
  scarce = false
  /** What is reserved has changed since the store was last told. */
  dirty = false
  refusal: Refusal | undefined
  /** Attempts that wait for the store's answer about this account. */
  asking = 0
  /** The store was asked and did not answer: it may have granted a lease that this process does not know of. */
  doubtful = false
  /** A batch that takes away whatever lease there is, is on its way: nothing may be asked for meanwhile. */
  clearing = false
  #requestsAhead = FEWEST_AHEAD
  #grantedAtMs = Number.NEGATIVE_INFINITY
  #budgets: readonly AccountBudget[] = []
  #limits: readonly AccountBudget[] = []
  #fineGrains: readonly number[] = []
  #validFromMs = 0
  #validUntilMs = 0
  #usedAtMs = Number.NEGATIVE_INFINITY

  constructor({ scope, name }: Subject) {
    this.scope = scope
    this.name = name
  }

  setBudgets(budgets: readonly Budget[]): void {
    this.#budgets = budgets.map((budget) => ({ budget, clock: new BudgetClock(budget.window, budget.timeZone) }))
    this.#limits = this.#budgets.filter(({ budget }) => !budget.soft)
    const grains = this.#budgets.map(({ clock }) => clock.at(0).grainSeconds)
    this.#fineGrains = [...new Set(grains)].filter((seconds) => seconds !== COARSE_GRAIN_SECONDS)
    this.#validUntilMs = 0
    this.refusal = undefined
  }

  get budgets(): readonly Budget[] {
    return this.#budgets.map(({ budget }) => budget)
  }

  /** The hard ones, in the order of `LeaseRequest.limits`. */
  get hardBudgets(): readonly Budget[] {
    return this.#limits.map(({ budget }) => budget)
  }

  get limited(): boolean {
    return this.#limits.length > 0
  }

  /** Grains in which this subject's spending is added up, beside the coarse one. */
  get fineGrains(): readonly number[] {
    return this.#fineGrains
  }

  /** What may be reserved. Below zero when more was charged than was held. */
  get slack(): number {
    return this.held - this.pending - this.reserved - this.releasing
  }

  /** A lease was taken in one set of periods and counts in no other. */
  fits(amount: number, wallMs: number): boolean {
    if (this.#limits.length === 0) return true
    return wallMs >= this.#validFromMs && wallMs < this.#validUntilMs && this.slack >= amount
  }

  reserve(amount: number, monotonicMs: number): void {
    this.reserved += amount
    this.dirty = true
    this.#usedAtMs = monotonicMs
  }

  unreserve(amount: number): void {
    this.reserved -= amount
    this.dirty = true
  }

  /** What the store is asked for, so that `amount` fits. */
  request(amount: number, wallMs: number): LeaseRequest {
    const need = nanoUsd(Math.max(1, amount - this.slack))
    const want = nanoUsd(Math.min(need + this.#requestsAhead * amount, Number.MAX_SAFE_INTEGER))
    return { scope: this.scope, name: this.name, need, want, limits: this.limitsAt(wallMs) }
  }

  limitsAt(wallMs: number): readonly LeaseLimit[] {
    return this.#limits.map(({ budget, clock }) => {
      const { grainSeconds, sinceMs, untilMs } = clock.at(wallMs)
      return { limit: budget.limit, grainSeconds, sinceMs, untilMs }
    })
  }

  granted({ need, want }: LeaseRequest, { granted }: LeaseGrant, wallMs: number, monotonicMs: number): void {
    const often = monotonicMs - this.#grantedAtMs < OFTEN_MS
    this.#requestsAhead = often ? Math.min(2 * this.#requestsAhead, MOST_AHEAD) : FEWEST_AHEAD
    this.#grantedAtMs = monotonicMs
    this.held += granted
    this.scarce = granted < want
    this.refusal = undefined
    if (granted < need) return
    const { fromMs, untilMs } = this.#samePeriods(wallMs)
    this.#validFromMs = fromMs
    this.#validUntilMs = untilMs
  }

  /** The instants for which the same spending counts, or less of it. */
  #samePeriods(wallMs: number): { readonly fromMs: number; readonly untilMs: number } {
    let fromMs = 0
    let untilMs = END_OF_TIME_MS
    for (const { budget, clock } of this.#limits) {
      const { sameFromMs, sameUntilMs } = clock.at(wallMs)
      fromMs = Math.max(fromMs, sameFromMs)
      // Time only takes spending out of a rolling window, unless it goes back.
      if (budget.window.kind !== 'rolling') untilMs = Math.min(untilMs, sameUntilMs)
    }
    return { fromMs, untilMs }
  }

  /** The store had too little. `own` is what this process holds itself. */
  refused({ limits }: LeaseRequest, grant: LeaseGrant, wallMs: number, monotonicMs: number): void {
    const rooms = limits.map(({ limit }, index) => limit - (grant.spent[index] ?? 0) - grant.leasedByOthers - this.held)
    this.scarce = true
    this.refusal = { grant, limits, remaining: Math.min(...rooms), atMs: monotonicMs, ...this.#samePeriods(wallMs) }
  }

  /** The last refusal, when it still answers for this amount. */
  refusalOf(amount: number, wallMs: number, monotonicMs: number): Refusal | undefined {
    const { refusal } = this
    if (refusal === undefined || wallMs < refusal.fromMs || wallMs >= refusal.untilMs) return undefined
    const ageMs = monotonicMs - refusal.atMs
    if (ageMs < 0 || ageMs > REFUSAL_BELIEVED_MS) return undefined
    return amount - this.slack > refusal.remaining ? refusal : undefined
  }

  /** What goes back to the store with the next batch. */
  surplus(wallMs: number, monotonicMs: number): number {
    const { slack } = this
    if (slack <= 0) return 0
    const keeps =
      this.#limits.length > 0 &&
      !this.scarce &&
      wallMs >= this.#validFromMs &&
      wallMs < this.#validUntilMs &&
      monotonicMs - this.#usedAtMs < IDLE_AFTER_MS &&
      monotonicMs - this.#grantedAtMs < KEPT_MS
    return keeps ? 0 : slack
  }

  /** A batch is written: `taken` has left the lease, `charged` of it was spent and `released` given back. */
  written(taken: number, charged: number, released: number): void {
    this.held -= taken
    this.pending -= charged
    this.releasing -= released
    this.refusal = undefined
    this.clearing = false
  }

  /** Whether a lease in the store would be one that nobody knows of, once `leaving` has left. */
  empties(leaving: number): boolean {
    return this.doubtful && this.asking === 0 && this.reserved === 0 && this.held - leaving <= 0
  }

  /** The store has no lease of this process any more. */
  lost(): void {
    this.held = 0
    this.releasing = 0
    this.doubtful = false
    this.clearing = false
    this.#validUntilMs = 0
  }

  windowAt(budget: Budget, wallMs: number): ReturnType<BudgetClock['at']> | undefined {
    return this.#budgets.find((one) => one.budget === budget)?.clock.at(wallMs)
  }
}
