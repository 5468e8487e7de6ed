import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { Checkpointer } from './checkpointer.ts'
import { openLedgerFile } from './ledger-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'aegis-checkpoint-'))
after(() => rmSync(folder, { recursive: true }))

/** A file whose log has grown beyond what is left in it. */
function grown(path: string): DatabaseSync {
  const database = openLedgerFile(path)
  database.exec('CREATE TABLE filler (bytes BLOB)')
  for (let round = 0; round < 80; round += 1) database.exec('INSERT INTO filler VALUES (randomblob(1048576))')
  return database
}

test('a large log is taken over by a thread of its own while the file is in use', async () => {
  const path = join(folder, 'large.db')
  const database = grown(path)
  const before = statSync(path).size
  const checkpointer = new Checkpointer(path)
  for (let commit = 0; commit < 32; commit += 1) checkpointer.committed()
  await checkpointer.close()
  assert.ok(statSync(path).size > before + 60 * 1024 * 1024, 'nothing was taken over')
  // What is written next begins the log anew, so it does not grow.
  const log = statSync(`${path}-wal`).size
  database.exec('INSERT INTO filler VALUES (randomblob(4096))')
  assert.ok(statSync(`${path}-wal`).size <= log)
  database.close()
})

test('a file that is gone, or no database, is nobody’s failure', async () => {
  const checkpointer = new Checkpointer(join(folder, 'nothing.db'))
  for (let commit = 0; commit < 64; commit += 1) checkpointer.committed()
  await checkpointer.close()
  const other = new DatabaseSync(':memory:')
  other.close()
})
