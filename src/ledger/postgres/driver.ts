// Owns the loading of `pg`, which is an optional package: only who keeps the ledger in PostgreSQL needs it.
import type pg from 'pg'
import { LedgerDatabaseError } from './ledger-database-error.ts'

export type Driver = typeof pg
export type { Pool, PoolClient } from 'pg'

/** PostgreSQL's type `bigint`. https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat */
const BIGINT_OID = 20

/** @throws LedgerDatabaseError when it is not installed. */
export async function loadDriver(): Promise<Driver> {
  try {
    return (await import('pg')).default
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new LedgerDatabaseError('driver_missing', 'a ledger in PostgreSQL needs the package pg. Run: npm install pg')
  }
}

/** How the values of our own connections are read: whole numbers as numbers. Other users of `pg` are not concerned. */
export function readersOf({ types }: Driver): pg.CustomTypesConfig {
  return {
    getTypeParser: (oid: number, format?: 'text' | 'binary') =>
      oid === BIGINT_OID ? safeInteger : types.getTypeParser(oid, format as 'text'),
  } as pg.CustomTypesConfig
}

/** A sum beyond nine million dollars stays there: it must neither stop a reading nor become less exact unseen. */
function safeInteger(text: string): number {
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(text)))
}
