// Owns the budgets that a ledger file holds: those that were set at run time.
import type { Budget, BudgetScope, BudgetWindow } from '../../domain/budget.ts'
import { nanoUsd } from '../../domain/money.ts'
import type { BudgetStore, StoredBudget } from '../budget-store.ts'
import type { Statements } from './statements.ts'
import type { Transactions } from './tables.ts'

const columns = `id, scope, subject, window_kind, window_seconds, time_zone, limit_nano, soft, on_exceeded, alert_at, rule,
  created_ms, updated_ms`

export function budgetStore({ read, write }: Transactions): BudgetStore {
  return {
    all: () => read(({ budgets }) => budgets.all()),
    put: (budget, nowMs) => write(({ budgets }) => budgets.put(budget, nowMs)),
    remove: (id) => write(({ budgets }) => budgets.remove(id)),
  }
}

/** Each method is a step inside a transaction. */
export class BudgetTable {
  readonly #sql: Statements

  constructor(sql: Statements) {
    this.#sql = sql
  }

  all(): StoredBudget[] {
    return this.#sql.all(`SELECT ${columns} FROM budget ORDER BY created_ms, id`).map(budgetOf)
  }

  put(budget: Budget, nowMs: number): void {
    const { id, scope, subject, window, timeZone, limit, soft, onExceeded, alertAtPercent, rule } = budget
    const seconds = window.kind === 'rolling' ? window.seconds : null
    const alertAt = JSON.stringify(alertAtPercent)
    this.#sql.run(
      `INSERT INTO budget (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
         scope = excluded.scope, subject = excluded.subject, window_kind = excluded.window_kind,
         window_seconds = excluded.window_seconds, time_zone = excluded.time_zone, limit_nano = excluded.limit_nano,
         soft = excluded.soft, on_exceeded = excluded.on_exceeded, alert_at = excluded.alert_at, rule = excluded.rule,
         updated_ms = excluded.updated_ms`,
      ...[id, scope, subject, window.kind, seconds, timeZone, limit, soft ? 1 : 0, onExceeded, alertAt, rule],
      ...[nowMs, nowMs],
    )
  }

  remove(id: string): boolean {
    return this.#sql.run('DELETE FROM budget WHERE id = ?', id) === 1
  }
}

function budgetOf(row: Record<string, unknown>): StoredBudget {
  // Intervals belong to users and are not kept here.
  const kind = String(row.window_kind) as Exclude<BudgetWindow['kind'], 'interval'>
  return {
    id: String(row.id),
    scope: String(row.scope) as BudgetScope,
    subject: String(row.subject),
    window: kind === 'rolling' ? { kind, seconds: Number(row.window_seconds) } : { kind },
    timeZone: String(row.time_zone),
    limit: nanoUsd(Number(row.limit_nano)),
    soft: Number(row.soft) === 1,
    onExceeded: row.on_exceeded === 'reject' ? 'reject' : 'fallback',
    alertAtPercent: JSON.parse(String(row.alert_at)),
    rule: String(row.rule),
    createdAtMs: Number(row.created_ms),
    updatedAtMs: Number(row.updated_ms),
  }
}
