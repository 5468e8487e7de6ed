// Owns the reading of PostgreSQL's errors: by SQLSTATE and errno, never by message, and nothing of a connection string.
import { StoreUnavailable } from '../store.ts'

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
export const sqlStates = {
  serializationFailure: '40001',
  deadlockDetected: '40P01',
  readOnlyTransaction: '25006',
  undefinedDatabase: '3D000',
  insufficientPrivilege: '42501',
  undefinedTable: '42P01',
} as const

/** A call of the driver's that failed. What is not one is a mistake of this program, and thrown on as it is. */
export class DriverFault extends Error {
  override readonly name = 'DriverFault'
  /** The server's word; undefined when the connection failed, or there was no answer in time. */
  readonly sqlState: string | undefined
  /** For people: an SQLSTATE, an errno such as `ECONNREFUSED`, or what happened. */
  readonly reason: string
  /** Nothing was asked of the server yet, so that asking again on another connection is safe. */
  readonly unasked: boolean

  constructor(reason: string, sqlState?: string, options: { readonly unasked?: boolean } = {}) {
    super(reason)
    this.reason = reason
    this.sqlState = sqlState
    this.unasked = options.unasked === true
  }
}

/** A class of the driver's for what the server said. */
export type ServerErrorClass = abstract new (...given: never[]) => Error & { code?: string | undefined }

/**
 * What a rejection of the driver's means. The driver's own message and the server's may tell hosts, users and values, so
 * only the code is kept.
 */
export function driverFault(error: unknown, serverError: ServerErrorClass, unasked = false): DriverFault {
  if (error instanceof DriverFault) return error
  if (error instanceof serverError) return new DriverFault(`SQLSTATE ${error.code}`, error.code, { unasked })
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return new DriverFault(typeof code === 'string' ? code : 'the connection was lost', undefined, { unasked })
}

/** Two transactions were in each other's way, and the server ended this one: it may be tried again. */
export function isConflict(error: unknown): boolean {
  if (!(error instanceof DriverFault)) return false
  return error.sqlState === sqlStates.serializationFailure || error.sqlState === sqlStates.deadlockDetected
}

/** What a caller of the store sees. */
export function storeError(error: unknown): unknown {
  if (!(error instanceof DriverFault)) return error
  return new StoreUnavailable(`the ledger database cannot be used now: ${error.reason}${hint(error.sqlState)}`)
}

function hint(sqlState: string | undefined): string {
  switch (sqlState) {
    case undefined:
      return ''
    case sqlStates.readOnlyTransaction:
      return ' (it is read-only, perhaps a standby)'
    case sqlStates.undefinedDatabase:
      return ' (there is no such database)'
    case sqlStates.undefinedTable:
      return ' (its tables are gone; start again to make them)'
    case sqlStates.insufficientPrivilege:
      return ' (the user may not do this there)'
    default:
      return classHints[sqlState.slice(0, 2)] ?? ''
  }
}

const classHints: Readonly<Record<string, string>> = {
  '28': ' (it does not accept the user or the password)',
  '53': ' (it is short of connections, memory or disk)',
  '55': ' (a lock is held for too long)',
  '57': ' (it is stopping, starting or too slow)',
  '58': ' (its disk fails)',
}
