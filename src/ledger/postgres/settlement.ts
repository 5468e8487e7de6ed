// Owns how leases become spending: batches, retirement, and leases that are given up for lost or taken back. Each
// function is a step inside a transaction, and one statement whatever the number of rows.
import { COARSE_GRAIN_SECONDS } from '../slots.ts'
import type { CommitOutcome, LedgerBatch } from '../store.ts'
import type { Transaction } from './session.ts'
import { storedName } from './stored-text.ts'

/** Of an owner that is retired: no batch of its comes after it. */
export const RETIRED_BATCH = Number.MAX_SAFE_INTEGER
const RETIRED_KEPT_MS = 90 * 86_400_000

const addToSpend = `
  GROUP BY scope, name, grain_seconds, slot_ms ORDER BY scope, name, grain_seconds, slot_ms
  ON CONFLICT (scope, name, grain_seconds, slot_ms)
  DO UPDATE SET amount = spend.amount + excluded.amount, unsettled = spend.unsettled + excluded.unsettled`

/**
 * Charges what is spent; takes back what was charged for leases that were given up for lost, because their owner knows
 * better; and changes or ends the leases. The owner's row is locked by now, so its leases stay as they are seen.
 */
const settleSql = `
  WITH charged AS (
    INSERT INTO spend
    SELECT scope, name, grain_seconds, slot_ms, sum(amount), sum(unsettled) FROM (
      SELECT * FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
        AS added (scope, name, grain_seconds, slot_ms, amount, unsettled)
      UNION ALL
      SELECT scope, name, ${COARSE_GRAIN_SECONDS}, forfeited_slot_ms, -amount, -amount FROM lease
      WHERE owner = $1 AND forfeited_slot_ms IS NOT NULL) AS charges
    ${addToSpend}
  ), changed AS (
    SELECT scope, name, CASE WHEN $12 THEN 0 ELSE greatest(0, amount - coalesce(taken, 0)) END AS remaining,
      coalesce(changes.reserved, lease.reserved) AS reserved
    FROM lease LEFT JOIN (
      SELECT scope, name, sum(taken)::bigint AS taken, max(reserved) AS reserved
      FROM unnest($8::text[], $9::text[], $10::bigint[], $11::bigint[]) AS change (scope, name, taken, reserved)
      GROUP BY scope, name) AS changes USING (scope, name)
    WHERE owner = $1 AND ($12 OR taken IS NOT NULL OR forfeited_slot_ms IS NOT NULL)
  ), ended AS (
    DELETE FROM lease USING changed
    WHERE owner = $1 AND lease.scope = changed.scope AND lease.name = changed.name AND remaining = 0
  )
  UPDATE lease SET amount = remaining, reserved = changed.reserved, forfeited_slot_ms = NULL FROM changed
  WHERE owner = $1 AND lease.scope = changed.scope AND lease.name = changed.name AND remaining > 0`

/** `written` when the batch is new, and it counts as written from now on. */
export async function beginBatch(
  transaction: Transaction,
  owner: string,
  batch: number,
  nowMs: number,
): Promise<CommitOutcome> {
  const id = storedName(owner)
  const begin = 'UPDATE owner SET last_batch = $2, seen_ms = greatest(seen_ms, $3) WHERE id = $1 AND last_batch < $2'
  if ((await transaction.run(begin, [id, batch, nowMs])) === 1) return 'written'
  return (await transaction.run('SELECT FROM owner WHERE id = $1', [id])) === 0 ? 'unknown_owner' : 'repeated'
}

/** After `beginBatch`. With `retiring` all leases end. */
export async function settle(
  transaction: Transaction,
  owner: string,
  { spend, leases }: Pick<LedgerBatch, 'spend' | 'leases'>,
  retiring = false,
): Promise<void> {
  await transaction.run(settleSql, [
    storedName(owner),
    spend.map(({ scope }) => scope),
    spend.map(({ name }) => storedName(name)),
    spend.map(({ grainSeconds }) => grainSeconds),
    spend.map(({ slotMs }) => slotMs),
    spend.map(({ amount }) => amount),
    spend.map(({ unsettled }) => unsettled),
    leases.map(({ scope }) => scope),
    leases.map(({ name }) => storedName(name)),
    leases.map(({ taken }) => taken),
    leases.map(({ reserved }) => reserved),
    retiring,
  ])
}

/** Remembered for a while, so that a journal that is read twice is not written twice. */
export async function retireOwner(transaction: Transaction, owner: string, nowMs: number): Promise<void> {
  await transaction.run('UPDATE owner SET last_batch = $2 WHERE id = $1', [storedName(owner), RETIRED_BATCH])
  await transaction.run(
    `DELETE FROM owner WHERE id IN
       (SELECT id FROM owner WHERE last_batch = $1 AND seen_ms < $2 FOR UPDATE SKIP LOCKED)`,
    [RETIRED_BATCH, nowMs - RETIRED_KEPT_MS],
  )
}

/** Charges the leases of the owners that were not seen since, in the slot in which each was last seen. */
export async function forfeitLeases(transaction: Transaction, seenBeforeMs: number): Promise<readonly string[]> {
  // An owner that is writing right now is waited for, and has been seen then.
  const owners = await transaction.rows<{ id: string }>(
    `SELECT id FROM owner WHERE seen_ms < $1 AND EXISTS
       (SELECT FROM lease WHERE owner = owner.id AND amount > 0 AND forfeited_slot_ms IS NULL)
     ORDER BY id FOR UPDATE`,
    [seenBeforeMs],
  )
  if (owners.length === 0) return []
  const lost = await transaction.rows<{ owner: string }>(
    `WITH lost AS (
       SELECT owner, scope, name, amount, seen_ms / $2 * $2 AS slot_ms FROM lease JOIN owner ON owner.id = lease.owner
       WHERE owner = ANY ($1) AND amount > 0 AND forfeited_slot_ms IS NULL
     ), charged AS (
       INSERT INTO spend
       SELECT scope, name, ${COARSE_GRAIN_SECONDS} AS grain_seconds, slot_ms, sum(amount), sum(amount) FROM lost
       ${addToSpend}
     ), marked AS (
       UPDATE lease SET forfeited_slot_ms = slot_ms FROM lost
       WHERE lease.owner = lost.owner AND lease.scope = lost.scope AND lease.name = lost.name
     )
     SELECT DISTINCT owner FROM lost ORDER BY owner`,
    [owners.map(({ id }) => id), COARSE_GRAIN_SECONDS * 1000],
  )
  return lost.map(({ owner }) => owner)
}
