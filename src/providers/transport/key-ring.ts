// Owns the turn of several keys of one provider: round robin, past those that must rest and those that were refused.

/** What has become of the keys after a reply. */
export interface KeysState {
  /** Another key may be used at once. */
  readonly anotherReady: boolean
  /** Whole seconds until the first of them may be; undefined when all were refused, or when one is ready. */
  readonly readyInSeconds: number | undefined
}

export interface KeyRingOptions {
  /** The header that carries the key, and its values. */
  readonly header: string
  readonly values: readonly string[]
  /** Monotonic milliseconds. */
  readonly nowMs: () => number
  /** The provider does not accept a key any more, by its place from 1. It is not used again by this process. */
  readonly onRefused: (place: number) => void
}

/** How long a key rests after a 429 that does not say. */
const REST_SECONDS = 10

export class KeyRing {
  readonly header: string
  readonly values: readonly string[]
  readonly #nowMs: () => number
  readonly #onRefused: (place: number) => void
  /** Monotonic milliseconds; infinite for a key that was refused. */
  readonly #restsUntilMs: number[]
  #last = -1

  constructor({ header, values, nowMs, onRefused }: KeyRingOptions) {
    this.header = header
    this.values = values
    this.#nowMs = nowMs
    this.#onRefused = onRefused
    this.#restsUntilMs = values.map(() => 0)
  }

  /** The index of the key whose turn it is; undefined when none may be used now. */
  choose(): number | undefined {
    const nowMs = this.#nowMs()
    const { length } = this.values
    for (let step = 1; step <= length; step += 1) {
      const index = (this.#last + step) % length
      if ((this.#restsUntilMs[index] ?? 0) <= nowMs) {
        this.#last = index
        return index
      }
    }
    return undefined
  }

  /** Of a reply to a request with that key: 401 ends its use, 429 lets it rest for as long as the provider says. */
  told(index: number, status: number, retryAfterSeconds: number | undefined): KeysState | undefined {
    if (status !== 401 && status !== 429) return undefined
    const before = this.#restsUntilMs[index] ?? 0
    const restMs = status === 401 ? Number.POSITIVE_INFINITY : (retryAfterSeconds ?? REST_SECONDS) * 1000
    this.#restsUntilMs[index] = Math.max(before, this.#nowMs() + restMs)
    if (status === 401 && before !== Number.POSITIVE_INFINITY) this.#onRefused(index + 1)
    return this.state()
  }

  state(): KeysState {
    const waitMs = Math.min(...this.#restsUntilMs) - this.#nowMs()
    if (waitMs <= 0) return { anotherReady: true, readyInSeconds: undefined }
    return { anotherReady: false, readyInSeconds: Number.isFinite(waitMs) ? Math.ceil(waitMs / 1000) : undefined }
  }
}
