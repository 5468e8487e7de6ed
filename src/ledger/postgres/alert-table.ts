// Owns the alerts that a ledger database holds until they are delivered: one for each threshold and period. Each
// function below the port is a step inside a transaction.
import type { AlertStore, KeptAlert, StoredAlert } from '../alert-store.ts'
import type { Transactions } from './connections.ts'
import type { Transaction } from './session.ts'
import { storedName, storedText } from './stored-text.ts'

/** Alerts that one process takes at once. */
const MOST_AT_ONCE = 20

export function alertStore({ read, write }: Transactions): AlertStore {
  return {
    raise: (id, payload, nowMs) => write((transaction) => raiseAlert(transaction, id, payload, nowMs)),
    claim: (nowMs, untilMs) => write((transaction) => claimAlerts(transaction, nowMs, untilMs)),
    delivered: (id) => write((transaction) => alertDelivered(transaction, id)),
    postpone: (id, dueMs) => write((transaction) => postponeAlert(transaction, id, dueMs)),
    newest: (limit) => read('money', (transaction) => newestAlerts(transaction, limit)),
  }
}

async function raiseAlert(transaction: Transaction, id: string, payload: string, nowMs: number): Promise<boolean> {
  const sql = 'INSERT INTO alert VALUES ($1, $2, $3, 0, $3) ON CONFLICT DO NOTHING'
  return (await transaction.run(sql, [storedName(id), storedText(payload), nowMs])) === 1
}

/** What another process is taking right now is passed over. */
function claimAlerts(transaction: Transaction, nowMs: number, untilMs: number): Promise<readonly StoredAlert[]> {
  return transaction.rows<StoredAlert>(
    `WITH claimed AS (
       UPDATE alert SET tries = tries + 1, due_ms = $2 WHERE id IN
         (SELECT id FROM alert WHERE due_ms <= $1 ORDER BY due_ms, id LIMIT ${MOST_AT_ONCE} FOR UPDATE SKIP LOCKED)
       RETURNING id, payload, tries, raised_ms)
     SELECT id, payload, tries FROM claimed ORDER BY raised_ms, id`,
    [nowMs, untilMs],
  )
}

async function alertDelivered(transaction: Transaction, id: string): Promise<void> {
  await transaction.run('UPDATE alert SET due_ms = NULL WHERE id = $1', [storedName(id)])
}

async function postponeAlert(transaction: Transaction, id: string, dueMs: number): Promise<void> {
  const sql = 'UPDATE alert SET due_ms = $2 WHERE id = $1 AND due_ms IS NOT NULL'
  await transaction.run(sql, [storedName(id), dueMs])
}

async function newestAlerts(transaction: Transaction, limit: number): Promise<readonly KeptAlert[]> {
  const rows = await transaction.rows<Omit<KeptAlert, 'dueAtMs'> & { readonly dueAtMs: number | null }>(
    `SELECT id, payload, tries, raised_ms AS "raisedAtMs", due_ms AS "dueAtMs"
     FROM alert ORDER BY raised_ms DESC, id DESC LIMIT $1`,
    [limit],
  )
  return rows.map((row) => ({ ...row, dueAtMs: row.dueAtMs ?? undefined }))
}
