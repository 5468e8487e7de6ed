// Owns the answer to an attempt that no budget has room for: which budget, and what is left.
import type { Budget, BudgetExceeded, BudgetStatus } from '../../domain/budget.ts'
import type { NanoUsd } from '../../domain/money.ts'
import type { SubjectAccount } from './subject-account.ts'

/**
 * The tightest budget of the accounts that refused last, as the store saw it then, with what this process holds now.
 * Undefined when none refused.
 */
export function exceeded(accounts: readonly SubjectAccount[], amount: number, wallMs: number): BudgetExceeded {
  let tightest: { budget: Budget; status: BudgetStatus; left: number } | undefined
  for (const account of accounts) {
    const { refusal } = account
    if (refusal === undefined) continue
    for (const [index, budget] of account.hardBudgets.entries()) {
      const { granted: _, spent, leasedByOthers, reservedByOthers } = refusal.grant
      const inStore = spent[index] ?? 0
      const left = budget.limit - inStore - leasedByOthers - account.held + account.slack
      if (tightest && tightest.left <= left) continue
      const status = statusOf(account, budget, {
        spent: inStore + account.pending,
        reserved: reservedByOthers + account.reserved,
        leased: leasedByOthers - reservedByOthers + Math.max(0, account.slack),
        wallMs,
      })
      tightest = { budget, status, left }
    }
  }
  if (tightest === undefined) throw new RangeError(`no budget refused ${amount}`)
  const available = Math.max(0, Math.min(tightest.left, amount - 1)) as NanoUsd
  return { outcome: 'budget_exceeded', budget: tightest.status, onExceeded: tightest.budget.onExceeded, available }
}

function statusOf(
  account: SubjectAccount,
  budget: Budget,
  figures: { spent: number; reserved: number; leased: number; wallMs: number },
): BudgetStatus {
  const window = account.windowAt(budget, figures.wallMs)
  return {
    id: budget.id,
    scope: budget.scope,
    subject: account.name,
    window: budget.window.kind,
    period: window?.period ?? '',
    limit: budget.limit,
    spent: figures.spent as NanoUsd,
    reserved: figures.reserved as NanoUsd,
    leased: figures.leased as NanoUsd,
    unsettled: 0 as NanoUsd,
    resetsAtMs: window?.resetsAtMs,
    soft: budget.soft,
    rule: budget.rule,
  }
}
