// Owns the promise that one process at a time writes a chain. The lock is the operating system's and ends with the process.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** SQLite's result code for a lock that another holds. https://www.sqlite.org/rescode.html */
const BUSY = 5

/** A connection that nobody refers to would be closed by the garbage collector, and its lock with it. */
const held = new Set<ChainLock>()

/**
 * An exclusive transaction on an empty file, as the journals of the ledger have it. Its file stays: the next process takes
 * the same one, and who removed it could let two in.
 */
export class ChainLock {
  readonly #database: DatabaseSync

  private constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** Takes the lock of a chain, or answers undefined when another process has it. Does not wait. */
  static take(folder: string, chain: number): ChainLock | undefined {
    const database = new DatabaseSync(join(folder, `chain-${chain}.lock`))
    try {
      database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
      const lock = new ChainLock(database)
      held.add(lock)
      return lock
    } catch (error) {
      database.close()
      if (error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === BUSY) return undefined
      throw error
    }
  }

  release(): void {
    held.delete(this)
    this.#database.close()
  }
}
