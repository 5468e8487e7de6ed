// Owns what this process knows of keys, users, their budgets and prices, and for how long it may believe that.
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../domain/clock.ts'
import { AegisError } from '../domain/errors.ts'
import type { AccessKind, AccessRecord, AccessStore } from '../ledger/access-store.ts'
import type { AccessValues, RunTimePrice, User, UserBudget, VirtualKey } from './access-types.ts'

/** A key and its secrets' hashes, ready to be compared. */
export interface KnownKey {
  readonly key: VirtualKey
  readonly secrets: readonly { readonly hash: Buffer; readonly untilMs: number | null }[]
}

/** One record that is to be written; undefined removes it. */
export type AccessEdit = {
  readonly [Kind in AccessKind]: {
    readonly kind: Kind
    readonly id: string
    readonly value: AccessValues[Kind] | undefined
  }
}[AccessKind]

/** Sees the newest records and says what becomes of them. */
export type Editing<Result> = () => { readonly edits: readonly AccessEdit[]; readonly result: Result }

export interface AccessDirectoryOptions {
  readonly store: AccessStore
  readonly clock: Clock
  /** Waits for so many milliseconds. */
  readonly wait?: (milliseconds: number) => Promise<void>
}

/** Clocks of two machines run this much apart at the most. */
const CLOCK_DRIFT = 1.1
const REFRESH_EVERY_MS = 1000

/**
 * A copy in memory of all records. Who must not go by an old one, such as who admits a key, calls `fresh` first: it asks
 * the store for the version of its records, each time or once in a while, as the store says. A change that withdraws
 * something waits until no process can believe what was before.
 * @example const waiting = directory.fresh(); if (waiting) await waiting; directory.keys.get(id)
 */
export class AccessDirectory {
  readonly keys = new Map<string, KnownKey>()
  readonly users = new Map<string, User>()
  readonly budgets = new Map<string, UserBudget>()
  /** By provider, then by model. */
  readonly prices = new Map<string, Map<string, RunTimePrice>>()
  readonly #options: AccessDirectoryOptions
  readonly #listeners: (() => void)[] = []
  #version = -1
  /** When the version was asked for that is known; monotonic. */
  #knownAtMs = Number.NEGATIVE_INFINITY
  #asking: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  private constructor(options: AccessDirectoryOptions) {
    this.#options = options
  }

  /** @param options.store an open one. @throws StoreUnavailable */
  static async open(options: AccessDirectoryOptions): Promise<AccessDirectory> {
    const directory = new AccessDirectory(options)
    await directory.#ask()
    directory.#refreshLater()
    return directory
  }

  /** Called now, and after each change, whoever made it. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener)
    listener()
  }

  /**
   * Undefined when what is in memory may be believed, else a promise that resolves when it may.
   * @throws AegisError `ledger_unavailable` when the store cannot be asked.
   */
  fresh(): Promise<void> | undefined {
    const { store, clock } = this.#options
    if (store.versionLastsMs === 0) {
      const version = store.version()
      return version === this.#version ? undefined : this.#ask(version)
    }
    const ageMs = clock.monotonicMs() - this.#knownAtMs
    // Asked ahead of time, so that under load nobody waits; what fails is met by who has to wait.
    if (ageMs > store.versionLastsMs / 2) this.#askOnce().catch(() => {})
    return ageMs <= store.versionLastsMs ? undefined : this.#wait()
  }

  /**
   * A key by its id. One that is not known may just have been made elsewhere, so the store is asked before it is refused.
   * @throws AegisError `ledger_unavailable` when the store cannot be asked.
   */
  findKey(id: string): KnownKey | undefined | Promise<KnownKey | undefined> {
    const waiting = this.fresh()
    if (waiting !== undefined) return waiting.then(() => this.keys.get(id) ?? this.#askForKey(id))
    return this.keys.get(id) ?? this.#askForKey(id)
  }

  #askForKey(id: string): undefined | Promise<KnownKey | undefined> {
    if (this.#options.store.versionLastsMs === 0) return undefined
    return this.ask().then(() => this.keys.get(id))
  }

  /** Asks in any case: for what another process may just have made. @throws AegisError `ledger_unavailable` */
  async ask(): Promise<void> {
    // One that is under way may have been answered before.
    await this.#asking?.catch(() => {})
    await this.#askOnce()
  }

  /**
   * Changes records, once: `edit` sees the newest ones, and is asked again when another process was faster.
   * @param edit may throw, and then nothing is changed.
   * @param withdraws something becomes less: resolves when no process goes by the old any more.
   * @throws StoreUnavailable
   */
  async change<Result>(edit: Editing<Result>, { withdraws }: { readonly withdraws: boolean }): Promise<Result> {
    const { store } = this.#options
    for (;;) {
      await this.#load()
      const { edits, result } = edit()
      if (edits.length === 0) return result
      const records = edits.map(
        ({ kind, id, value }): AccessRecord => ({ kind, id, value: value && JSON.stringify(value) }),
      )
      if (!(await store.change(this.#version, records))) continue
      await this.#load()
      const wait = this.#options.wait ?? delay
      if (withdraws && store.versionLastsMs > 0) await wait(store.versionLastsMs * CLOCK_DRIFT)
      return result
    }
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  /** Prices and budgets hold also where nobody presents a key. */
  #refreshLater(): void {
    this.#timer = setTimeout(() => {
      Promise.resolve(this.fresh())
        // The store is away: the ledger finds out and tells.
        .catch(() => {})
        .finally(() => {
          if (!this.#closed) this.#refreshLater()
        })
    }, REFRESH_EVERY_MS).unref()
  }

  async #wait(): Promise<void> {
    const { store, clock } = this.#options
    while (clock.monotonicMs() - this.#knownAtMs > store.versionLastsMs) await this.#askOnce()
  }

  #askOnce(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async #ask(asked?: number | Promise<number>): Promise<void> {
    try {
      const sentAtMs = this.#options.clock.monotonicMs()
      const version = await (asked ?? this.#options.store.version())
      if (version !== this.#version) await this.#load()
      this.#knownAtMs = Math.max(this.#knownAtMs, sentAtMs)
    } catch (error) {
      const message = 'Keys cannot be checked now: the ledger cannot be reached.'
      throw new AegisError('ledger_unavailable', message, { retryAfterSeconds: 1, cause: error })
    }
  }

  async #load(): Promise<void> {
    const { version, records } = await this.#options.store.changesAfter(this.#version)
    // Another load may have been answered first, with as much or more.
    if (version <= this.#version) return
    for (const record of records) this.#apply(record)
    this.#version = version
    for (const listener of this.#listeners) listener()
  }

  #apply({ kind, id, value }: AccessRecord): void {
    const known: unknown = value === undefined ? undefined : JSON.parse(value)
    switch (kind) {
      case 'key':
        put(this.keys, id, known === undefined ? undefined : knownKey(known as VirtualKey))
        break
      case 'user':
        put(this.users, id, known as User | undefined)
        break
      case 'budget':
        put(this.budgets, id, known as UserBudget | undefined)
        break
      case 'price':
        this.#putPrice(id, known as RunTimePrice | undefined)
        break
    }
  }

  /** The id is `provider:model`, and a provider's name has no colon. */
  #putPrice(id: string, price: RunTimePrice | undefined): void {
    const colon = id.indexOf(':')
    const provider = id.slice(0, colon)
    const models = this.prices.get(provider) ?? new Map<string, RunTimePrice>()
    put(models, id.slice(colon + 1), price)
    this.prices.set(provider, models)
  }
}

function put<Value>(map: Map<string, Value>, id: string, value: Value | undefined): void {
  if (value === undefined) map.delete(id)
  else map.set(id, value)
}

function knownKey(key: VirtualKey): KnownKey {
  const secrets = key.secrets.map(({ hash, untilMs }) => ({ hash: Buffer.from(hash, 'hex'), untilMs }))
  return { key, secrets }
}
