// Owns what a budget is, and what is known of one at an instant.
import type { NanoUsd } from './money.ts'

/** Whom a budget holds back. Closed set: it labels a metric. */
export const budgetScopes = ['global', 'provider', 'key', 'user', 'tag'] as const
export type BudgetScope = (typeof budgetScopes)[number]

/** The spans over which spending is added up. Closed set: it labels a metric. */
export const budgetWindows = ['day', 'week', 'month', 'rolling', 'interval', 'lifetime'] as const
export type BudgetWindowKind = (typeof budgetWindows)[number]

/**
 * Days begin at midnight and weeks on Monday, in the budget's time zone; a rolling window ends now. Intervals follow one
 * another from `sinceMs` on, each of so many seconds; without seconds there is one, which never ends.
 */
export type BudgetWindow =
  | { readonly kind: 'day' | 'week' | 'month' | 'lifetime' }
  | { readonly kind: 'rolling'; readonly seconds: number }
  | { readonly kind: 'interval'; readonly sinceMs: number; readonly seconds: number | undefined }

/** Applies to each subject of its scope on its own: every user, every key. */
export const EACH = '*'

/** A limit on what a subject may cost in a window. */
export interface Budget {
  /** Unique for ever: it names the budget in alerts, and in the store when it was set there. */
  readonly id: string
  readonly scope: BudgetScope
  /** The provider's, key's, user's or tag's name; `*` for each one on its own; empty for the global scope. */
  readonly subject: string
  readonly window: BudgetWindow
  /** IANA time zone in which days, weeks and months begin. */
  readonly timeZone: string
  readonly limit: NanoUsd
  /** A soft limit alerts and never refuses. */
  readonly soft: boolean
  /** When it is exhausted: try the next candidate, or refuse the request. */
  readonly onExceeded: 'fallback' | 'reject'
  /** Percentages of the limit at which an alert is sent, ascending. */
  readonly alertAtPercent: readonly number[]
  /** What set it, for people: `budgets.monthly_limits.openai`, `aegis budget set`. */
  readonly rule: string
}

/** A limit and how much of it is gone, from the same query that grants money. */
export interface BudgetStatus {
  readonly id: string
  readonly scope: BudgetScope
  /** The one subject meant, also where the budget is for each. */
  readonly subject: string
  /** Set when the budget is for each subject on its own: their names are callers' words, without end. */
  readonly each?: true
  readonly window: BudgetWindowKind
  /** The period now: `2026-11-27`, `2026-W48`, `2026-11`, `3600s`, `lifetime`. */
  readonly period: string
  readonly limit: NanoUsd
  /** Charged for good, what nobody could settle included. */
  readonly spent: NanoUsd
  /** Held by requests in flight, in all processes. */
  readonly reserved: NanoUsd
  /** Set aside by processes for their next requests and held by none yet. */
  readonly leased: NanoUsd
  /** The part of `spent` and of dead processes' leases of which nobody knows whether it was billed. */
  readonly unsettled: NanoUsd
  /** When the period ends, milliseconds since 1970; undefined for rolling and lifetime windows. */
  readonly resetsAtMs: number | undefined
  readonly soft: boolean
  readonly rule: string
}

/** A budget had no room. A value, not an exception: the next cleared attempt is tried. */
export interface BudgetExceeded {
  readonly outcome: 'budget_exceeded'
  /** The tightest budget that refused. */
  readonly budget: BudgetStatus
  readonly onExceeded: 'fallback' | 'reject'
  /** What could still be reserved now over all budgets of this attempt. */
  readonly available: NanoUsd
}
