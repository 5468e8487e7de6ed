// Owns transactions on a node:sqlite connection: all of it is written, or none.
import type { DatabaseSync } from 'node:sqlite'

/**
 * Runs `work` as one write. An error takes everything back and is thrown on.
 * @example inTransaction(database, () => statements.forEach((statement) => statement.run()))
 */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    // After some errors, such as a full disk, SQLite has rolled back already.
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

/** Several queries see one state of the file, though others go on writing. */
export function inSnapshot<Result>(database: DatabaseSync, read: () => Result): Result {
  database.exec('BEGIN')
  try {
    return read()
  } finally {
    if (database.isTransaction) database.exec('COMMIT')
  }
}
