// Owns what a budget that is set at run time gets unless it says otherwise.
import type { BudgetDefaults } from './budget-entry.ts'

export function budgetDefaults({
  budgets,
  providers,
}: {
  readonly budgets: Omit<BudgetDefaults, 'providers'>
  readonly providers: readonly { readonly name: string }[]
}): BudgetDefaults {
  const { timeZone, onExceeded, alertAtPercent } = budgets
  return { timeZone, onExceeded, alertAtPercent, providers: providers.map(({ name }) => name) }
}
