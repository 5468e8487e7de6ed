/** Owns the ledger's database in a chaos run: where it is, how it is broken, and how it is mended. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { PostgresStore } from '../../src/ledger/postgres/postgres-store.ts'
import { SqliteStore } from '../../src/ledger/sqlite/sqlite-store.ts'
import type { LedgerStore } from '../../src/ledger/store.ts'
import { PostgresServer } from '../../test/make/postgres.ts'

export const databaseKinds = ['postgres', 'sqlite'] as const
export type DatabaseKind = (typeof databaseKinds)[number]

/** One way in which a database is away. */
export interface Outage {
  readonly name: string
  begin(): Promise<void>
  end(): Promise<void>
}

export interface Database extends AsyncDisposable {
  /** As the configuration names it. */
  readonly url: string
  readonly outages: readonly Outage[]
  /** For whoever only looks; a new one each time. */
  store(): LedgerStore
}

/** @param folder Of the configuration; a file of SQLite lies in it. */
export function openDatabase(kind: DatabaseKind, folder: string): Promise<Database> {
  return kind === 'postgres' ? openPostgres() : Promise.resolve(openSqlite(folder))
}

async function openPostgres(): Promise<Database> {
  const server = await PostgresServer.start()
  const connectionString = await server.newDatabase()
  return {
    url: connectionString,
    outages: [
      { name: 'database killed', begin: () => server.kill(), end: () => server.startAgain() },
      { name: 'database paused', begin: () => server.pause(), end: async () => server.resume() },
    ],
    store: () => new PostgresStore({ connectionString }),
    [Symbol.asyncDispose]: () => server.end(),
  }
}

/** Nobody can kill a file; what happens to it is that somebody else holds it. */
function openSqlite(folder: string): Database {
  const path = join(folder, 'aegis.db')
  let holder: DatabaseSync | undefined
  const end = async () => {
    holder?.close()
    holder = undefined
  }
  const begin = async () => {
    holder = new DatabaseSync(path, { timeout: 10_000 })
    holder.exec('BEGIN IMMEDIATE')
  }
  return {
    url: 'sqlite:aegis.db',
    outages: [{ name: 'database locked', begin, end }],
    store: () => new SqliteStore({ path, readOnly: true }),
    [Symbol.asyncDispose]: end,
  }
}
