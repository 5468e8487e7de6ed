// Owns what is known of a budget at an instant.
import type { NanoUsd } from './money.ts'

/** A limit and how much of it is gone, from the same figures that `reserve` decides by. */
export interface BudgetStatus {
  readonly scope: 'provider'
  readonly subject: string
  /** The period now: `2026-11`. */
  readonly period: string
  readonly limit: NanoUsd
  readonly spent: NanoUsd
  readonly reserved: NanoUsd
  /** When the period ends, milliseconds since 1970. */
  readonly resetsAtMs: number
  /** The configuration line that set it: `budgets.monthly_limits.openai`. */
  readonly rule: string
}

/** A budget had no room. A value, not an exception: the next cleared attempt is tried. */
export interface BudgetExceeded {
  readonly outcome: 'budget_exceeded'
  /** The tightest budget that refused. */
  readonly budget: BudgetStatus
  /** What could still be reserved now over all budgets of this attempt. */
  readonly available: NanoUsd
}
