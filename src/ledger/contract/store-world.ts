// Owns the world in which the contract of the stores is tested: stores on the same data, and short words for what is asked.
import assert from 'node:assert/strict'
import { type NanoUsd, nanoUsd } from '../../domain/money.ts'
import type {
  CommitOutcome,
  LeaseChange,
  LeaseGrant,
  LeaseLimit,
  LeaseRequest,
  LedgerBatch,
  LedgerStore,
  SpendChange,
  SpendSpan,
  Subject,
  SubjectFigures,
} from '../store.ts'
import type { UsageEntry } from '../usage-row.ts'

/** New and empty data, and how to make a store on it. */
export interface StorePlace {
  /** Not opened yet. */
  readonly store: () => LedgerStore
  /** Whether several stores may be made on the same data, as several processes do. */
  readonly shared: boolean
}

export type MakeStore = () => StorePlace | Promise<StorePlace>

/** Noon of a day, in the middle of a slot of a quarter of an hour. */
export const NOW_MS = Date.parse('2026-11-23T12:07:30.123Z')
/** The quarter of an hour of `NOW_MS`. */
export const SLOT_MS = Date.parse('2026-11-23T12:00:00Z')

/** Everything that was ever spent. */
export const ALWAYS: SpendSpan = { grainSeconds: 900, sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER }
export const GLOBAL: Subject = { scope: 'global', name: '' }
export const OPENAI: Subject = { scope: 'provider', name: 'openai' }

/** What a batch may have; the rest is empty. */
export interface BatchParts {
  readonly leases?: readonly (Subject & { readonly taken: number; readonly reserved?: number })[]
  readonly spend?: readonly (Subject &
    Partial<Pick<SpendChange, 'slotMs' | 'grainSeconds'>> & { readonly amount: number; readonly unsettled?: number })[]
  readonly usage?: readonly UsageEntry[]
}

/** Closes its stores when it goes out of scope. */
export class StoreWorld {
  readonly store: LedgerStore
  readonly #place: StorePlace
  readonly #stores: LedgerStore[]
  readonly #batches = new Map<string, number>()

  private constructor(place: StorePlace, store: LedgerStore) {
    this.#place = place
    this.store = store
    this.#stores = [store]
  }

  /** With owners `a` and `b`, who have announced themselves. */
  static async open(makeStore: MakeStore): Promise<StoreWorld> {
    const place = await makeStore()
    const store = place.store()
    try {
      await store.open()
      const world = new StoreWorld(place, store)
      for (const owner of ['a', 'b']) await world.announce(owner)
      return world
    } catch (error) {
      await store.close()
      throw error
    }
  }

  /** A store that another process would have; the same one where there can be no other. */
  async another(): Promise<LedgerStore> {
    if (!this.#place.shared) return this.store
    const store = this.#place.store()
    this.#stores.push(store)
    await store.open()
    return store
  }

  announce(id: string, nowMs = NOW_MS): Promise<void> {
    return this.store.announce({ id, host: 'host.example', pid: 4711 }, nowMs)
  }

  /** A lease of exactly `amount`, or nothing. */
  async lease(owner: string, subject: Subject, amount: number, limit: number, nowMs = NOW_MS): Promise<LeaseGrant> {
    const request = leaseRequest(subject, { need: amount, want: amount, limits: [{ ...ALWAYS, limit }] })
    return only(await this.store.acquire(owner, [request], nowMs))
  }

  /** The owner's next batch. */
  commit(owner: string, parts: BatchParts, nowMs = NOW_MS): Promise<CommitOutcome> {
    return this.store.commit(owner, this.batch(owner, parts), nowMs)
  }

  retire(owner: string, parts: BatchParts = {}, nowMs = NOW_MS): Promise<CommitOutcome> {
    return this.store.retire(owner, this.batch(owner, parts), nowMs)
  }

  batch(owner: string, parts: BatchParts): LedgerBatch {
    const number = (this.#batches.get(owner) ?? 0) + 1
    this.#batches.set(owner, number)
    return batch(number, parts)
  }

  /** Of one subject, over all time; owners that were seen since `ownersSeenSinceMs` are alive. */
  async figures(subject: Subject, ownersSeenSinceMs = 0, span: SpendSpan = ALWAYS): Promise<SubjectFigures> {
    return only(await this.store.figures([{ ...subject, ...span }], ownersSeenSinceMs))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#stores) await store.close()
  }
}

export function leaseRequest(
  subject: Subject,
  wish: {
    readonly need: number
    readonly want: number
    readonly limits: readonly (SpendSpan & { readonly limit: number })[]
  },
): LeaseRequest {
  const limits = wish.limits.map((limit): LeaseLimit => ({ ...limit, limit: nanoUsd(limit.limit) }))
  return { ...subject, need: nanoUsd(wish.need), want: nanoUsd(wish.want), limits }
}

export function batch(number: number, { leases = [], spend = [], usage = [] }: BatchParts): LedgerBatch {
  return {
    number,
    leases: leases.map(
      ({ taken, reserved = 0, ...subject }): LeaseChange => ({
        ...subject,
        taken: nanoUsd(taken),
        reserved: nanoUsd(reserved),
      }),
    ),
    spend: spend.map(
      ({ grainSeconds = 900, slotMs = SLOT_MS, amount, unsettled = 0, ...subject }): SpendChange => ({
        ...subject,
        grainSeconds,
        slotMs,
        amount: nanoUsd(amount),
        unsettled: nanoUsd(unsettled),
      }),
    ),
    usage,
  }
}

/** Figures in one line: what is not named is zero. */
export function figures(named: Partial<Record<keyof SubjectFigures, number>>): SubjectFigures {
  const zero = 0 as NanoUsd
  return {
    spent: zero,
    unsettled: zero,
    leased: zero,
    reserved: zero,
    lost: zero,
    ...(named as Partial<SubjectFigures>),
  }
}

export function only<Item>(items: readonly Item[]): Item {
  const [item] = items
  assert.ok(item !== undefined && items.length === 1, `${items.length} instead of one`)
  return item
}
