// Owns what a ledger file keeps of providers that are closed for restricted data.
import type { DoorStore, StoredDoor } from '../door-store.ts'
import type { Statements } from './statements.ts'
import type { Transactions } from './tables.ts'

export const doorTables = `CREATE TABLE door (
     provider TEXT PRIMARY KEY,
     cause TEXT NOT NULL,
     blocks INTEGER NOT NULL,
     since_ms INTEGER NOT NULL,
     cloud_was_on INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`

export function doorStore({ read, write }: Transactions): DoorStore {
  return {
    closed: () => read(({ doors }) => doors.closed()),
    close: (door) => write(({ doors }) => doors.close(door)),
    open: (provider, sinceMs) => write(({ doors }) => doors.open(provider, sinceMs)),
  }
}

/** Each method is a step inside a transaction. */
export class DoorTable {
  readonly #sql: Statements

  constructor(sql: Statements) {
    this.#sql = sql
  }

  closed(): StoredDoor[] {
    return this.#sql.all('SELECT * FROM door ORDER BY provider').map((row) => ({
      provider: String(row.provider),
      cause: String(row.cause),
      blocks: row.blocks === 1,
      sinceMs: Number(row.since_ms),
      cloudWasOn: row.cloud_was_on === 1,
    }))
  }

  close({ provider, cause, blocks, sinceMs, cloudWasOn }: StoredDoor): void {
    this.#sql.run(
      `INSERT INTO door VALUES (?, ?, ?, ?, ?) ON CONFLICT (provider) DO UPDATE SET cause = excluded.cause,
         blocks = excluded.blocks, since_ms = excluded.since_ms, cloud_was_on = excluded.cloud_was_on
       WHERE excluded.blocks > blocks`,
      ...[provider, cause, Number(blocks), sinceMs, Number(cloudWasOn)],
    )
  }

  open(provider: string, sinceMs: number): void {
    this.#sql.run('DELETE FROM door WHERE provider = ? AND since_ms <= ?', provider, sinceMs)
  }
}
