import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { canonicalPath, IN_MEMORY, openLedgerFile, openLedgerFileForReading } from './ledger-file.ts'
import type { LedgerFileErrorCode } from './ledger-file-error.ts'
import { isLedgerOrEmpty, migrate, SCHEMA_VERSION } from './schema.ts'

const folder = mkdtempSync(join(tmpdir(), 'aegis-ledger-'))
after(() => rmSync(folder, { recursive: true }))
let files = 0

function newPath(): string {
  files += 1
  return join(folder, `${files}.db`)
}

function refused(code: LedgerFileErrorCode, path: string, message: RegExp) {
  return (error: Error & { code?: string; path?: string }) => {
    assert.equal(error.name, 'LedgerFileError')
    assert.equal(error.code, code)
    assert.ok(error.message.includes(path), error.message)
    assert.match(error.message, message)
    return true
  }
}

const bothWays = [openLedgerFile, openLedgerFileForReading]

describe('a ledger file', () => {
  test('a new file and its folder are made, readable for the owner only', () => {
    const path = join(folder, 'deep', 'er', 'aegis.db')
    const database = openLedgerFile(path)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.equal(statSync(`${path}-wal`).mode & 0o777, 0o600)
    database.close()
  })

  test('several may be open for writing and reading at once', () => {
    const path = newPath()
    const open = [openLedgerFile(path), openLedgerFile(path), openLedgerFileForReading(path)]
    open[0]?.exec("INSERT INTO owner VALUES ('a', '', 1, 0, 0)")
    for (const database of open) assert.equal(database.prepare('SELECT count(*) AS n FROM owner').get()?.n, 1)
    for (const database of open) database.close()
  })

  test('that another process makes while it is looked at is not taken for a foreign one', () => {
    const path = newPath()
    const other = new DatabaseSync(path)
    const looking = new DatabaseSync(path)
    const prepare = looking.prepare.bind(looking)
    looking.prepare = (sql) => {
      // Between two looks; it is refused where the looks are one.
      const statement = prepare(sql)
      const get = statement.get.bind(statement)
      statement.get = () => {
        const found = get()
        try {
          migrate(other)
        } catch {}
        return found
      }
      return statement
    }
    assert.equal(isLedgerOrEmpty(looking), true)
    looking.close()
    migrate(other)
    other.close()
    openLedgerFile(path).close()
  })

  test('that another process has just begun to make is waited for', async () => {
    const path = newPath()
    // It holds the lock that SQLite, of two that make one file, turns the second away for at once.
    const program = `
      const { DatabaseSync } = require('node:sqlite')
      const { parentPort, workerData } = require('node:worker_threads')
      const database = new DatabaseSync(workerData)
      database.exec('BEGIN IMMEDIATE')
      parentPort.postMessage('begun')
      setTimeout(() => database.close(), 100)`
    const other = new Worker(program, { eval: true, workerData: path })
    await once(other, 'message')
    openLedgerFile(path).close()
    await once(other, 'exit')
  })

  test('a symbolic link to the file is the file', () => {
    const path = newPath()
    const link = newPath()
    openLedgerFile(path).close()
    symlinkSync(path, link)
    assert.equal(canonicalPath(link), canonicalPath(path))
    const database = openLedgerFile(link)
    database.exec("INSERT INTO owner VALUES ('a', '', 1, 0, 0)")
    assert.equal(existsSync(`${link}-wal`), false)
    assert.equal(existsSync(`${path}-wal`), true)
    database.close()
  })

  test('of an older version is brought up to date, keeps what it has, and is the same as a new one', () => {
    const tablesOf = (database: DatabaseSync) =>
      database.prepare('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name').all()
    const path = newPath()
    const old = openLedgerFile(path)
    const wanted = tablesOf(old)
    const added = [
      'access_state',
      'access_record',
      'limit_slice',
      'content',
      'batch_item',
      'batch',
      'rollout',
      'rollout_step',
    ]
    added.push('rollout_count', 'decision_batch', 'taint', 'taint_state', 'door')
    old.exec("INSERT INTO owner VALUES ('a', '', 1, 0, 0)")
    for (const table of added) old.exec(`DROP TABLE ${table}`)
    old.exec('DROP INDEX spend_fine')
    old.exec('ALTER TABLE usage DROP COLUMN endpoint')
    old.exec('PRAGMA user_version = 2')
    old.close()
    assert.throws(() => openLedgerFileForReading(path), refused('other_schema', path, /Run: aegis migrate/))
    const database = openLedgerFile(path)
    assert.deepEqual(tablesOf(database), wanted)
    assert.equal(database.prepare('SELECT count(*) AS n FROM owner').get()?.n, 1)
    database.close()
  })

  test('who reads a file cannot write it', () => {
    const path = newPath()
    openLedgerFile(path).close()
    const database = openLedgerFileForReading(path)
    assert.throws(() => database.exec('DELETE FROM owner'))
    database.close()
  })

  test('a ledger in memory leaves no file', () => {
    const database = openLedgerFile(IN_MEMORY)
    database.exec("INSERT INTO owner VALUES ('a', '', 1, 0, 0)")
    database.close()
    assert.equal(existsSync(IN_MEMORY), false)
  })
})

describe('a ledger file is not opened', () => {
  test('when it is no database, and is left as it is', () => {
    const path = newPath()
    const text = 'These are the notes of somebody else. '.repeat(100)
    writeFileSync(path, text)
    for (const open of bothWays) assert.throws(() => open(path), refused('not_a_ledger', path, /ledger\.path/))
    assert.equal(readFileSync(path, 'utf8'), text)
  })

  test('when it is a database of another program, and is left as it is', () => {
    const path = newPath()
    const other = new DatabaseSync(path)
    other.exec('CREATE TABLE bookmarks (url TEXT); PRAGMA user_version = 1')
    other.close()
    const bytes = readFileSync(path)
    for (const open of bothWays) {
      assert.throws(() => open(path), refused('not_a_ledger', path, /move this one away/))
    }
    assert.deepEqual(readFileSync(path), bytes)
  })

  test('when it is of a newer version, and both versions are named', () => {
    const path = newPath()
    const database = openLedgerFile(path)
    database.exec('PRAGMA user_version = 99')
    database.close()
    for (const open of bothWays) {
      const message = new RegExp(`newer version \\(schema 99, this program knows ${SCHEMA_VERSION}\\)`)
      assert.throws(() => open(path), refused('other_schema', path, message))
    }
  })

  test('when it is damaged, and what to do is said', () => {
    const path = newPath()
    openLedgerFile(path).close()
    const bytes = readFileSync(path)
    const pageSize = bytes.readUInt16BE(16)
    writeFileSync(path, bytes.fill(0xff, pageSize))
    assert.throws(() => openLedgerFile(path), refused('damaged', path, /Restore it from a backup/))
  })

  test('when only the tables of money are damaged', () => {
    const path = newPath()
    const database = openLedgerFile(path)
    const { rootpage } = database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'spend'").get() ?? {}
    const { page_size } = database.prepare('PRAGMA page_size').get() ?? {}
    database.close()
    const bytes = readFileSync(path)
    const begin = (Number(rootpage) - 1) * Number(page_size)
    writeFileSync(path, bytes.fill(0xff, begin, begin + Number(page_size)))
    assert.throws(() => openLedgerFile(path), refused('damaged', path, /damaged/))
  })

  test('when it is a folder', () => {
    for (const open of bothWays) assert.throws(() => open(folder), refused('cannot_open', folder, /Set ledger|Check/))
  })

  test('when what should be its folder is a file', () => {
    const file = newPath()
    writeFileSync(file, '')
    const path = join(file, 'aegis.db')
    assert.throws(() => openLedgerFile(path), refused('cannot_open', path, /cannot be opened/))
  })

  test('when its name is none', () => {
    for (const path of ['', ':other:']) {
      assert.throws(() => openLedgerFile(path), refused('cannot_open', path, /is not a file name/))
    }
  })

  test('for reading when it does not exist, and then it is not made', () => {
    const path = newPath()
    assert.throws(() => openLedgerFileForReading(path), refused('not_found', path, /does not exist/))
    assert.equal(existsSync(path), false)
  })

  test('and nothing is left open after a refusal', () => {
    const path = newPath()
    writeFileSync(path, 'not a database at all'.repeat(100))
    assert.throws(() => openLedgerFile(path))
    rmSync(path)
    openLedgerFile(path).close()
  })
})
