// Owns what a ledger file remembers of restricted conversations: keyed hashes with a level, never a name or an id.
import type { TaintMark, TaintNews, TaintStore } from '../taint-store.ts'
import type { Statements } from './statements.ts'
import type { Transactions } from './tables.ts'

/** `position` grows with every change, so that a process asks only for what it has not seen. */
export const taintTables = `CREATE TABLE taint_state (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     key TEXT NOT NULL,
     position INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE taint (
     hash TEXT PRIMARY KEY,
     rank INTEGER NOT NULL,
     expires_ms INTEGER NOT NULL,
     position INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX taint_by_position ON taint (position);
   CREATE INDEX taint_by_expiry ON taint (expires_ms);`

/** Expired rows that one write takes away. */
const MOST_SWEPT = 1000

export function taintStore({ read, write }: Transactions): TaintStore {
  return {
    key: (proposal) => write(({ taint }) => taint.key(proposal)),
    put: (marks, nowMs) => write(({ taint }) => taint.put(marks, nowMs)),
    since: (position, limit) => read(({ taint }) => taint.since(position, limit)),
    highest: (hashes, nowMs) => read(({ taint }) => taint.highest(hashes, nowMs)),
  }
}

/** Each method is a step inside a transaction. */
export class TaintTable {
  readonly #sql: Statements

  constructor(sql: Statements) {
    this.#sql = sql
  }

  key(proposal: string): string {
    this.#sql.run('INSERT INTO taint_state VALUES (1, ?, 0) ON CONFLICT DO NOTHING', proposal)
    return String(this.#sql.get('SELECT key FROM taint_state')?.key)
  }

  put(marks: readonly TaintMark[], nowMs: number): void {
    this.#sql.run('UPDATE taint_state SET position = position + 1')
    for (const { hash, rank, expiresAtMs } of marks) {
      this.#sql.run(
        `INSERT INTO taint SELECT ?, ?, ?, position FROM taint_state WHERE true
         ON CONFLICT (hash) DO UPDATE SET rank = max(rank, excluded.rank),
           expires_ms = max(expires_ms, excluded.expires_ms), position = excluded.position`,
        ...[hash, rank, expiresAtMs],
      )
    }
    this.#sql.run(
      `DELETE FROM taint WHERE hash IN (SELECT hash FROM taint WHERE expires_ms <= ? LIMIT ${MOST_SWEPT})`,
      nowMs,
    )
  }

  since(position: number, limit: number): TaintNews {
    const rows = this.#sql.all(
      `SELECT hash, rank, expires_ms, position FROM taint WHERE position >
         ? AND position <= coalesce((SELECT position FROM taint WHERE position > ? ORDER BY position LIMIT 1 OFFSET ?),
           9007199254740991)
       ORDER BY position`,
      ...[position, position, limit],
    )
    const marks = rows.map(
      ({ hash, rank, expires_ms }): TaintMark => ({
        hash: String(hash),
        rank: Number(rank),
        expiresAtMs: Number(expires_ms),
      }),
    )
    return { marks, position: Number(rows.at(-1)?.position ?? position) }
  }

  highest(hashes: readonly string[], nowMs: number): number {
    let highest = 0
    for (const hash of hashes) {
      const row = this.#sql.get('SELECT rank FROM taint WHERE hash = ? AND expires_ms > ?', hash, nowMs)
      highest = Math.max(highest, Number(row?.rank ?? 0))
    }
    return highest
  }
}
