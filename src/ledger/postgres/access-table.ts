// Owns the records of access in a ledger database. Each function below the port is a step inside a transaction.
import {
  type AccessChanges,
  type AccessKind,
  type AccessRecord,
  type AccessStore,
  accessKinds,
} from '../access-store.ts'
import type { Transactions } from './connections.ts'
import type { Transaction } from './session.ts'
import { storedText } from './stored-text.ts'

/** How long a process goes on by what it knows of keys; who withdraws something waits for as long (0023). */
const VERSION_LASTS_MS = 500

export function accessStore({ read, write }: Transactions): AccessStore {
  return {
    versionLastsMs: VERSION_LASTS_MS,
    version: () => read('money', accessVersion),
    changesAfter: (version) => read('money', (transaction) => accessChangesAfter(transaction, version)),
    change: (expected, records) => write((transaction) => changeAccess(transaction, expected, records)),
  }
}

async function accessVersion(transaction: Transaction): Promise<number> {
  const [row] = await transaction.rows<{ version: number }>('SELECT version FROM access_state')
  return row?.version ?? 0
}

async function accessChangesAfter(transaction: Transaction, version: number): Promise<AccessChanges> {
  const rows = await transaction.rows<{ kind: string; id: string; value: string | null }>(
    'SELECT kind, id, value FROM access_record WHERE version > $1 ORDER BY kind, id',
    [version],
  )
  return { version: await accessVersion(transaction), records: rows.flatMap(recordOf) }
}

/** The row of the version is locked first, so that changes come one after the other. */
async function changeAccess(
  transaction: Transaction,
  expectedVersion: number,
  records: readonly AccessRecord[],
): Promise<boolean> {
  const moved = await transaction.run('UPDATE access_state SET version = version + 1 WHERE version = $1', [
    expectedVersion,
  ])
  if (moved === 0) return false
  await transaction.run(
    `INSERT INTO access_record (kind, id, value, version)
     SELECT kind, id, value, $4 FROM unnest($1::text[], $2::text[], $3::text[]) AS changed (kind, id, value)
     ON CONFLICT (kind, id) DO UPDATE SET value = excluded.value, version = excluded.version`,
    [
      records.map(({ kind }) => kind),
      records.map(({ id }) => storedText(id)),
      records.map(({ value }) => value ?? null),
      expectedVersion + 1,
    ],
  )
  return true
}

/** A kind that only a newer version knows is left alone. */
function recordOf({ kind, id, value }: { kind: string; id: string; value: string | null }): AccessRecord[] {
  if (!accessKinds.some((one) => one === kind)) return []
  return [{ kind: kind as AccessKind, id, value: value ?? undefined }]
}
