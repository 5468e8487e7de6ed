// Owns the rows of `aegis budget list`: a budget and one of those whom it holds for, from the ledger or from a gateway.
import type { BudgetView, StandingView } from '../../money/budget-view.ts'

/** A budget as one subject stands. */
export type BudgetRow = Omit<BudgetView, 'standing' | 'subject'> &
  Omit<StandingView, 'period'> & { period: string | null }

/** A row for each that has spent anything, and one for a budget of which nobody has. */
export function budgetRows({ standing, ...budget }: BudgetView): BudgetRow[] {
  if (standing.length > 0) return standing.map((one) => ({ ...budget, ...one }))
  const nothing = { spent_usd: 0, reserved_usd: 0, leased_usd: 0, unsettled_usd: 0 }
  const used_ratio = budget.limit_usd === 0 ? 1 : 0
  return [{ ...budget, ...nothing, period: null, left_usd: budget.limit_usd, used_ratio, resets_at: null }]
}

/** The JSON of a row. `provider` and `window` are there for programs that know budgets of providers only. */
export function budgetRowJson(row: BudgetRow): object {
  return {
    id: row.id,
    scope: row.scope,
    subject: row.subject,
    provider: row.scope === 'provider' ? row.subject : null,
    window: /\d/.test(row.per) ? 'rolling' : row.per,
    per: row.per,
    period: row.period,
    limit_usd: row.limit_usd,
    spent_usd: row.spent_usd,
    reserved_usd: row.reserved_usd,
    leased_usd: row.leased_usd,
    unsettled_usd: row.unsettled_usd,
    left_usd: row.left_usd,
    used_ratio: row.used_ratio,
    resets_at: row.resets_at,
    soft: row.soft,
    on_exceeded: row.on_exceeded,
    time_zone: row.time_zone,
    alert_at_percent: row.alert_at_percent,
    rule: row.rule,
    source: row.source,
  }
}
