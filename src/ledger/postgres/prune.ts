// Owns what is taken away from a ledger database because nobody can see it any more. Each function is a step inside a
// transaction; rows that another process holds right now are passed over.
import { COARSE_GRAIN_SECONDS, type OldSlots } from '../slots.ts'
import type { Transaction } from './session.ts'

/** Few rows of many. */
const FINE = `grain_seconds < ${COARSE_GRAIN_SECONDS}`
export const fineSpendIndex = `CREATE INDEX spend_fine ON spend (grain_seconds, slot_ms) WHERE ${FINE};`

/** @returns the most rows of one kind that went. */
export async function prune(
  transaction: Transaction,
  slots: readonly OldSlots[],
  alertsBeforeMs: number,
  limit: number,
): Promise<number> {
  const old = `SELECT id FROM alert WHERE raised_ms < $1 AND strpos(payload, '"window":"lifetime"') = 0 LIMIT $2`
  const sql = `DELETE FROM alert WHERE id IN (${old} FOR UPDATE SKIP LOCKED)`
  let most = await transaction.run(sql, [alertsBeforeMs, limit])
  for (const one of slots) most = Math.max(most, await pruneSpend(transaction, one, limit))
  return most
}

function pruneSpend(transaction: Transaction, { grainSeconds, beforeMs }: OldSlots, limit: number): Promise<number> {
  return transaction.run(
    `DELETE FROM spend WHERE (scope, name, grain_seconds, slot_ms) IN (SELECT scope, name, grain_seconds, slot_ms
       FROM spend WHERE ${FINE} AND grain_seconds = $1 AND slot_ms < $2 LIMIT $3 FOR UPDATE SKIP LOCKED)`,
    [grainSeconds, beforeMs, limit],
  )
}
