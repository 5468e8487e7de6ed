// Owns the alerts that a ledger file holds until they are delivered: one for each threshold and period.
import type { StoredAlert } from '../store.ts'
import type { Statements } from './statements.ts'

/** Alerts that one process takes at once. */
const MOST_AT_ONCE = 20

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
         (SELECT id FROM alert WHERE due_ms <= ? ORDER BY due_ms LIMIT ${MOST_AT_ONCE})
       RETURNING id, payload, tries`,
      ...[untilMs, nowMs],
    )
    return rows as unknown as StoredAlert[]
  }

  delivered(id: string): void {
    this.#sql.run('UPDATE alert SET due_ms = NULL WHERE id = ?', id)
  }
}
