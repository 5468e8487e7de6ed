// Owns when a ledger file takes over what its write-ahead log holds. That waits for the disk, so a thread of its own does it.
import { statSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

/** A log that is larger is taken over. A thread takes tens of milliseconds to begin, so not every moment. */
const LARGE_LOG_BYTES = 64 * 1024 * 1024
/** How often the log is looked at, in commits: a look is a system call. */
const LOOK_EVERY = 32

/**
 * The whole program of the thread: it needs nothing of ours, and so there is one text for source and package. Others may
 * write meanwhile: what they are still using stays in the log until the next time.
 */
const program = `
  const { DatabaseSync } = require('node:sqlite')
  const { workerData } = require('node:worker_threads')
  const database = new DatabaseSync(workerData)
  database.exec('PRAGMA busy_timeout = 1000')
  database.prepare('PRAGMA wal_checkpoint(PASSIVE)').all()
  database.close()`

/** @example const checkpointer = new Checkpointer('/var/lib/aegis/aegis.db') */
export class Checkpointer {
  readonly #path: string
  #commits = 0
  #running: Promise<void> | undefined

  constructor(path: string) {
    this.#path = path
  }

  /** Never throws: a log that is not taken over now is tried again. */
  committed(): void {
    this.#commits += 1
    if (this.#commits % LOOK_EVERY !== 0 || this.#running) return
    const log = statSync(`${this.#path}-wal`, { throwIfNoEntry: false })
    if (log !== undefined && log.size > LARGE_LOG_BYTES) this.#start()
  }

  async close(): Promise<void> {
    await this.#running
  }

  #start(): void {
    this.#running = new Promise((resolve) => {
      const worker = new Worker(program, { eval: true, workerData: this.#path, env: {}, execArgv: [] })
      // Without the disk the next write says so; here there is nobody to tell.
      worker.on('error', () => {})
      worker.on('exit', () => {
        this.#running = undefined
        resolve()
      })
      worker.unref()
    })
  }
}
