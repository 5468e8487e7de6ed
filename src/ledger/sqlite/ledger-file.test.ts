import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
import { openForReading, openForWriting } from './ledger-file.ts'
import type { LedgerFileErrorCode } from './ledger-file-error.ts'

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

const write = (path: string) => openForWriting(path, 'normal', Date.parse('2026-11-23T12:00:00Z'))

describe('the one writer of a ledger file', () => {
  test('a second writer in the same process is refused', () => {
    const path = newPath()
    const file = write(path)
    assert.throws(
      () => write(path),
      refused('in_use', path, new RegExp(`process ${process.pid} on ${hostname()} since 2026-11-23`)),
    )
    file.close()
    write(path).close()
  })

  test('a second process is refused with the pid of the first, and may write when that was killed', async () => {
    const path = newPath()
    // Nobody keeps what is opened here, and yet the lock must outlive a garbage collection.
    const script = `
      const { openForWriting } = await import(${JSON.stringify(import.meta.resolve('./ledger-file.ts'))})
      openForWriting(${JSON.stringify(path)}, 'normal', 0)
      setImmediate(() => {
        globalThis.gc()
        process.stdout.write('open')
      })
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      await once(child.stdout, 'data')
      assert.throws(
        () => write(path),
        refused('in_use', path, new RegExp(`process ${child.pid} .*Stop that one first`)),
      )
    } finally {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    write(path).close()
  })

  test('a symbolic link to the file does not lead to a second writer', () => {
    const path = newPath()
    const link = newPath()
    const file = write(path)
    symlinkSync(path, link)
    assert.throws(() => write(link), refused('in_use', path, /in use/))
    file.close()
  })

  test('readers are welcome while it writes', () => {
    const path = newPath()
    const file = write(path)
    openForReading(path).close()
    file.close()
  })
})

describe('opening a ledger file', () => {
  test('a new file and its folder are made, readable for the owner only', () => {
    const path = join(folder, 'deep', 'er', 'aegis.db')
    const file = write(path)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.equal(statSync(`${path}-wal`).mode & 0o777, 0o600)
    file.close()
  })

  test('a file that is no database is refused and left as it is', () => {
    const path = newPath()
    const text = 'These are the notes of somebody else. '.repeat(100)
    writeFileSync(path, text)
    for (const open of [write, openForReading]) {
      assert.throws(() => open(path), refused('not_a_ledger', path, /ledger\.path/))
    }
    assert.equal(readFileSync(path, 'utf8'), text)
  })

  test('a database of another program is refused and left as it is', () => {
    const path = newPath()
    const other = new DatabaseSync(path)
    other.exec('CREATE TABLE bookmarks (url TEXT); PRAGMA user_version = 1')
    other.close()
    const bytes = readFileSync(path)
    for (const open of [write, openForReading])
      assert.throws(() => open(path), refused('not_a_ledger', path, /move this one away/))
    assert.deepEqual(readFileSync(path), bytes)
  })

  test('a ledger of a newer version is refused with both versions', () => {
    const path = newPath()
    const file = write(path)
    file.database.exec('PRAGMA user_version = 99')
    file.close()
    for (const open of [write, openForReading]) {
      assert.throws(
        () => open(path),
        refused('other_schema', path, /newer version \(schema 99, this program knows 1\)/),
      )
    }
  })

  test('a damaged file is refused with what to do', () => {
    const path = newPath()
    write(path).close()
    const bytes = readFileSync(path)
    const pageSize = bytes.readUInt16BE(16)
    writeFileSync(path, bytes.fill(0xff, pageSize))
    assert.throws(() => write(path), refused('damaged', path, /Restore it from a backup/))
  })

  test('after a refusal the file is free', () => {
    const path = newPath()
    writeFileSync(path, 'not a database at all'.repeat(100))
    assert.throws(() => write(path))
    rmSync(path)
    write(path).close()
  })

  test('a folder is refused', () => {
    assert.throws(() => write(folder), refused('cannot_open', folder, /is not a file/))
    assert.equal(existsSync(`${folder}-lock`), false)
  })

  test('a ledger in memory has another name', () => {
    for (const path of [':memory:', ''])
      assert.throws(() => write(path), refused('cannot_open', path, /set ledger to memory/))
  })

  test('reading a file that does not exist says so and does not make it', () => {
    const path = newPath()
    assert.throws(() => openForReading(path), refused('not_found', path, /does not exist/))
    assert.throws(() => statSync(path))
  })
})
