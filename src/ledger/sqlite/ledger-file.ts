// Owns opening a ledger file: one writer, any number of readers, and a clear refusal of everything else.
import { closeSync, existsSync, mkdirSync, openSync, realpathSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { damaged, LedgerFileError, notALedger, openingError } from './ledger-file-error.ts'
import { isLedgerOrEmpty, migrate, SCHEMA_VERSION, schemaVersion } from './schema.ts'
import { WriterLock } from './writer-lock.ts'

/** How long a write waits for another program's lock before the disk counts as failing. It blocks the event loop. */
export const LOCK_WAIT_MS = 1000

/**
 * When a commit waits for the disk.
 *
 * `normal`: at checkpoints only. Nothing is lost when the process dies in any way, `kill -9` included; when the
 * machine loses power, the commits since the last checkpoint may be lost, the file stays consistent.
 *
 * `full`: at every commit, so a power loss loses nothing either, at the price of one disk flush a paid attempt.
 */
export type Synchronous = 'normal' | 'full'

export interface WritableLedgerFile {
  readonly database: DatabaseSync
  close(): void
}

/**
 * Opens the file for its one writer, creates it and its folder when there is none, and brings its tables up to date.
 * A new file is readable for its owner only.
 * @throws LedgerFileError when it is in use, foreign, newer, damaged or cannot be opened.
 * @example const file = openForWriting('./aegis.db', 'normal', clock.wallMs())
 */
export function openForWriting(givenPath: string, synchronous: Synchronous, nowMs: number): WritableLedgerFile {
  let lock: WriterLock | undefined
  let database: DatabaseSync | undefined
  try {
    const path = canonicalPath(givenPath)
    lock = WriterLock.take(path)
    if (lock === undefined) throw inUse(path)
    createPrivately(path)
    database = new DatabaseSync(path)
    database.exec(`PRAGMA busy_timeout = ${LOCK_WAIT_MS}`)
    refuseOthers(database, path)
    setUp(database, synchronous)
    migrate(database)
    checkMoney(database, path)
    database
      .prepare('INSERT OR REPLACE INTO owner (id, pid, host, since_ms, probes) VALUES (1, ?, ?, ?, 0)')
      .run(process.pid, hostname(), nowMs)
    const opened = { database, lock }
    return {
      database,
      close() {
        try {
          opened.database.close()
        } finally {
          opened.lock.release()
        }
      },
    }
  } catch (error) {
    database?.close()
    lock?.release()
    throw openingError(givenPath, error)
  }
}

/**
 * Opens the file for reading, also while a server writes it.
 * @throws LedgerFileError when there is none, or it is foreign, of another version, damaged or cannot be opened.
 * @example const database = openForReading('./aegis.db')
 */
export function openForReading(path: string): DatabaseSync {
  if (!existsSync(path)) {
    throw new LedgerFileError('not_found', path, 'does not exist. It is made when a server starts; check ledger.path.')
  }
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { readOnly: true })
    database.exec(`PRAGMA busy_timeout = ${LOCK_WAIT_MS}`)
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

/** One name for one file, so that a symbolic link cannot lead to a second lock. */
function canonicalPath(path: string): string {
  if (path === '' || path.startsWith(':')) {
    throw new LedgerFileError('cannot_open', path, 'is not a file name. For a ledger in memory set ledger to memory.')
  }
  if (existsSync(path)) {
    if (!statSync(path).isFile())
      throw new LedgerFileError('cannot_open', path, 'is not a file. Set ledger.path to one.')
    return realpathSync(path)
  }
  mkdirSync(dirname(resolve(path)), { recursive: true })
  return join(realpathSync(dirname(resolve(path))), basename(path))
}

/** Opens nothing that exists: closing a descriptor of a file would undo SQLite's locks on it. */
function createPrivately(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, 'wx', 0o600))
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

/** Checkpoints are made when the store writes a batch, never inside a reservation. */
function setUp(database: DatabaseSync, synchronous: Synchronous): void {
  const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode
  if (mode !== 'wal') throw new Error(`its disk does not support write-ahead logging (${mode})`)
  database.exec(`PRAGMA synchronous = ${synchronous === 'full' ? 'FULL' : 'NORMAL'}`)
  database.exec('PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY')
}

/** The tables that budgets stand on, which are small; a check of the whole file would take too long at a start. */
function checkMoney(database: DatabaseSync, path: string): void {
  for (const table of ['spend', 'reservation']) {
    const verdict = database.prepare(`PRAGMA quick_check(${table})`).get()?.quick_check
    if (verdict !== 'ok') throw damaged(path, `${table}: ${verdict}`)
  }
}

function inUse(path: string): LedgerFileError {
  return new LedgerFileError(
    'in_use',
    path,
    `is in use by ${ownerOf(path)}. Stop that one first, or give this one a file of its own (ledger.path). ` +
      'Reading is possible at any time: aegis usage, aegis budget list.',
  )
}

function ownerOf(path: string): string {
  let database: DatabaseSync | undefined
  try {
    database = openForReading(path)
    const owner = database.prepare('SELECT pid, host, since_ms FROM owner').get()
    if (owner === undefined) return 'another process'
    return `process ${owner.pid} on ${owner.host} since ${new Date(Number(owner.since_ms)).toISOString()}`
  } catch {
    return 'another process'
  } finally {
    database?.close()
  }
}
