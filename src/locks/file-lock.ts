// Owns the promise that something on a disk belongs to one living process. The lock is the operating system's, so it ends
// with the process, however that ends: there is no stale lock to clean up and no process id to mistake for another.
import { rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** SQLite's result code for a lock that another holds. https://www.sqlite.org/rescode.html */
const BUSY = 5

/**
 * The locks of this process. A connection that nobody refers to is closed by the garbage collector, and its lock would
 * end with it while its owner still believes in it.
 */
const held = new Set<FileLock>()

/**
 * An exclusive SQLite transaction on an empty file of its own, held until release. SQLite locks files by fcntl
 * and LockFileEx, which the kernel undoes when a process dies; it also refuses a second holder in the same process.
 * Rejected: a process id with a start time, because two containers on one volume do not see each other's processes, so
 * that each takes the other's files for abandoned. Nothing here may open the file by other means: POSIX drops a
 * process's locks when it closes any descriptor of the file.
 */
export class FileLock {
  readonly #database: DatabaseSync
  readonly #path: string

  private constructor(database: DatabaseSync, path: string) {
    this.#database = database
    this.#path = path
  }

  /** Takes the lock, or answers undefined when another holds it. Does not wait. */
  static take(path: string): FileLock | undefined {
    const database = new DatabaseSync(path)
    try {
      database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
      const lock = new FileLock(database, path)
      held.add(lock)
      return lock
    } catch (error) {
      database.close()
      if (error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === BUSY) return undefined
      throw error
    }
  }

  /** Lets go. The file stays for who takes it next. */
  release(): void {
    held.delete(this)
    this.#database.close()
  }

  /** Lets go and removes the file, when nobody will ever take it again: who removes one that others take could let two in. */
  retire(): void {
    rmSync(this.#path, { force: true })
    this.release()
  }
}
