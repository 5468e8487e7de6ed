// Owns the alerts that a ledger file holds until they are delivered: one for each threshold and period.
import type { AlertStore, KeptAlert, StoredAlert } from '../alert-store.ts'
import type { Statements } from './statements.ts'
import type { Transactions } from './tables.ts'

/** Alerts that one process takes at once. */
const MOST_AT_ONCE = 20

export function alertStore({ read, write }: Transactions): AlertStore {
  return {
    raise: (id, payload, nowMs) => write(({ alerts }) => alerts.raise(id, payload, nowMs)),
    claim: (nowMs, untilMs) => write(({ alerts }) => alerts.claim(nowMs, untilMs)),
    delivered: (id) => write(({ alerts }) => alerts.delivered(id)),
    postpone: (id, dueMs) => write(({ alerts }) => alerts.postpone(id, dueMs)),
    newest: (limit) => read(({ alerts }) => alerts.newest(limit)),
  }
}

/** Each method is a step inside a transaction. */
export class AlertTable {
  readonly #sql: Statements

  constructor(sql: Statements) {
    this.#sql = sql
  }

  raise(id: string, payload: string, nowMs: number): boolean {
    return (
      this.#sql.run('INSERT INTO alert VALUES (?, ?, ?, 0, ?) ON CONFLICT DO NOTHING', id, payload, nowMs, nowMs) === 1
    )
  }

  claim(nowMs: number, untilMs: number): StoredAlert[] {
    const rows = this.#sql.all(
      `UPDATE alert SET tries = tries + 1, due_ms = ? WHERE id IN
         (SELECT id FROM alert WHERE due_ms <= ? ORDER BY due_ms, id LIMIT ${MOST_AT_ONCE})
       RETURNING id, payload, tries, raised_ms AS raisedMs`,
      ...[untilMs, nowMs],
    )
    // Rows are returned in the order in which they were changed, which is any.
    const claimed = rows as unknown as (StoredAlert & { readonly raisedMs: number })[]
    return claimed
      .toSorted((left, right) => left.raisedMs - right.raisedMs || (left.id < right.id ? -1 : 1))
      .map(({ id, payload, tries }) => ({ id, payload, tries }))
  }

  delivered(id: string): void {
    this.#sql.run('UPDATE alert SET due_ms = NULL WHERE id = ?', id)
  }

  postpone(id: string, dueMs: number): void {
    this.#sql.run('UPDATE alert SET due_ms = ? WHERE id = ? AND due_ms IS NOT NULL', dueMs, id)
  }

  /** @returns rows that went, at most `limit`. */
  prune(beforeMs: number, limit: number): number {
    const old = `SELECT id FROM alert WHERE raised_ms < ? AND instr(payload, '"window":"lifetime"') = 0 LIMIT ?`
    return this.#sql.run(`DELETE FROM alert WHERE id IN (${old})`, beforeMs, limit)
  }

  newest(limit: number): KeptAlert[] {
    const sql = 'SELECT id, payload, tries, raised_ms, due_ms FROM alert ORDER BY raised_ms DESC, id DESC LIMIT ?'
    return this.#sql.all(sql, limit).map((row) => ({
      id: String(row.id),
      payload: String(row.payload),
      tries: Number(row.tries),
      raisedAtMs: Number(row.raised_ms),
      dueAtMs: row.due_ms === null ? undefined : Number(row.due_ms),
    }))
  }
}
