import { after, before } from 'node:test'
import { PostgresServer } from '../../../test/make/postgres.ts'
import { describeStore } from '../store-contract.ts'
import { PostgresStore } from './postgres-store.ts'

let postgres: PostgresServer
let connectionString = ''
let schemas = 0
before(async () => {
  postgres = await PostgresServer.start()
  connectionString = await postgres.newDatabase()
})
after(() => postgres.end())

describeStore('PostgresStore', () => {
  schemas += 1
  const schema = `ledger_${schemas}`
  return { store: () => new PostgresStore({ connectionString, schema, maxConnections: 4 }), shared: true }
})
