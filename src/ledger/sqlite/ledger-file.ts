// Owns opening a ledger file: any number of processes may, and everything that is not a ledger is refused clearly.
import { closeSync, existsSync, mkdirSync, openSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { damaged, LedgerFileError, notALedger, openingError } from './ledger-file-error.ts'
import { isLedgerOrEmpty, migrate, SCHEMA_VERSION, schemaVersion } from './schema.ts'

/** Keeps everything in this process's memory. */
export const IN_MEMORY = ':memory:'

/** While a file is opened: how long to wait for another process that is making it. It blocks the event loop. */
const OPENING_WAIT_MS = 5000
/** Until who was turned away tries again, at the most. */
const TURNED_AWAY_WAIT_MS = 20

/**
 * Opens a ledger, creates it and its folder when there is none, and brings its tables up to date. A new file is
 * readable for its owner only. On a local disk: SQLite's locks need one.
 *
 * Commits wait for the disk at checkpoints only, unless `fsync` is asked for: nothing is lost when a process dies in any
 * way; after a power loss the file is consistent and may lack the last seconds.
 * @throws LedgerFileError when it is foreign, newer, damaged or cannot be opened.
 * @example const database = openLedgerFile('./aegis.db')
 */
export function openLedgerFile(givenPath: string, fsync = false): DatabaseSync {
  const deadline = performance.now() + OPENING_WAIT_MS
  for (;;) {
    try {
      return openOnce(givenPath, fsync)
    } catch (error) {
      const isBusy = error instanceof LedgerFileError && error.code === 'in_use'
      if (!isBusy || performance.now() > deadline) throw error
      // Of two that make the same file SQLite turns one away at once, since each would wait for the other.
      standStill(TURNED_AWAY_WAIT_MS * Math.random())
    }
  }
}

function openOnce(givenPath: string, fsync: boolean): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    const path = givenPath === IN_MEMORY ? IN_MEMORY : canonicalPath(givenPath)
    if (path !== IN_MEMORY) createPrivately(path)
    database = new DatabaseSync(path)
    database.exec(`PRAGMA busy_timeout = ${OPENING_WAIT_MS}`)
    refuseOthers(database, path)
    setUp(database, path, fsync)
    migrate(database)
    checkMoney(database, path)
    // From here on nothing waits in the database: the event loop has other things to do. See sqlite-store.ts.
    // Up to 32 MiB of pages are kept: a batch of usage touches a page of each name's index.
    database.exec('PRAGMA busy_timeout = 0; PRAGMA cache_size = -32768')
    return database
  } catch (error) {
    database?.close()
    throw openingError(givenPath, error)
  }
}

/**
 * Opens a ledger for reading, also while servers write it.
 * @throws LedgerFileError when there is none, or it is foreign, of another version, damaged or cannot be opened.
 */
export function openLedgerFileForReading(path: string): DatabaseSync {
  if (!existsSync(path)) {
    throw new LedgerFileError('not_found', path, 'does not exist. It is made when a server starts; check ledger.')
  }
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { readOnly: true })
    database.exec(`PRAGMA busy_timeout = ${OPENING_WAIT_MS}`)
    refuseOthers(database, path)
    if (schemaVersion(database) < SCHEMA_VERSION) {
      throw new LedgerFileError('other_schema', path, 'was written by an older version. Run: aegis migrate')
    }
    return database
  } catch (error) {
    database?.close()
    throw openingError(path, error)
  }
}

/** One name for one file, so that all who open it share its journals. */
export function canonicalPath(path: string): string {
  if (path === '' || path.startsWith(':')) {
    throw new LedgerFileError('cannot_open', path, 'is not a file name. For a ledger in memory set ledger to memory:')
  }
  if (existsSync(path)) {
    if (!statSync(path).isFile()) throw new LedgerFileError('cannot_open', path, 'is not a file. Set ledger to one.')
    return realpathSync(path)
  }
  mkdirSync(dirname(resolve(path)), { recursive: true })
  return join(realpathSync(dirname(resolve(path))), basename(path))
}

/** Opens nothing that exists: closing a descriptor of a file would undo SQLite's locks on it. */
function createPrivately(path: string): void {
  if (existsSync(path)) return
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function refuseOthers(database: DatabaseSync, path: string): void {
  if (!isLedgerOrEmpty(database)) throw notALedger(path)
  const version = schemaVersion(database)
  if (version <= SCHEMA_VERSION) return
  throw new LedgerFileError(
    'other_schema',
    path,
    `was written by a newer version (schema ${version}, this program knows ${SCHEMA_VERSION}). ` +
      'Run that version, or restore the backup from before the upgrade.',
  )
}

function setUp(database: DatabaseSync, path: string, fsync: boolean): void {
  database.exec('PRAGMA temp_store = MEMORY')
  if (path === IN_MEMORY) return
  const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode
  if (mode !== 'wal') throw new Error(`its disk does not support write-ahead logging (${mode})`)
  database.exec(`PRAGMA synchronous = ${fsync ? 'FULL' : 'NORMAL'}`)
  // A checkpoint waits for the disk: see checkpointer.ts. Should none come through, SQLite makes one at 256 MiB.
  database.exec('PRAGMA wal_autocheckpoint = 65536; PRAGMA journal_size_limit = 67108864')
}

/** The tables that budgets stand on, which are small; a check of the whole file would take too long at a start. */
function checkMoney(database: DatabaseSync, path: string): void {
  for (const table of ['spend', 'lease']) {
    const verdict = database.prepare(`PRAGMA quick_check(${table})`).get()?.quick_check
    if (verdict !== 'ok') throw damaged(path, `${table}: ${verdict}`)
  }
}

function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
