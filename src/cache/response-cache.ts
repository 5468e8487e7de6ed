// Owns answers that are given again: in memory, bounded by bytes and time, found by an HMAC of the request alone.
import { createHmac, createSecretKey, randomBytes } from 'node:crypto'
import type { Clock } from '../domain/clock.ts'
import type { AnswerCache, KeptAnswer } from '../domain/kept-answer.ts'

export interface ResponseCacheOptions {
  readonly clock: Clock
  readonly ttlMs: number
  readonly maxBytes: number
  /** Only requests that state that they want no chance. */
  readonly onlyDeterministic: boolean
}

interface Entry {
  readonly answer: KeptAnswer
  readonly bytes: number
  readonly untilMs: number
}

/** What an entry takes beside its answer: its key, its place, its objects. */
const ENTRY_BYTES = 512
/** No answer may push out more than this part of the others. */
const LARGEST_PART = 1 / 8

/**
 * Whoever was not asked for longest goes first. Nothing of a request is kept but its HMAC, under a key that is random and
 * never leaves the process, so that nobody can test a guess of a prompt against it.
 */
export class ResponseCache implements AnswerCache {
  readonly onlyDeterministic: boolean
  readonly maxAnswerBytes: number
  readonly #options: ResponseCacheOptions
  readonly #secret = createSecretKey(randomBytes(32))
  readonly #entries = new Map<string, Entry>()
  #bytes = 0

  constructor(options: ResponseCacheOptions) {
    this.#options = options
    this.onlyDeterministic = options.onlyDeterministic
    this.maxAnswerBytes = Math.floor(options.maxBytes * LARGEST_PART)
  }

  /** At most `maxBytes`. */
  get bytes(): number {
    return this.#bytes
  }

  /** The length of each part stands before it, so that no two lists of parts can pass for each other. */
  keyOf(parts: readonly string[], request: Buffer): string {
    const hmac = createHmac('sha256', this.#secret)
    for (const part of parts) hmac.update(`${Buffer.byteLength(part)} `).update(part)
    return hmac.update(request).digest('base64')
  }

  get(key: string): KeptAnswer | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#remove(key, entry)
    if (this.#options.clock.monotonicMs() >= entry.untilMs) return undefined
    this.#add(key, entry)
    return entry.answer
  }

  put(key: string, answer: KeptAnswer): void {
    const bytes = ENTRY_BYTES + sizeOf(answer)
    if (bytes > this.maxAnswerBytes) return
    const known = this.#entries.get(key)
    if (known) this.#remove(key, known)
    this.#add(key, { answer, bytes, untilMs: this.#options.clock.monotonicMs() + this.#options.ttlMs })
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#options.maxBytes) break
      this.#remove(oldest, entry)
    }
  }

  #add(key: string, entry: Entry): void {
    this.#entries.set(key, entry)
    this.#bytes += entry.bytes
  }

  #remove(key: string, entry: Entry): void {
    this.#entries.delete(key)
    this.#bytes -= entry.bytes
  }
}

function sizeOf(answer: KeptAnswer): number {
  if (answer.kind === 'completion') return answer.body.length
  return answer.events.reduce((sum, { bytes }) => sum + bytes.length + 64, 0)
}
