// Owns how budgets are shown: as JSON over HTTP, and from there by the command line.
import type { Budget, BudgetStatus } from '../domain/budget.ts'
import { windowText } from '../domain/budget-text.ts'
import { fromUsd, type NanoUsd, usdNumber } from '../domain/money.ts'
import type { KnownBudget } from '../ledger/budget-book.ts'

/** How one subject stands now. */
export interface StandingView {
  readonly subject: string
  readonly period: string
  readonly spent_usd: number
  /** Held by requests in flight. */
  readonly reserved_usd: number
  /** Set aside by processes for their next requests. */
  readonly leased_usd: number
  /** The part of what is spent of which nobody knows whether it was billed. */
  readonly unsettled_usd: number
  readonly left_usd: number
  readonly used_ratio: number
  /** Null for rolling and lifetime windows. */
  readonly resets_at: string | null
}

/** A budget, with how everybody stands whom it holds for. */
export interface BudgetView {
  readonly id: string
  readonly scope: Budget['scope']
  /** `*` for each on its own; empty for the global scope. */
  readonly subject: string
  readonly per: string
  readonly limit_usd: number
  readonly soft: boolean
  readonly on_exceeded: Budget['onExceeded']
  readonly time_zone: string
  readonly alert_at_percent: readonly number[]
  /** What set it, for people. */
  readonly rule: string
  /** A budget of the configuration is changed there. */
  readonly source: KnownBudget['source']
  readonly created_at: string | null
  readonly updated_at: string | null
  /** Those that spent the most first, at most 100. */
  readonly standing: readonly StandingView[]
}

export function budgetView({ budget, source, createdAtMs, updatedAtMs, standing }: KnownBudget): BudgetView {
  return {
    id: budget.id,
    scope: budget.scope,
    subject: budget.subject,
    per: windowText(budget.window),
    limit_usd: usdNumber(budget.limit),
    soft: budget.soft,
    on_exceeded: budget.onExceeded,
    time_zone: budget.timeZone,
    alert_at_percent: budget.alertAtPercent,
    rule: budget.rule,
    source,
    created_at: timeText(createdAtMs),
    updated_at: timeText(updatedAtMs),
    standing: standing.map(standingView),
  }
}

function standingView(status: BudgetStatus): StandingView {
  const { subject, period, limit, spent, reserved, leased, unsettled, resetsAtMs } = status
  return {
    subject,
    period,
    spent_usd: usdNumber(spent),
    reserved_usd: usdNumber(reserved),
    leased_usd: usdNumber(leased),
    unsettled_usd: usdNumber(unsettled),
    left_usd: usdNumber(leftOf({ limit, spent, reserved })),
    used_ratio: usedRatio({ limit, spent, reserved }),
    resets_at: timeText(resetsAtMs),
  }
}

/** A provider's bill may exceed a limit: what is left is never below nothing. */
export function leftOf({ limit, spent, reserved }: Pick<BudgetStatus, 'limit' | 'spent' | 'reserved'>): NanoUsd {
  return Math.max(0, limit - spent - reserved) as NanoUsd
}

export function usedRatio({ limit, spent, reserved }: Pick<BudgetStatus, 'limit' | 'spent' | 'reserved'>): number {
  return limit === 0 ? 1 : (spent + reserved) / limit
}

/** The amount of a view, exactly: a view shows the double nearest to the decimal. */
export const amountOf = (usd: number): NanoUsd => fromUsd(usd)

function timeText(wallMs: number | undefined): string | null {
  return wallMs === undefined ? null : new Date(wallMs).toISOString()
}
