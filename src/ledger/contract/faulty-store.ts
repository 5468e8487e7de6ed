// Owns a store that can be away, slow, or lose its answers, in front of a real one.
import { setTimeout as delay } from 'node:timers/promises'
import { type LedgerStore, StoreUnavailable } from '../store.ts'

/**
 * `away` refuses; `mute` does what it is asked and then says that it could not be reached, as a connection that breaks
 * before the answer.
 */
export type StoreMode = 'works' | 'away' | 'mute'

/**
 * The ports that a store has as members fail as it does; it can be closed in any mode.
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
  readonly #ports = new WeakMap<object, object>()

  constructor(real: LedgerStore) {
    this.store = this.#inFrontOf(real, (name) => name === 'close')
  }

  #inFrontOf<Port extends object>(real: Port, isSpared: (name: string | symbol) => boolean): Port {
    return new Proxy(real, {
      get: (_, name) => {
        const member = Reflect.get(real, name)
        if (typeof member === 'object' && member !== null) return this.#port(member)
        if (typeof member !== 'function') return member
        const call = (...values: unknown[]) => Reflect.apply(member, real, values)
        return isSpared(name) ? call : (...values: unknown[]) => this.#ask(() => call(...values))
      },
    })
  }

  /** The same each time that it is asked for. */
  #port(real: object): object {
    const known = this.#ports.get(real)
    if (known) return known
    const port = this.#inFrontOf(real, () => false)
    this.#ports.set(real, port)
    return port
  }

  async #ask(call: () => unknown): Promise<unknown> {
    if (this.delayMs > 0) await delay(this.delayMs)
    if (this.mode === 'away') throw new StoreUnavailable('away')
    const answer = await call()
    if (this.mode === 'mute') throw new StoreUnavailable('no answer came')
    return answer
  }
}
