// Owns the decisions that a ledger file holds: a row a batch, so that keeping them costs next to nothing.
import type { DecisionBatch, DecisionQuery, DecisionStore, StoredDecisionBatch } from '../decision-store.ts'
import type { Statements } from './statements.ts'
import type { Transactions } from './tables.ts'

export const decisionTables = `CREATE TABLE decision_batch (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     first_ms INTEGER NOT NULL,
     last_ms INTEGER NOT NULL,
     decisions TEXT NOT NULL
   ) STRICT;
   CREATE INDEX decision_batch_by_time ON decision_batch (last_ms);`

export function decisionStore({ read, write }: Transactions): DecisionStore {
  return {
    add: (batch) => write(({ decisions }) => decisions.add(batch)),
    read: (query) => read(({ decisions }) => decisions.read(query)),
    forget: (beforeMs) => write(({ decisions }) => decisions.forget(beforeMs)),
  }
}

/** Each method is a step inside a transaction. */
export class DecisionTable {
  readonly #sql: Statements

  constructor(sql: Statements) {
    this.#sql = sql
  }

  add({ firstMs, lastMs, decisions }: DecisionBatch): void {
    const sql = 'INSERT INTO decision_batch (first_ms, last_ms, decisions) VALUES (?, ?, ?)'
    this.#sql.run(sql, firstMs, lastMs, decisions)
  }

  read({ sinceMs, afterId, limit }: DecisionQuery): StoredDecisionBatch[] {
    const sql = `SELECT id, first_ms, last_ms, decisions FROM decision_batch
      WHERE id > ? AND last_ms >= ? ORDER BY id LIMIT ?`
    return this.#sql.all(sql, afterId, sinceMs, limit).map((row) => ({
      id: Number(row.id),
      firstMs: Number(row.first_ms),
      lastMs: Number(row.last_ms),
      decisions: String(row.decisions),
    }))
  }

  forget(beforeMs: number): number {
    return this.#sql.run('DELETE FROM decision_batch WHERE last_ms < ?', beforeMs)
  }
}
