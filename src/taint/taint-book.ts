// Owns what this process remembers of restricted conversations: in memory, kept in the store, shared by all processes.
import { randomBytes } from 'node:crypto'
import type { Clock } from '../domain/clock.ts'
import type { EffectiveClassification } from '../domain/data-classification.ts'
import type { Logger } from '../domain/logger.ts'
import { type TaintLevel, taintOfRank, taintRank } from '../domain/taint.ts'
import type { Task } from '../domain/task.ts'
import type { TaintMark, TaintStore } from '../ledger/taint-store.ts'
import { mintedIds } from '../policy/classify/minted-ids.ts'
import { namedIds } from '../policy/classify/named-ids.ts'
import { TaintKey } from './taint-key.ts'

export interface TaintBookOptions {
  readonly store: TaintStore
  readonly clock: Clock
  readonly logger: Logger
  /** From the last restricted request on. */
  readonly lifetimeMs: number
  /** Marks in memory at the most; beyond them the store is asked. Default 200,000, about 20 MB. */
  readonly maxMarks?: number
}

const DEFAULT_MAX_MARKS = 200_000
/** What other processes have written is here this much later, at the most. */
const REFRESH_MS = 250
const PAGE = 5_000
/** A mark that is used again is written again when its end has moved by this part of its life. */
const RENEWED_PARTS = 48
const MINUTE_MS = 60_000

/**
 * Asked for each request, at no cost while nothing is remembered. Marks are written in batches, at once after the
 * decision; a process that dies before takes the last ones with it.
 * @example await using book = await TaintBook.open({ store, clock, logger, lifetimeMs: 30 * 86_400_000 })
 */
export class TaintBook {
  readonly #options: TaintBookOptions
  readonly #key: TaintKey
  readonly #maxMarks: number
  /** By hash, the oldest first: minutes until it expires, times 8, plus the rank. */
  readonly #marks = new Map<string, number>()
  #unwritten = new Map<string, TaintMark>()
  #position = 0
  /** Some marks are in the store only. */
  #overflowed = false
  #writing: Promise<void> | undefined
  #refreshing: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined

  private constructor(options: TaintBookOptions, key: TaintKey) {
    this.#options = options
    this.#key = key
    this.#maxMarks = options.maxMarks ?? DEFAULT_MAX_MARKS
  }

  /** Loads what is remembered. @throws StoreUnavailable */
  static async open(options: TaintBookOptions): Promise<TaintBook> {
    const key = await options.store.key(randomBytes(32).toString('hex'))
    const book = new TaintBook(options, new TaintKey(key))
    await book.refresh()
    book.#timer = setInterval(() => void book.#keepUp(), REFRESH_MS).unref()
    return book
  }

  get size(): number {
    return this.#marks.size
  }

  /** The level of what the request belongs to, as far as this process has it in memory. */
  known(task: Task): TaintLevel | undefined {
    return this.#marks.size === 0 ? undefined : taintOfRank(this.#highest(this.#hashesOf(task)))
  }

  /** The same, and the store is asked when memory does not hold everything. A store that is away counts as a doubt. */
  of(task: Task): TaintLevel | undefined | Promise<TaintLevel | undefined> {
    if (this.#marks.size === 0 && !this.#overflowed) return undefined
    const hashes = this.#hashesOf(task)
    const rank = this.#highest(hashes)
    if (rank > 0 || !this.#overflowed || hashes.length === 0) return taintOfRank(rank)
    return this.#options.store.highest(hashes, Math.round(this.#nowMs())).then(taintOfRank, () => 'undecidable')
  }

  /** Marks the session of a restricted request, and its own id, of which surfaces make the ids of their answers. */
  restricted(task: Task, classification: EffectiveClassification): void {
    const rank = taintRank(classification)
    const { session } = task.hints
    if (session !== undefined) this.#mark([this.#key.session(task, session)], rank)
    this.#mark(this.#key.ids(task, [task.id]), rank)
  }

  /** Marks the ids in the answer to a restricted request. @param bytes a whole answer, or whole events of a stream. */
  answered(task: Task, classification: EffectiveClassification, bytes: Buffer): void {
    this.#mark(this.#key.ids(task, mintedIds(bytes)), taintRank(classification))
  }

  /** Reads what other processes have written. @throws StoreUnavailable */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#read().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  /** Resolves when everything marked before is written. @throws StoreUnavailable: it is tried again. */
  async flush(): Promise<void> {
    while (this.#unwritten.size > 0 || this.#writing) await (this.#writing ?? this.#write())
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#refreshing?.catch(() => {})
    await this.flush().catch(() => {
      this.#options.logger.error('taint_unwritten', { marks: this.#unwritten.size })
    })
  }

  #hashesOf(task: Task): string[] {
    const hashes = this.#key.ids(task, namedIds(task))
    const { session } = task.hints
    if (session !== undefined) hashes.push(this.#key.session(task, session))
    return hashes
  }

  #highest(hashes: readonly string[]): number {
    const nowMinutes = this.#nowMs() / MINUTE_MS
    let highest = 0
    for (const hash of hashes) {
      const kept = this.#marks.get(hash)
      if (kept !== undefined && kept >> 3 > nowMinutes) highest = Math.max(highest, kept & 7)
    }
    return highest
  }

  #mark(hashes: readonly string[], rank: number): void {
    if (rank === 0) return
    const { lifetimeMs } = this.#options
    const expiresAtMs = Math.ceil((this.#nowMs() + lifetimeMs) / MINUTE_MS) * MINUTE_MS
    for (const hash of hashes) {
      const before = this.#marks.get(hash)
      const isFresh = before !== undefined && (before >> 3) * MINUTE_MS > expiresAtMs - lifetimeMs / RENEWED_PARTS
      if (isFresh && (before & 7) >= rank) continue
      this.#keep({ hash, rank, expiresAtMs })
      this.#unwritten.set(hash, { hash, rank: Math.max(rank, this.#unwritten.get(hash)?.rank ?? 0), expiresAtMs })
    }
    if (!this.#writing) this.#writeSoon()
  }

  #writeSoon(): void {
    if (this.#unwritten.size > 0) setImmediate(() => void this.#write().catch(() => {}))
  }

  #keep({ hash, rank, expiresAtMs }: TaintMark): void {
    const before = this.#marks.get(hash) ?? 0
    const minutes = Math.max(before >> 3, Math.ceil(expiresAtMs / MINUTE_MS))
    this.#marks.delete(hash)
    this.#marks.set(hash, minutes * 8 + Math.max(before & 7, rank))
    if (this.#marks.size > this.#maxMarks) this.#forgetOldest()
  }

  /** What has expired leaves first; only when that is not enough does memory hold less than the store. */
  #forgetOldest(): void {
    const nowMinutes = this.#nowMs() / MINUTE_MS
    for (const [hash, kept] of this.#marks) if (kept >> 3 <= nowMinutes) this.#marks.delete(hash)
    const most = Math.floor(this.#maxMarks * 0.9)
    if (this.#marks.size <= most) return
    if (!this.#overflowed) this.#options.logger.warn('taint_in_store_only', { marks: this.#maxMarks })
    this.#overflowed = true
    for (const hash of this.#marks.keys()) {
      if (this.#marks.size <= most) return
      this.#marks.delete(hash)
    }
  }

  async #read(): Promise<void> {
    for (;;) {
      const { marks, position } = await this.#options.store.since(this.#position, PAGE)
      this.#position = position
      for (const mark of marks) this.#keep(mark)
      if (marks.length < PAGE) return
    }
  }

  #write(): Promise<void> {
    if (this.#writing) return this.#writing
    const marks = [...this.#unwritten.values()]
    if (marks.length === 0) return Promise.resolve()
    this.#unwritten = new Map()
    const writing = this.#options.store.put(marks, Math.round(this.#nowMs())).catch((error: unknown) => {
      for (const mark of marks) {
        const newer = this.#unwritten.get(mark.hash)
        if (!newer || newer.rank < mark.rank) this.#unwritten.set(mark.hash, mark)
      }
      throw error
    })
    this.#writing = writing
      .then(() => this.#writeSoon())
      .finally(() => {
        this.#writing = undefined
      })
    return this.#writing
  }

  /** A store that is away is told of by the ledger; the next turn tries again. */
  async #keepUp(): Promise<void> {
    await this.#write().catch(() => {})
    await this.refresh().catch(() => {})
  }

  #nowMs(): number {
    return this.#options.clock.wallMs()
  }
}
