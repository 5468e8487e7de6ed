// Owns cancellation on the hot path: what an AbortSignal does, at a fraction of its cost per request.

export type CancelReason = 'client_closed' | 'deadline' | 'shutdown'

/** The reading half: I/O functions take it. */
export interface CancelSignal {
  readonly cancelled: CancelReason | undefined
  /** Calls `listener` once, at once when already cancelled. Returns the way to unsubscribe. */
  onCancel(listener: (reason: CancelReason) => void): () => void
}

/** The writing half, kept by whoever owns the request. */
export class Cancellation implements CancelSignal {
  #cancelled: CancelReason | undefined
  #listeners: ((reason: CancelReason) => void)[] = []

  get cancelled(): CancelReason | undefined {
    return this.#cancelled
  }

  onCancel(listener: (reason: CancelReason) => void): () => void {
    if (this.#cancelled !== undefined) {
      listener(this.#cancelled)
      return noSubscription
    }
    this.#listeners.push(listener)
    return () => {
      const index = this.#listeners.indexOf(listener)
      if (index >= 0) this.#listeners.splice(index, 1)
    }
  }

  /** The first reason stays; later calls do nothing. */
  cancel(reason: CancelReason): void {
    if (this.#cancelled !== undefined) return
    this.#cancelled = reason
    const listeners = this.#listeners
    this.#listeners = []
    for (const listener of listeners) listener(reason)
  }
}

function noSubscription(): void {}
