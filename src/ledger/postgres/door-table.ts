// Owns what a ledger database keeps of providers that are closed for restricted data. Each function below the port is a
// step inside a transaction.
import type { DoorStore, StoredDoor } from '../door-store.ts'
import type { Transactions } from './connections.ts'
import type { Transaction } from './session.ts'

export const doorTables = `CREATE TABLE door (
     provider text COLLATE "C" PRIMARY KEY,
     cause text NOT NULL,
     blocks boolean NOT NULL,
     since_ms bigint NOT NULL,
     cloud_was_on boolean NOT NULL
   );`

export function doorStore({ read, write }: Transactions): DoorStore {
  return {
    closed: () => read('money', closedDoors),
    close: (door) => write((transaction) => closeDoor(transaction, door)),
    open: (provider, sinceMs) => write((transaction) => openDoor(transaction, provider, sinceMs)),
  }
}

function closedDoors(transaction: Transaction): Promise<readonly StoredDoor[]> {
  return transaction.rows<StoredDoor>(
    `SELECT provider, cause, blocks, since_ms AS "sinceMs", cloud_was_on AS "cloudWasOn" FROM door ORDER BY provider`,
  )
}

async function closeDoor(
  transaction: Transaction,
  { provider, cause, blocks, sinceMs, cloudWasOn }: StoredDoor,
): Promise<void> {
  await transaction.run(
    `INSERT INTO door VALUES ($1, $2, $3, $4, $5) ON CONFLICT (provider) DO UPDATE SET cause = excluded.cause,
       blocks = excluded.blocks, since_ms = excluded.since_ms, cloud_was_on = excluded.cloud_was_on
     WHERE excluded.blocks AND NOT door.blocks`,
    [provider, cause, blocks, sinceMs, cloudWasOn],
  )
}

async function openDoor(transaction: Transaction, provider: string, sinceMs: number): Promise<void> {
  await transaction.run('DELETE FROM door WHERE provider = $1 AND since_ms <= $2', [provider, sinceMs])
}
