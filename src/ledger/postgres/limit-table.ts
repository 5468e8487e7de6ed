// Owns what processes have taken of limits, in a ledger database. Each function below the port is a step inside a
// transaction.
import {
  type LimitStore,
  type LimitSubject,
  type SliceGrant,
  type SliceRequest,
  type SliceReturn,
  sliceOf,
} from '../limit-store.ts'
import type { Transactions } from './connections.ts'
import type { Transaction } from './session.ts'
import { storedName } from './stored-text.ts'

export function limitStore({ write }: Transactions, schema: string): LimitStore {
  return {
    take: (owner, requests, nowMs) => write((transaction) => takeSlices(transaction, schema, owner, requests, nowMs)),
    giveBack: (owner, returns) => write((transaction) => giveSlicesBack(transaction, owner, returns)),
    renew: (owner, untilMs, nowMs) => write((transaction) => renewSlices(transaction, owner, untilMs, nowMs)),
  }
}

/** Who takes of a limit is alone with it until the end of the transaction; all take in one order. */
async function takeSlices(
  transaction: Transaction,
  schema: string,
  owner: string,
  requests: readonly SliceRequest[],
  nowMs: number,
): Promise<readonly SliceGrant[]> {
  const locks = requests.map(({ scope, name, kind }) => `aegis limit ${schema} ${scope} ${kind} ${name}`)
  await transaction.rows(
    `SELECT pg_advisory_xact_lock(lock) FROM (
       SELECT DISTINCT hashtextextended(named, 0) AS lock FROM unnest($1::text[]) AS named ORDER BY 1) AS ordered`,
    [locks.map(storedName)],
  )
  const rooms: number[] = []
  for (const request of requests) rooms.push(request.limit - (await takenOf(transaction, request, nowMs)))
  const grants = requests.map((request, index) => sliceOf(request, rooms[index] ?? 0))
  if (grants.includes(0)) return rooms.map((room) => ({ granted: 0, left: Math.max(0, room) }))
  for (const [index, { scope, name, kind, windowMs, untilMs }] of requests.entries()) {
    await transaction.run(
      `INSERT INTO limit_slice AS held VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (scope, name, kind, window_ms, owner) DO UPDATE SET until_ms = excluded.until_ms,
         amount = CASE WHEN held.until_ms > $8 THEN held.amount ELSE 0 END + excluded.amount`,
      [scope, storedName(name), kind, windowMs, owner, grants[index], untilMs, nowMs],
    )
  }
  return rooms.map((room, index) => ({ granted: grants[index] ?? 0, left: room - (grants[index] ?? 0) }))
}

async function giveSlicesBack(transaction: Transaction, owner: string, returns: readonly SliceReturn[]): Promise<void> {
  for (const { scope, name, kind, windowMs, amount } of returns) {
    await transaction.run(
      `UPDATE limit_slice SET amount = greatest(0, amount - $1)
       WHERE scope = $2 AND name = $3 AND kind = $4 AND window_ms = $5 AND owner = $6`,
      [amount, scope, storedName(name), kind, windowMs, owner],
    )
  }
}

async function renewSlices(transaction: Transaction, owner: string, untilMs: number, nowMs: number): Promise<void> {
  const held = "kind = 'parallel' AND owner = $2 AND until_ms > $3"
  await transaction.run(`UPDATE limit_slice SET until_ms = $1 WHERE ${held}`, [untilMs, owner, nowMs])
  await transaction.run('DELETE FROM limit_slice WHERE until_ms <= $1', [nowMs])
}

async function takenOf(
  transaction: Transaction,
  { scope, name, kind, windowMs }: LimitSubject,
  nowMs: number,
): Promise<number> {
  const [row] = await transaction.rows<{ taken: number }>(
    `SELECT coalesce(sum(amount), 0)::bigint AS taken FROM limit_slice
     WHERE scope = $1 AND name = $2 AND kind = $3 AND window_ms = $4 AND until_ms > $5`,
    [scope, storedName(name), kind, windowMs, nowMs],
  )
  return row?.taken ?? 0
}
