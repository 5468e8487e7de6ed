// Owns what an alert is, and what its webhook is told: figures and names of budgets, never content of a request.
import { createHash } from 'node:crypto'
import type { BudgetScope, BudgetWindowKind } from '../domain/budget.ts'

/** Closed set: `type` of what is posted. */
export const alertTypes = [
  'budget.threshold_reached',
  'ledger.unsettled_charged',
  'ledger.leases_forfeited',
  'rollout.rolled_back',
  'rollout.completed',
  'privacy.violation',
] as const
export type AlertType = (typeof alertTypes)[number]

/** Something that the operator is told once. */
export interface Alert {
  /** The same in all processes for the same event. */
  readonly id: string
  readonly type: AlertType
  readonly data: Readonly<Record<string, string | number | boolean | null>>
}

/** What labels the metric of a budget's alert. */
export interface BudgetAlertLabels {
  readonly scope: BudgetScope
  readonly window: BudgetWindowKind
  readonly percent: number
}

/**
 * The body that is posted, shaped as
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#payload-structure has it.
 */
export function payloadOf({ type, data }: Alert, wallMs: number): string {
  return JSON.stringify({ type, timestamp: new Date(wallMs).toISOString(), data })
}

/**
 * The `webhook-id` of an alert: the same for every try. Ids of alerts hold names of users, and what is signed must not
 * have a full stop that somebody else chose.
 */
export function webhookId(alertId: string): string {
  return `alert_${createHash('sha256').update(alertId).digest('hex').slice(0, 32)}`
}
