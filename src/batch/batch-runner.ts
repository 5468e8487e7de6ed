// Owns the work on batches: one at a time, several of its lines at once, and on from where a dead process stopped.
import { Cancellation } from '../domain/cancellation.ts'
import type { Logger } from '../domain/logger.ts'
import type { Timers } from '../domain/timers.ts'
import type { Batch, BatchLine, FileAbout, LineReply } from './batch-about.ts'
import type { BatchBook } from './batch-book.ts'
import { keepFailure, keepReply, writeFiles } from './batch-files.ts'
import { readLines } from './read-lines.ts'

/** A process that says nothing for this long has lost its batch. */
const HELD_MS = 15_000
const RENEW_MS = 4000
/** Batches that another process made are found by looking. */
const LOOK_MS = 5000

export interface BatchRunnerOptions {
  readonly book: BatchBook
  readonly timers: Timers
  readonly logger: Logger
  /** Unique for this process. */
  readonly owner: string
  /** Lines that are asked at once. */
  readonly concurrency: number
  /** Never rejects. Undefined when it was cancelled before there was an answer. */
  readonly answer: (batch: Batch, line: BatchLine, cancellation: Cancellation) => Promise<LineReply | undefined>
}

/** Why the work on a batch ended before its last line. */
type Halt = 'cancelled' | 'expired' | 'lost' | 'stopped' | 'no_input'

const noInput = { code: 'input_file_gone', line: null, message: 'The input file is no longer kept.', param: null }

export class BatchRunner {
  readonly #options: BatchRunnerOptions
  readonly #running = new Set<Cancellation>()
  #loop: Promise<void> | undefined
  #unsubscribe: () => void = () => {}
  #stopped = false
  #wake: () => void = () => {}
  /** Something changed since the queue was looked at. */
  #isNews = false
  /** Set while there is work: looks at its batch again. */
  #look: (id: string) => void = () => {}

  constructor(options: BatchRunnerOptions) {
    this.#options = options
  }

  start(): void {
    this.#unsubscribe = this.#options.book.onChange((id) => {
      this.#look(id)
      this.#isNews = true
      this.#wake()
    })
    this.#loop = this.#run()
  }

  /** What is being asked is cancelled and will be asked again by whoever goes on. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#unsubscribe()
    for (const cancellation of this.#running) cancellation.cancel('shutdown')
    this.#wake()
    await this.#loop
  }

  async #run(): Promise<void> {
    const { book, owner, logger } = this.#options
    while (!this.#stopped) {
      this.#isNews = false
      try {
        const { usedKeyName: keyName } = book.shelf
        const nowMs = book.clock.wallMs()
        const found = keyName && (await book.store.claimBatch(keyName, owner, nowMs, nowMs + HELD_MS))
        if (found) {
          await this.#work(book.open(found))
          continue
        }
      } catch (error) {
        logger.warn('batch_interrupted', { error: error instanceof Error ? error.name : 'unknown' })
      }
      await this.#rest()
    }
  }

  #rest(): Promise<void> {
    if (this.#stopped || this.#isNews) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    const stop = this.#options.timers.after(LOOK_MS, resolve)
    this.#wake = resolve
    return promise.finally(stop)
  }

  async #work(batch: Batch): Promise<void> {
    const { book, owner } = this.#options
    const { id } = batch
    const halt = batch.status === 'in_progress' ? await this.#answerLines(batch) : undefined
    if (halt === 'lost') return
    if (halt === 'stopped') {
      await book.store.releaseBatch(id, owner)
      return
    }
    const nowMs = book.clock.wallMs()
    if (halt === 'no_input') {
      await book.change(id, ['in_progress'], 'failed', { errors: [noInput], failedAtMs: nowMs })
      await book.store.releaseBatch(id, owner)
      return
    }
    if (halt === undefined && batch.status === 'in_progress')
      await book.change(id, ['in_progress'], 'finalizing', { finalizingAtMs: nowMs })
    const files = await writeFiles(book, batch)
    if (halt === 'expired') await book.change(id, ['in_progress'], 'expired', { ...files, expiredAtMs: nowMs })
    const endedAtMs = book.clock.wallMs()
    await book.change(id, ['finalizing'], 'completed', { ...files, completedAtMs: endedAtMs })
    await book.change(id, ['cancelling'], 'cancelled', { ...files, cancelledAtMs: endedAtMs })
    await book.store.releaseBatch(id, owner)
  }

  /** Undefined when every line has its answer. */
  async #answerLines(batch: Batch): Promise<Halt | undefined> {
    const { book, concurrency } = this.#options
    const todo = await this.#unanswered(batch)
    if (!todo) return 'no_input'
    const watch = this.#hold(batch)
    let next = 0
    const work = async () => {
      try {
        while (next < todo.length && watch.halt === undefined) await this.#answerLine(batch, todo[next++] as BatchLine)
      } catch (error) {
        next = todo.length
        throw error
      }
    }
    try {
      // All of them, also when one fails: nothing is asked after this has ended.
      const ended = await Promise.allSettled(Array.from({ length: Math.min(concurrency, todo.length) }, work))
      const failed = ended.find((one) => one.status === 'rejected')
      if (failed) throw failed.reason
      if (watch.halt === 'expired') {
        const over = { code: 'batch_expired', message: 'This request was not asked within the completion window.' }
        for (const line of (await this.#unanswered(batch)) ?? []) await keepFailure(book, batch, line, over)
      }
      return watch.halt
    } finally {
      watch.end()
    }
  }

  /** Undefined when its file is gone. */
  async #unanswered({ id, tenant, about }: Batch): Promise<readonly BatchLine[] | undefined> {
    const { shelf, store } = this.#options.book
    const file = await shelf.open<FileAbout>('file', about.inputFileId, tenant)
    if (!file) return undefined
    const { lines } = await readLines(file.content, about.endpoint)
    const answered = new Set((await store.batchItems(id)).map(({ line }) => line))
    return lines.filter(({ line }) => !answered.has(line))
  }

  async #answerLine(batch: Batch, line: BatchLine): Promise<void> {
    const cancellation = new Cancellation()
    this.#running.add(cancellation)
    try {
      const reply = await this.#options.answer(batch, line, cancellation)
      if (reply) await keepReply(this.#options.book, batch, line, reply)
    } finally {
      this.#running.delete(cancellation)
    }
  }

  /** Keeps the batch for this process, and sees why it must not go on. */
  #hold({ id, about }: Batch): { readonly halt: Halt | undefined; end(): void } {
    const { book, owner, timers } = this.#options
    const runner = this
    let seen: Halt | undefined
    let ended = false
    let stopTimer = () => {}
    const look = async () => {
      const nowMs = book.clock.wallMs()
      const status = await book.store.holdBatch(id, owner, nowMs + HELD_MS).catch(() => 'in_progress' as const)
      if (status === 'cancelling') seen ??= 'cancelled'
      else if (status !== 'in_progress') seen ??= 'lost'
    }
    const renew = () => {
      stopTimer = timers.after(RENEW_MS, () => {
        look().then(() => ended || renew())
      })
    }
    renew()
    this.#look = (changed) => {
      if (changed === id) look()
    }
    return {
      get halt() {
        if (runner.#stopped) return 'stopped'
        return seen ?? (book.clock.wallMs() >= about.expiresAtMs ? 'expired' : undefined)
      },
      end() {
        ended = true
        stopTimer()
        runner.#look = () => {}
      },
    }
  }
}
