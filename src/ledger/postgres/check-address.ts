// Owns what can be wrong with the address of a ledger database before anybody is asked.
import type { ConnectionOptions } from './connections.ts'
import { LedgerDatabaseError } from './ledger-database-error.ts'

/** @throws LedgerDatabaseError. Checked here because the driver's own errors quote what they were given. */
export function checkAddress({ connectionString, schema }: ConnectionOptions): void {
  if (!/^postgres(ql)?:$/.test(protocolOf(connectionString))) {
    const example = 'postgres://user:password@host:5432/database'
    throw new LedgerDatabaseError('bad_address', `the address of the ledger database must be like ${example}`)
  }
  if (!/^(?!pg_)[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    const rule = 'must be of lower-case letters, digits and _, at most 63, and not begin with pg_'
    throw new LedgerDatabaseError('bad_address', `the name of the ledger's schema ${rule}`)
  }
}

function protocolOf(connectionString: string): string {
  // A host may be missing: then the driver uses a local socket, which is no URL to URL.parse.
  return /^[a-z]+:(?=\/\/)/.exec(connectionString)?.[0] ?? ''
}
