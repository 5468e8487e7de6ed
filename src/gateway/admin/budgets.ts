// Owns /admin/budgets: budgets as they stand, and those that are set at run time.
import { AegisError } from '../../domain/errors.ts'
import { type BudgetEntry, budgetOfEntry, entryOf } from '../../money/budget-entry.ts'
import { budgetView } from '../../money/budget-view.ts'
import { bodyOf, type Exchange, sendJson } from '../exchange.ts'
import { parseJsonObject } from '../parse-json.ts'
import { idOf, queryOf } from './request-parts.ts'

const RULE = 'POST /admin/budgets'

export async function listBudgets(exchange: Exchange): Promise<void> {
  queryOf(exchange, [])
  sendJson(exchange, 200, { data: (await exchange.deps.budgetBook.list()).map(budgetView) })
}

export async function getBudget(exchange: Exchange): Promise<void> {
  sendJson(exchange, 200, budgetView(await exchange.deps.budgetBook.get(idOf(exchange))))
}

/** Adds a budget, or replaces the one for the same subject and window. */
export async function setBudget(exchange: Exchange): Promise<void> {
  const { budgetBook, budgetDefaults } = exchange.deps
  const { view } = parseJsonObject(await bodyOf(exchange))
  const budget = budgetOfEntry(view, budgetDefaults, RULE)
  const replaced = await budgetBook.set(budget)
  sendJson(exchange, 200, {
    ...budgetView(await budgetBook.get(budget.id)),
    replaced: replaced ? entryOf(replaced) : null,
  })
}

/** Changes a budget that was set at run time. What makes its id stays, so what is not sent of that is taken from it. */
export async function changeBudget(exchange: Exchange): Promise<void> {
  const { budgetBook, budgetDefaults } = exchange.deps
  const id = idOf(exchange)
  const { budget: known, source } = await budgetBook.get(id)
  const { view } = parseJsonObject(await bodyOf(exchange))
  const { scope, subject, per, soft } = entryOf(known)
  const entry: BudgetEntry = { scope, subject, per, soft, ...view }
  const changed = budgetOfEntry(entry, budgetDefaults, RULE)
  // A budget of the configuration has an id of another form, and is refused with where it is set.
  if (changed.id !== id && source === 'run_time') {
    const message = 'scope, subject, per and soft make the id of a budget. Set another one and remove this.'
    throw new AegisError('invalid_request', message, { param: 'id' })
  }
  const replaced = await budgetBook.set({ ...changed, id })
  sendJson(exchange, 200, { ...budgetView(await budgetBook.get(id)), replaced: replaced ? entryOf(replaced) : null })
}

export async function removeBudget(exchange: Exchange): Promise<void> {
  const removed = await exchange.deps.budgetBook.remove(idOf(exchange))
  sendJson(exchange, 200, { id: removed.id, removed: entryOf(removed) })
}
