// Owns the reading of the ledger's address.
import { Secret } from '../domain/secret.ts'
import type { AegisConfig } from './aegis-config.ts'

/** The ledger section with its address, checked as text. */
export interface LedgerEntry {
  readonly url: string
  readonly fsync?: boolean | undefined
  readonly journal?: string | undefined
}

/** @returns the ledger, or what is wrong with its address. The text is never repeated: it may hold a password. */
export function readLedger(entry: LedgerEntry): AegisConfig['ledger'] | string {
  const { url, fsync = false, journal } = entry
  if (url === 'memory:') return { kind: 'memory' }
  if (/^postgres(?:ql)?:/i.test(url)) {
    if (!URL.canParse(url)) return 'must be an address such as postgres://user:password@host:5432/database'
    return { kind: 'postgres', url: new Secret(url), journal: journal ?? './aegis-journal', fsync }
  }
  const path = /^sqlite:(?!\/\/)(.+)$/s.exec(url)?.[1]
  if (path === undefined || path.startsWith(':') || path.includes('\u0000')) {
    return 'must be sqlite: and a path, such as sqlite:./aegis.db or sqlite:/var/lib/aegis.db, postgres://…, or memory:'
  }
  return { kind: 'sqlite', path, journal: journal ?? `${path}-leases`, fsync }
}
