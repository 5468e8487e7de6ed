// Owns what processes have taken of limits, in a ledger file. Each method is a step inside a transaction.
import {
  type LimitStore,
  type LimitSubject,
  type SliceGrant,
  type SliceRequest,
  type SliceReturn,
  sliceOf,
} from '../limit-store.ts'
import type { Statements } from './statements.ts'
import type { Transactions } from './tables.ts'

const WHERE_SUBJECT = 'scope = ? AND name = ? AND kind = ? AND window_ms = ?'

export function limitStore({ write }: Transactions): LimitStore {
  return {
    take: (owner, requests, nowMs) => write(({ limits }) => limits.take(owner, requests, nowMs)),
    giveBack: (owner, returns) => write(({ limits }) => limits.giveBack(owner, returns)),
    renew: (owner, untilMs, nowMs) => write(({ limits }) => limits.renew(owner, untilMs, nowMs)),
  }
}

export class LimitTable {
  readonly #sql: Statements

  constructor(sql: Statements) {
    this.#sql = sql
  }

  take(owner: string, requests: readonly SliceRequest[], nowMs: number): readonly SliceGrant[] {
    const rooms = requests.map((request) => request.limit - this.#taken(request, nowMs))
    const grants = requests.map((request, index) => sliceOf(request, rooms[index] ?? 0))
    if (grants.includes(0)) return rooms.map((room) => ({ granted: 0, left: Math.max(0, room) }))
    return requests.map((request, index) => {
      const granted = grants[index] ?? 0
      const { scope, name, kind, windowMs, untilMs } = request
      this.#sql.run(
        `INSERT INTO limit_slice VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
           amount = CASE WHEN until_ms > ? THEN amount ELSE 0 END + excluded.amount, until_ms = excluded.until_ms`,
        ...[scope, name, kind, windowMs, owner, granted, untilMs, nowMs],
      )
      return { granted, left: (rooms[index] ?? 0) - granted }
    })
  }

  giveBack(owner: string, returns: readonly SliceReturn[]): void {
    for (const { scope, name, kind, windowMs, amount } of returns) {
      this.#sql.run(
        `UPDATE limit_slice SET amount = max(0, amount - ?) WHERE ${WHERE_SUBJECT} AND owner = ?`,
        ...[amount, scope, name, kind, windowMs, owner],
      )
    }
  }

  renew(owner: string, untilMs: number, nowMs: number): void {
    const held = "kind = 'parallel' AND owner = ? AND until_ms > ?"
    this.#sql.run(`UPDATE limit_slice SET until_ms = ? WHERE ${held}`, untilMs, owner, nowMs)
    this.#sql.run('DELETE FROM limit_slice WHERE until_ms <= ?', nowMs)
  }

  #taken({ scope, name, kind, windowMs }: LimitSubject, nowMs: number): number {
    const row = this.#sql.get(
      `SELECT coalesce(sum(amount), 0) AS taken FROM limit_slice WHERE ${WHERE_SUBJECT} AND until_ms > ?`,
      ...[scope, name, kind, windowMs, nowMs],
    )
    return Number(row?.taken ?? 0)
  }
}
