// Owns /v1/budgets: budgets that users are given. Those of providers, keys and tags are at /admin/budgets.
import type { UserBudget } from '../../access/access-types.ts'
import { Entry, stated } from '../../access/entry.ts'
import { timeText } from '../../access/key-entry.ts'
import type { UserBudgetWish } from '../../access/user-budgets.ts'
import { fromUsd, usdNumber } from '../../domain/money.ts'
import { type Exchange, sendJson } from '../exchange.ts'
import { cut, membersOf, pageOf, partOf, queryOf, sendNothing } from './managed.ts'

/** A hundred years. */
const LONGEST_SECONDS = 36_525 * 86_400

export async function createUserBudget(exchange: Exchange): Promise<void> {
  const wish = await wishOf(exchange)
  sendJson(exchange, 200, budgetView(await exchange.deps.access.userBudgets.create(wish)))
}

export async function listUserBudgets(exchange: Exchange): Promise<void> {
  const shown = cut(await exchange.deps.access.userBudgets.list(), pageOf(queryOf(exchange)))
  sendJson(exchange, 200, shown.map(budgetView))
}

export async function getUserBudget(exchange: Exchange): Promise<void> {
  sendJson(exchange, 200, budgetView(await exchange.deps.access.userBudgets.get(partOf(exchange, 3))))
}

export async function changeUserBudget(exchange: Exchange): Promise<void> {
  const wish = await wishOf(exchange)
  sendJson(exchange, 200, budgetView(await exchange.deps.access.userBudgets.update(partOf(exchange, 3), wish)))
}

export async function removeUserBudget(exchange: Exchange): Promise<void> {
  await exchange.deps.access.userBudgets.remove(partOf(exchange, 3))
  sendNothing(exchange)
}

async function wishOf(exchange: Exchange): Promise<UserBudgetWish> {
  const entry = new Entry(await membersOf(exchange), ['max_budget', 'budget_duration_sec'])
  const limit = entry.amount('max_budget', fromUsd)
  return stated({ limit, durationSeconds: entry.wholeNumber('budget_duration_sec', 1, LONGEST_SECONDS) })
}

function budgetView({ id, limit, durationSeconds, createdAtMs, updatedAtMs }: UserBudget): object {
  return {
    budget_id: id,
    max_budget: limit === null ? null : usdNumber(limit),
    budget_duration_sec: durationSeconds,
    created_at: timeText(createdAtMs),
    updated_at: timeText(updatedAtMs),
  }
}
