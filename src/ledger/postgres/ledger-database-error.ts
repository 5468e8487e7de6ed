// Owns the error for a ledger database that must not be used as it is. Its message names the way out, and no secret.

export type LedgerDatabaseErrorCode = 'driver_missing' | 'bad_address' | 'not_a_ledger' | 'other_schema' | 'encoding'

/** Thrown by opening only, and not by waiting longer to be mended. */
export class LedgerDatabaseError extends Error {
  override readonly name = 'LedgerDatabaseError'
  readonly code: LedgerDatabaseErrorCode

  constructor(code: LedgerDatabaseErrorCode, whatAndWayOut: string) {
    super(whatAndWayOut)
    this.code = code
  }
}
