import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { PostgresServer } from '../../../test/make/postgres.ts'
import { LeasedLedger } from '../leased-ledger.ts'
import { describeLedger } from '../ledger-contract.ts'
import { PostgresStore } from './postgres-store.ts'

const directory = mkdtempSync(join(tmpdir(), 'aegis-journals-'))
let postgres: PostgresServer
let connectionString = ''
let schemas = 0
before(async () => {
  postgres = await PostgresServer.start()
  connectionString = await postgres.newDatabase()
})
after(async () => {
  await postgres.end()
  rmSync(directory, { recursive: true })
})

describeLedger('the ledger on PostgreSQL', (setup) => {
  schemas += 1
  return LeasedLedger.open({
    ...setup,
    store: new PostgresStore({ connectionString, schema: `ledger_${schemas}` }),
    owner: { id: randomUUID(), host: 'test', pid: process.pid },
    journal: { directory: join(directory, String(schemas)), fsync: true },
  })
})
