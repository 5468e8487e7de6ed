// Owns how many requests a provider has at once, and the bounded queue of those that wait for a place.
import type { CancelSignal } from '../domain/cancellation.ts'
import type { Timers } from '../domain/timers.ts'

export interface SlotLimits {
  /** Requests that the provider has at once. */
  readonly maxConcurrent: number
  /** Requests that may wait for one of them to end; 0 is no queue. */
  readonly maxQueue: number
  readonly queueTimeoutMs: number
}

/** `left`: the request was cancelled while it waited. */
export type SlotResult = 'taken' | 'queue_full' | 'waited_too_long' | 'left'

type Waiter = (result: SlotResult) => void

/**
 * The places at one provider. First come, first served; whoever leaves the queue frees its place in it at once, and a
 * place that is given back goes to the next in the queue without ever being free in between.
 */
export class ProviderSlots {
  readonly #limits: SlotLimits
  readonly #timers: Timers
  #taken = 0
  /** In the order of arrival. */
  readonly #queue = new Set<Waiter>()

  constructor(limits: SlotLimits, timers: Timers) {
    this.#limits = limits
    this.#timers = timers
  }

  get taken(): number {
    return this.#taken
  }

  get waiting(): number {
    return this.#queue.size
  }

  /** Synchronous while there is a place. Whoever has taken one gives it back with `release`, once; see `HeldSlot`. */
  take(signal: CancelSignal): SlotResult | Promise<SlotResult> {
    if (this.#taken < this.#limits.maxConcurrent) {
      this.#taken += 1
      return 'taken'
    }
    if (signal.cancelled !== undefined) return 'left'
    if (this.#queue.size >= this.#limits.maxQueue) return 'queue_full'
    return this.#wait(signal)
  }

  release(): void {
    for (const next of this.#queue) {
      next('taken')
      return
    }
    this.#taken -= 1
  }

  #wait(signal: CancelSignal): Promise<SlotResult> {
    return new Promise((resolve) => {
      const end: Waiter = (result) => {
        this.#queue.delete(end)
        stop()
        unsubscribe()
        resolve(result)
      }
      this.#queue.add(end)
      const stop = this.#timers.after(this.#limits.queueTimeoutMs, () => end('waited_too_long'))
      const unsubscribe = signal.onCancel(() => end('left'))
    })
  }
}

/** A place that has been taken. However often it is released, it is given back once. */
export class HeldSlot {
  #slots: ProviderSlots | undefined

  constructor(slots: ProviderSlots) {
    this.#slots = slots
  }

  release(): void {
    const slots = this.#slots
    this.#slots = undefined
    slots?.release()
  }
}
