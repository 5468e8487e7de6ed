// Owns how many refusals of one key are written down: enough to see what is refused, too few to fill a ledger.

const MINUTE_MS = 60_000

/** Rows of one key in one minute, in each process. */
export const MOST_REFUSALS_A_MINUTE = 20

/** Knows the keys of the current minute only, and only keys that exist are asked about, so it stays small. */
export class RefusalCap {
  #minute = -1
  readonly #counts = new Map<string, number>()

  /** Whether one more refusal of this key is to be written down. */
  takes(keyId: string, wallMs: number): boolean {
    const minute = Math.floor(wallMs / MINUTE_MS)
    if (minute !== this.#minute) {
      this.#minute = minute
      this.#counts.clear()
    }
    const count = this.#counts.get(keyId) ?? 0
    if (count >= MOST_REFUSALS_A_MINUTE) return false
    this.#counts.set(keyId, count + 1)
    return true
  }
}
