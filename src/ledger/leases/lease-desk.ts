// Owns the asking: an attempt that no lease of this process has room for waits here while the store is asked.

import type { BudgetExceeded } from '../../domain/budget.ts'
import type { Clock } from '../../domain/clock.ts'
import { type LeaseOwner, type LeaseRequest, type LedgerStore, UnknownOwner } from '../store.ts'
import { exceeded } from './exceeded.ts'
import type { LedgerWriter } from './ledger-writer.ts'
import type { SubjectAccount } from './subject-account.ts'

/** How long an attempt waits for a slow store before it is told that the ledger is unavailable. */
const ASK_TIMEOUT_MS = 1000
/** Other processes give back what they do not use within this time, when little is left or they are idle. */
const PATIENCE_MS = 60
const PATIENCE_TRIES = 6

/** `atMs`: the instant for which the money was taken, wall time. It may be charged to the periods of that one only. */
export interface TakenAt {
  readonly outcome: 'taken'
  readonly atMs: number
}

export type Taken = TakenAt | 'unavailable' | BudgetExceeded

interface Waiter {
  readonly accounts: readonly SubjectAccount[]
  readonly amount: number
  tries: number
  done: boolean
  readonly resolve: (taken: Taken) => void
}

export interface LeaseDeskOptions {
  readonly store: LedgerStore
  readonly owner: Pick<LeaseOwner, 'id' | 'host' | 'pid'>
  readonly writer: LedgerWriter
  readonly clock: Clock
  /** The store does not know this process. */
  readonly onUnknown: () => void
}

/**
 * Attempts are served in the order in which they came, one question at a time; what the first one brings home is enough
 * for several.
 * @example const taken = await desk.take(accounts, amount)
 */
export class LeaseDesk {
  readonly #options: LeaseDeskOptions
  #queue: Waiter[] = []
  #running = false
  /** Somebody has given up waiting for the question that is being asked. */
  #late = false

  constructor(options: LeaseDeskOptions) {
    this.#options = options
  }

  get busy(): boolean {
    return this.#queue.length > 0
  }

  /** The store has not answered for so long that waiting for it is of no use. */
  get stuck(): boolean {
    return this.#running && this.#late
  }

  /** Reserves `amount` of every account, or says why not. */
  take(accounts: readonly SubjectAccount[], amount: number): Promise<Taken> {
    return new Promise((resolve) => {
      for (const account of accounts) account.asking += 1
      const timer = setTimeout(() => {
        this.#late = true
        finish('unavailable')
      }, ASK_TIMEOUT_MS)
      const waiter: Waiter = { accounts, amount, tries: 0, done: false, resolve: (taken) => finish(taken) }
      const finish = (taken: Taken) => {
        if (waiter.done) return
        waiter.done = true
        clearTimeout(timer)
        for (const account of accounts) account.asking -= 1
        resolve(taken)
      }
      this.#queue.push(waiter)
      void this.#run()
    })
  }

  async #run(): Promise<void> {
    if (this.#running) return
    this.#running = true
    try {
      for (let waiter = this.#queue[0]; waiter; waiter = this.#queue[0]) {
        if (!waiter.done) await this.#serve(waiter)
        this.#late = false
        this.#queue.shift()
      }
    } finally {
      this.#running = false
    }
  }

  async #serve(waiter: Waiter): Promise<void> {
    try {
      const taken = await this.#ask(waiter)
      if (taken !== undefined) waiter.resolve(taken)
    } catch (error) {
      if (error instanceof UnknownOwner) this.#options.onUnknown()
      else this.#options.writer.unanswered(error)
      waiter.resolve('unavailable')
    }
  }

  /** Undefined when the waiter has its answer, or will be asked for again in a moment. */
  async #ask(waiter: Waiter): Promise<Taken | undefined> {
    const { store, owner, writer, clock } = this.#options
    const { accounts, amount } = waiter
    const limited = accounts.filter((account) => account.limited)
    if (this.#reserve(waiter)) return undefined
    // What this process owes the store must not count against it, and what belongs to another period goes back first.
    if (!writer.healthy || writer.owes(limited, clock.wallMs(), clock.monotonicMs())) {
      if (!(await writer.flush())) return 'unavailable'
      if (waiter.done || this.#reserve(waiter)) return undefined
    }
    const wallMs = clock.wallMs()
    const lacking = limited.filter((account) => !account.fits(amount, wallMs))
    const known = lacking.find((account) => account.refusalOf(amount, wallMs, clock.monotonicMs()))
    if (known && waiter.tries === 0) return exceeded(lacking, amount, wallMs)
    if (lacking.length === 0) {
      await store.announce(owner, Math.round(wallMs))
      writer.answered()
      return this.#reserve(waiter) ? undefined : 'unavailable'
    }
    const requests = lacking.map((account) => account.request(amount, wallMs))
    const grants = await this.#acquire(lacking, requests, wallMs)
    writer.answered()
    let refused = false
    let othersMayReturn = true
    for (const [index, account] of lacking.entries()) {
      const request = requests[index]
      const grant = grants[index]
      if (request === undefined || grant === undefined) continue
      if (grant.granted > 0) {
        account.granted(request, grant, wallMs, clock.monotonicMs())
        continue
      }
      account.refused(request, grant, wallMs, clock.monotonicMs())
      const { remaining } = account.refusal ?? { remaining: 0 }
      if (remaining >= request.need) continue
      refused = true
      othersMayReturn &&= remaining + grant.leasedByOthers - grant.reservedByOthers >= request.need
    }
    writer.touched()
    if (!refused) return this.#reserve(waiter) ? undefined : this.#again(waiter)
    if (othersMayReturn && waiter.tries < PATIENCE_TRIES) return this.#again(waiter)
    return exceeded(lacking, amount, wallMs)
  }

  async #acquire(accounts: readonly SubjectAccount[], requests: readonly LeaseRequest[], wallMs: number) {
    const { store, owner } = this.#options
    for (const account of accounts) account.asking += 1
    try {
      return await store.acquire(owner.id, requests, Math.round(wallMs))
    } catch (error) {
      for (const account of accounts) account.doubtful = true
      throw error
    } finally {
      for (const account of accounts) account.asking -= 1
    }
  }

  #again(waiter: Waiter): undefined {
    waiter.tries += 1
    setTimeout(() => {
      if (waiter.done) return
      this.#queue.push(waiter)
      void this.#run()
    }, PATIENCE_MS)
  }

  /** All of them or none. A waiter that has given up takes nothing. */
  #reserve(waiter: Waiter): boolean {
    if (waiter.done) return false
    const { clock, writer } = this.#options
    const wallMs = clock.wallMs()
    if (!writer.healthy || clock.monotonicMs() - writer.contactMs > LEASE_LASTS_MS) return false
    if (!waiter.accounts.every((account) => account.fits(waiter.amount, wallMs))) return false
    for (const account of waiter.accounts) account.reserve(waiter.amount, clock.monotonicMs())
    waiter.resolve({ outcome: 'taken', atMs: wallMs })
    return true
  }
}

/** A lease may be used for so long after the store was last heard. */
export const LEASE_LASTS_MS = 10_000
