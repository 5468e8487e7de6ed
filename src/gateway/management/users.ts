// Owns /v1/users: who spends, under which budget, and what was spent.
import type { User } from '../../access/access-types.ts'
import { Entry, refuse, stated } from '../../access/entry.ts'
import { timeText } from '../../access/key-entry.ts'
import { budgetPeriod } from '../../access/user-budgets.ts'
import { usdNumber } from '../../domain/money.ts'
import { type Exchange, sendJson } from '../exchange.ts'
import { cut, membersOf, pageOf, partOf, queryOf, sendNothing } from './managed.ts'

const changeable = ['alias', 'budget_id', 'blocked', 'metadata'] as const

export async function createUser(exchange: Exchange): Promise<void> {
  const { users } = exchange.deps.access
  const entry = new Entry(await membersOf(exchange), ['user_id', ...changeable])
  const id = entry.text('user_id') ?? refuse('user_id', 'It must be text of one line with 1 to 256 characters.')
  await sendUser(exchange, await users.create({ id, ...stated(changeOf(entry)) }))
}

export async function listUsers(exchange: Exchange): Promise<void> {
  const shown = cut(await exchange.deps.access.users.list(), pageOf(queryOf(exchange)))
  sendJson(exchange, 200, await viewsOf(exchange, shown))
}

export async function getUser(exchange: Exchange): Promise<void> {
  await sendUser(exchange, await exchange.deps.access.users.get(partOf(exchange, 3)))
}

export async function changeUser(exchange: Exchange): Promise<void> {
  const change = changeOf(new Entry(await membersOf(exchange), changeable))
  await sendUser(exchange, await exchange.deps.access.users.update(partOf(exchange, 3), stated(change)))
}

export async function removeUser(exchange: Exchange): Promise<void> {
  await exchange.deps.access.users.remove(partOf(exchange, 3))
  sendNothing(exchange)
}

function changeOf(entry: Entry<(typeof changeable)[number]>) {
  return {
    alias: entry.text('alias'),
    budgetId: entry.text('budget_id'),
    blocked: entry.flag('blocked'),
    metadata: entry.metadata('metadata'),
  }
}

async function sendUser(exchange: Exchange, user: User): Promise<void> {
  const [view] = await viewsOf(exchange, [user])
  sendJson(exchange, 200, view)
}

/** `spend` is what was spent since the user's budget began anew, or since there is the user. */
async function viewsOf({ deps }: Exchange, users: readonly User[]): Promise<readonly object[]> {
  const { directory, spending } = deps.access
  const nowMs = deps.proxy.clock.wallMs()
  const periods = users.map((user) => {
    const budget = user.budgetId === null ? undefined : directory.budgets.get(user.budgetId)
    return {
      ...budgetPeriod(user, budget?.durationSeconds ?? null, nowMs),
      seconds: budget?.durationSeconds ?? undefined,
    }
  })
  const spent = await spending.within(
    users.map(({ id, budgetStartedAtMs, spendSinceMs }, index) => ({
      userId: id,
      window: {
        kind: 'interval',
        sinceMs: budgetStartedAtMs ?? spendSinceMs,
        seconds: periods[index]?.seconds,
      },
      without: periods[index]?.startedAtMs === spendSinceMs ? users[index]?.spentBefore : undefined,
    })),
  )
  return users.map((user, index) => {
    const next = periods[index]?.nextMs
    return {
      user_id: user.id,
      alias: user.alias,
      spend: usdNumber(spent[index] ?? user.spentBefore),
      budget_id: user.budgetId,
      budget_started_at: user.budgetStartedAtMs === null ? null : timeText(periods[index]?.startedAtMs ?? 0),
      next_budget_reset_at: next === undefined ? null : timeText(next),
      blocked: user.blocked,
      created_at: timeText(user.createdAtMs),
      updated_at: timeText(user.updatedAtMs),
      metadata: user.metadata,
    }
  })
}
