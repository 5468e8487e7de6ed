// Owns what a ledger database remembers of restricted conversations: keyed hashes with a level, never a name or an id.
// Each function below the port is a step inside a transaction.
import type { TaintMark, TaintNews, TaintStore } from '../taint-store.ts'
import type { Transactions } from './connections.ts'
import type { Transaction } from './session.ts'
import { arrayText } from './stored-text.ts'

/**
 * `position` grows with every change. Who writes holds the one row of `taint_state` until its commit, so positions become
 * visible in their order, and a process that asks for what it has not seen misses none.
 */
export const taintTables = `CREATE TABLE taint_state (
     id bigint PRIMARY KEY CHECK (id = 1),
     key text NOT NULL,
     position bigint NOT NULL
   ) WITH (fillfactor = 50);
   CREATE TABLE taint (
     hash text COLLATE "C" PRIMARY KEY,
     rank bigint NOT NULL,
     expires_ms bigint NOT NULL,
     position bigint NOT NULL
   );
   CREATE INDEX taint_by_position ON taint (position);
   CREATE INDEX taint_by_expiry ON taint (expires_ms);`

/** Expired rows that one write takes away. */
const MOST_SWEPT = 1000

export function taintStore({ read, write }: Transactions): TaintStore {
  return {
    key: (proposal) => write((transaction) => taintKey(transaction, proposal)),
    put: (marks, nowMs) => write((transaction) => putTaint(transaction, marks, nowMs)),
    since: (position, limit) => read('money', (transaction) => taintSince(transaction, position, limit)),
    highest: (hashes, nowMs) => read('money', (transaction) => highestTaint(transaction, hashes, nowMs)),
  }
}

async function taintKey(transaction: Transaction, proposal: string): Promise<string> {
  await transaction.run('INSERT INTO taint_state VALUES (1, $1, 0) ON CONFLICT DO NOTHING', [proposal])
  const [row] = await transaction.rows<{ readonly key: string }>('SELECT key FROM taint_state')
  return row?.key ?? proposal
}

async function putTaint(transaction: Transaction, marks: readonly TaintMark[], nowMs: number): Promise<void> {
  const [state] = await transaction.rows<{ readonly position: number }>(
    'UPDATE taint_state SET position = position + 1 RETURNING position',
  )
  const column = (pick: (mark: TaintMark) => string | number) => arrayText(marks.map((mark) => String(pick(mark))))
  await transaction.run(
    `INSERT INTO taint
       SELECT hash, max(rank), max(expires_ms), $4
       FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS given (hash, rank, expires_ms) GROUP BY hash
     ON CONFLICT (hash) DO UPDATE SET rank = greatest(taint.rank, excluded.rank),
       expires_ms = greatest(taint.expires_ms, excluded.expires_ms), position = excluded.position`,
    [column(({ hash }) => hash), column(({ rank }) => rank), column(({ expiresAtMs }) => expiresAtMs), state?.position],
  )
  await transaction.run(
    `DELETE FROM taint WHERE hash IN (SELECT hash FROM taint WHERE expires_ms <= $1 LIMIT ${MOST_SWEPT})`,
    [nowMs],
  )
}

async function taintSince(transaction: Transaction, position: number, limit: number): Promise<TaintNews> {
  const rows = await transaction.rows<TaintMark & { readonly position: number }>(
    `SELECT hash, rank, expires_ms AS "expiresAtMs", position FROM taint WHERE position > $1 AND position <=
       coalesce((SELECT position FROM taint WHERE position > $1 ORDER BY position LIMIT 1 OFFSET $2), 9007199254740991)
     ORDER BY position`,
    [position, limit],
  )
  const marks = rows.map(({ hash, rank, expiresAtMs }): TaintMark => ({ hash, rank, expiresAtMs }))
  return { marks, position: rows.at(-1)?.position ?? position }
}

async function highestTaint(transaction: Transaction, hashes: readonly string[], nowMs: number): Promise<number> {
  const [row] = await transaction.rows<{ readonly highest: number | null }>(
    'SELECT max(rank) AS highest FROM taint WHERE hash = ANY($1::text[]) AND expires_ms > $2',
    [arrayText(hashes), nowMs],
  )
  return row?.highest ?? 0
}
