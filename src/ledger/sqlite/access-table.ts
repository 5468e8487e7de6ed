// Owns the records of access in a ledger file. Each method but `version` is a step inside a transaction.
import {
  type AccessChanges,
  type AccessKind,
  type AccessRecord,
  type AccessStore,
  accessKinds,
} from '../access-store.ts'
import type { Statements } from './statements.ts'
import type { Transactions } from './tables.ts'

export function accessStore({ read, write }: Transactions, version: AccessStore['version']): AccessStore {
  return {
    versionLastsMs: 0,
    version,
    changesAfter: (known) => read(({ access }) => access.changesAfter(known)),
    change: (expected, records) => write(({ access }) => access.change(expected, records)),
  }
}

export class AccessTable {
  readonly #sql: Statements

  constructor(sql: Statements) {
    this.#sql = sql
  }

  version(): number {
    return Number(this.#sql.get('SELECT version FROM access_state')?.version ?? 0)
  }

  changesAfter(version: number): AccessChanges {
    const rows = this.#sql.all('SELECT kind, id, value FROM access_record WHERE version > ? ORDER BY kind, id', version)
    return { version: this.version(), records: rows.flatMap(recordOf) }
  }

  change(expectedVersion: number, records: readonly AccessRecord[]): boolean {
    const moved = this.#sql.run('UPDATE access_state SET version = version + 1 WHERE version = ?', expectedVersion)
    if (moved === 0) return false
    for (const { kind, id, value } of records) {
      this.#sql.run(
        `INSERT INTO access_record (kind, id, value, version) VALUES (?, ?, ?, ?)
         ON CONFLICT (kind, id) DO UPDATE SET value = excluded.value, version = excluded.version`,
        ...[kind, id, value ?? null, expectedVersion + 1],
      )
    }
    return true
  }
}

/** A kind that only a newer version knows is left alone. */
function recordOf({ kind, id, value }: Record<string, unknown>): AccessRecord[] {
  if (!accessKinds.some((one) => one === kind)) return []
  return [{ kind: kind as AccessKind, id: String(id), value: value === null ? undefined : String(value) }]
}
