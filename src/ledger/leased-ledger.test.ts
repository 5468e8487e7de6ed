import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { LeasedLedger } from './leased-ledger.ts'
import { describeLedger } from './ledger-contract.ts'
import { IN_MEMORY } from './sqlite/ledger-file.ts'
import { SqliteStore } from './sqlite/sqlite-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'aegis-ledger-'))
after(() => rmSync(folder, { recursive: true }))

const owner = () => ({ id: randomUUID(), host: 'test', pid: process.pid })

describeLedger('the ledger on SQLite in memory', (setup) =>
  LeasedLedger.open({ ...setup, store: new SqliteStore({ path: IN_MEMORY }), owner: owner(), journal: undefined }),
)

describeLedger('the ledger on an SQLite file', (setup) => {
  const path = join(folder, `${randomUUID()}.db`)
  const journal = { directory: `${path}-leases`, fsync: false }
  return LeasedLedger.open({ ...setup, store: new SqliteStore({ path }), owner: owner(), journal })
})
