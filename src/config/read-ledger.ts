// Owns the reading of the ledger's address.
import type { AegisConfig } from './aegis-config.ts'

/** @returns the ledger, or what is wrong with its address. The text is never repeated: it may hold a password. */
export function readLedger(text: string): AegisConfig['ledger'] | string {
  if (text === 'memory:') return { kind: 'memory' }
  if (/^postgres(?:ql)?:/i.test(text)) {
    return 'PostgreSQL is not in this version: write sqlite:./aegis.db, or memory: for nothing that lasts'
  }
  const path = /^sqlite:(?!\/\/)(.+)$/s.exec(text)?.[1]
  if (path === undefined || path.startsWith(':') || path.includes('\u0000')) {
    return 'must be sqlite: and a path, such as sqlite:./aegis.db or sqlite:/var/lib/aegis.db, or memory:'
  }
  return { kind: 'sqlite', path }
}
