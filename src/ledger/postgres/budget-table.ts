// Owns the budgets that a ledger database holds: those that were set at run time. Each function below the port is a
// step inside a transaction.
import type { Budget, BudgetScope, BudgetWindow } from '../../domain/budget.ts'
import { nanoUsd } from '../../domain/money.ts'
import type { BudgetStore, StoredBudget } from '../budget-store.ts'
import type { Transactions } from './connections.ts'
import type { Transaction } from './session.ts'
import { storedName, storedText } from './stored-text.ts'

const columns = [
  'id',
  'scope',
  'subject',
  'window_kind',
  'window_seconds',
  'time_zone',
  'limit_nano',
  'soft',
  'on_exceeded',
  'alert_at',
  'rule',
  'created_ms',
  'updated_ms',
]

interface BudgetRow {
  readonly id: string
  readonly scope: BudgetScope
  readonly subject: string
  /** Intervals belong to users and are not kept here. */
  readonly window_kind: Exclude<BudgetWindow['kind'], 'interval'>
  readonly window_seconds: number | null
  readonly time_zone: string
  readonly limit_nano: number
  readonly soft: boolean
  readonly on_exceeded: Budget['onExceeded']
  readonly alert_at: readonly number[]
  readonly rule: string
  readonly created_ms: number
  readonly updated_ms: number
}

export function budgetStore({ read, write }: Transactions): BudgetStore {
  return {
    all: () => read('money', allBudgets),
    put: (budget, nowMs) => write((transaction) => putBudget(transaction, budget, nowMs)),
    remove: (id) => write((transaction) => removeBudget(transaction, id)),
  }
}

async function allBudgets(transaction: Transaction): Promise<readonly StoredBudget[]> {
  const rows = await transaction.rows<BudgetRow>(`SELECT ${columns.join(', ')} FROM budget ORDER BY created_ms, id`)
  return rows.map(budgetOf)
}

async function putBudget(transaction: Transaction, budget: Budget, nowMs: number): Promise<void> {
  const { id, scope, subject, window, timeZone, limit, soft, onExceeded, alertAtPercent, rule } = budget
  const replaced = columns.filter((column) => column !== 'id' && column !== 'created_ms')
  await transaction.run(
    `INSERT INTO budget (${columns.join(', ')}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')})
     ON CONFLICT (id) DO UPDATE SET ${replaced.map((column) => `${column} = excluded.${column}`).join(', ')}`,
    [
      storedName(id),
      scope,
      storedName(subject),
      window.kind,
      window.kind === 'rolling' ? window.seconds : null,
      timeZone,
      limit,
      soft,
      onExceeded,
      alertAtPercent,
      storedText(rule),
      nowMs,
      nowMs,
    ],
  )
}

async function removeBudget(transaction: Transaction, id: string): Promise<boolean> {
  return (await transaction.run('DELETE FROM budget WHERE id = $1', [storedName(id)])) === 1
}

function budgetOf(row: BudgetRow): StoredBudget {
  const kind = row.window_kind
  return {
    id: row.id,
    scope: row.scope,
    subject: row.subject,
    window: kind === 'rolling' ? { kind, seconds: row.window_seconds ?? 0 } : { kind },
    timeZone: row.time_zone,
    limit: nanoUsd(row.limit_nano),
    soft: row.soft,
    onExceeded: row.on_exceeded,
    alertAtPercent: row.alert_at,
    rule: row.rule,
    createdAtMs: row.created_ms,
    updatedAtMs: row.updated_ms,
  }
}
