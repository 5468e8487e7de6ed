// Owns the promise that one process writes a ledger file. The lock is the operating system's, so it ends with the
// process, however that ends: there is no stale lock to clean up and no process id to mistake for another.
import { DatabaseSync } from 'node:sqlite'
import { sqliteCode, sqliteCodes } from './sqlite-error.ts'

/**
 * The locks of this process. A connection that nobody refers to is closed by the garbage collector, and its lock would
 * end with it while the ledger's owner still believes in it.
 */
const held = new Set<WriterLock>()

/**
 * An exclusive SQLite transaction on an empty file beside the ledger, `<ledger>-lock`, held until release. SQLite
 * locks files by fcntl and LockFileEx, which the kernel undoes when a process dies; it also refuses a second holder
 * in the same process. Rejected: a row with process id, start time and boot id, because two containers on one volume
 * do not see each other's processes, so that each takes the other's lock for stale.
 *
 * The file stays, because removing it would race with the next holder. Nothing in this process may open it by other
 * means: POSIX drops a process's locks when it closes any descriptor of the file.
 */
export class WriterLock {
  readonly #database: DatabaseSync

  private constructor(database: DatabaseSync) {
    this.#database = database
  }

  /**
   * Takes the lock, or answers undefined when another holds it. Does not wait.
   * @example const lock = WriterLock.take('/var/lib/aegis/aegis.db')
   */
  static take(ledgerPath: string): WriterLock | undefined {
    const database = new DatabaseSync(`${ledgerPath}-lock`)
    try {
      database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
      const lock = new WriterLock(database)
      held.add(lock)
      return lock
    } catch (error) {
      database.close()
      if (sqliteCode(error) === sqliteCodes.busy) return undefined
      throw error
    }
  }

  release(): void {
    held.delete(this)
    this.#database.close()
  }
}
