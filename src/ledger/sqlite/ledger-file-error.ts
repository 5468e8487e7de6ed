// Owns the error for a ledger file that cannot be opened. Its message names the file and the way out.
import { resolve } from 'node:path'
import { sqliteCode, sqliteCodes } from './sqlite-error.ts'

export type LedgerFileErrorCode = 'in_use' | 'not_found' | 'not_a_ledger' | 'other_schema' | 'damaged' | 'cannot_open'

/** Thrown by opening only; a ledger that is open reports faults and goes on. */
export class LedgerFileError extends Error {
  override readonly name = 'LedgerFileError'
  readonly code: LedgerFileErrorCode
  readonly path: string

  constructor(code: LedgerFileErrorCode, path: string, whatAndWayOut: string, cause?: unknown) {
    super(`the ledger file ${resolve(path)} ${whatAndWayOut}`, { cause })
    this.code = code
    this.path = path
  }
}

/**
 * What an error of SQLite's while opening means for the operator.
 * @example catch (error) { throw openingError(path, error) }
 */
export function openingError(path: string, error: unknown): LedgerFileError {
  if (error instanceof LedgerFileError) return error
  const reason = error instanceof Error ? error.message : String(error)
  switch (sqliteCode(error)) {
    case sqliteCodes.notADatabase:
      return notALedger(path, error)
    case sqliteCodes.corrupt:
      return damaged(path, reason, error)
    case sqliteCodes.busy:
      return new LedgerFileError(
        'in_use',
        path,
        'is locked by another program, perhaps an SQLite shell or a backup. Close that program and try again.',
        error,
      )
    case sqliteCodes.readOnly:
      return cannotOpen(path, 'cannot be written. Make the file and its folder writable for this user', error)
    case sqliteCodes.full:
      return cannotOpen(path, 'cannot be opened: its disk is full. Free some space', error)
    case sqliteCodes.cannotOpen:
      return cannotOpen(path, 'cannot be opened. Check that it is a file in a folder that this user may write', error)
    default:
      return cannotOpen(path, `cannot be opened: ${reason}. Check the disk`, error)
  }
}

export function notALedger(path: string, cause?: unknown): LedgerFileError {
  const wayOut = 'Set ledger.path to another file, or move this one away.'
  return new LedgerFileError('not_a_ledger', path, `is not a ledger of Aegis and was left as it is. ${wayOut}`, cause)
}

export function damaged(path: string, reason: string, cause?: unknown): LedgerFileError {
  const wayOut =
    'Restore it from a backup together with its -wal file, or move all its files away: a new ledger then starts ' +
    "with nothing spent, so lower this month's limits by what was spent."
  return new LedgerFileError('damaged', path, `is damaged (${reason}). ${wayOut}`, cause)
}

function cannotOpen(path: string, what: string, cause: unknown): LedgerFileError {
  return new LedgerFileError('cannot_open', path, `${what}, or set ledger.path to another file.`, cause)
}
