// Owns the verdict cache in memory: keyed by an HMAC under a key of this process, bounded, oldest out first.
import { createHmac, createSecretKey, randomBytes } from 'node:crypto'
import type { Verdict, VerdictCache } from '../policy/classify/verdict-cache.ts'

const DEFAULT_ENTRIES = 20_000

/** Nothing kept can be tested against a guess of the text: the key is random and never leaves the process. */
export class KeyedVerdictCache implements VerdictCache {
  readonly #key = createSecretKey(randomBytes(32))
  readonly #maxEntries: number
  readonly #verdicts = new Map<string, Verdict>()

  constructor(maxEntries = DEFAULT_ENTRIES) {
    this.#maxEntries = maxEntries
  }

  get size(): number {
    return this.#verdicts.size
  }

  get(text: string, label: string): Verdict | undefined {
    const key = this.#keyOf(text, label)
    const verdict = this.#verdicts.get(key)
    if (verdict === undefined) return undefined
    // To the end of the line: a conversation that goes on keeps its history.
    this.#verdicts.delete(key)
    this.#verdicts.set(key, verdict)
    return verdict
  }

  set(text: string, label: string, verdict: Verdict): void {
    this.#verdicts.set(this.#keyOf(text, label), verdict)
    if (this.#verdicts.size <= this.#maxEntries) return
    const oldest = this.#verdicts.keys().next()
    if (oldest.done !== true) this.#verdicts.delete(oldest.value)
  }

  /** The label's length stands first, so that no text can pass for another with its label. */
  #keyOf(text: string, label: string): string {
    return createHmac('sha256', this.#key).update(`${label.length} ${label}`).update(text, 'utf16le').digest('base64')
  }
}
