// Owns a store that can be away, slow, or lose its answers, in front of a real one.
import { setTimeout as delay } from 'node:timers/promises'
import { type LedgerStore, StoreUnavailable } from '../store.ts'

/**
 * `away` refuses; `mute` does what it is asked and then says that it could not be reached, as a connection that breaks
 * before the answer.
 */
export type StoreMode = 'works' | 'away' | 'mute'

/**
 * @example
 * const faulty = new FaultyStore(new SqliteStore({ path }))
 * const ledger = await LeasedLedger.open({ ...setup, store: faulty.store })
 * faulty.mode = 'away'
 */
export class FaultyStore {
  readonly store: LedgerStore
  mode: StoreMode = 'works'
  /** Before each answer. */
  delayMs = 0

  constructor(real: LedgerStore) {
    this.store = new Proxy(real, {
      get: (_, name) => {
        const method = Reflect.get(real, name)
        if (typeof method !== 'function') return method
        const call = (...values: unknown[]) => Reflect.apply(method, real, values) as Promise<unknown>
        return name === 'close' ? call : (...values: unknown[]) => this.#ask(() => call(...values))
      },
    })
  }

  async #ask(call: () => Promise<unknown>): Promise<unknown> {
    if (this.delayMs > 0) await delay(this.delayMs)
    if (this.mode === 'away') throw new StoreUnavailable('away')
    const answer = await call()
    if (this.mode === 'mute') throw new StoreUnavailable('no answer came')
    return answer
  }
}
