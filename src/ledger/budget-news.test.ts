// Who is told of budgets: what was charged, however many there are, and again when the telling failed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BudgetStatus } from '../domain/budget.ts'
import { nanoUsd, ZERO_USD } from '../domain/money.ts'
import { BudgetNews } from './budget-news.ts'
import { renewedStatuses } from './budget-statuses.ts'
import { budgetOf } from './contract/ledger-world.ts'
import { NOW_MS, SLOT_MS, StoreWorld } from './contract/store-world.ts'
import { IN_MEMORY } from './sqlite/ledger-file.ts'
import { SqliteStore } from './sqlite/sqlite-store.ts'

const each = budgetOf(1000, { scope: 'user', subject: '*' })
const users = Array.from({ length: 150 }, (_, index) => ({ scope: 'user' as const, name: `user_${index}` }))

/** A store in which every user has spent, the first ones the least. */
async function openWorld(): Promise<StoreWorld> {
  const world = await StoreWorld.open(() => ({ store: () => new SqliteStore({ path: IN_MEMORY }), shared: false }))
  await world.commit('a', { spend: users.map((user, index) => ({ ...user, slotMs: SLOT_MS, amount: 900 + index })) })
  return world
}

function newsOf(world: StoreWorld, told: (statuses: readonly BudgetStatus[]) => void): BudgetNews {
  return new BudgetNews({ store: world.store, ownerLostAfterMs: 600_000, onCharged: told })
}

test('at first all are told of, more than are ever shown; then only who was charged', async () => {
  await using world = await openWorld()
  const told: string[][] = []
  const news = newsOf(world, (statuses) => void told.push(statuses.map(({ subject }) => subject)))
  assert.equal(news.any, true)
  await news.tell([each], NOW_MS)
  assert.equal(told[0]?.length, 150)
  assert.equal(news.any, false)
  news.charged([
    { scope: 'user', name: 'user_0' },
    { scope: 'provider', name: 'openai' },
  ])
  await news.tell([each], NOW_MS)
  assert.deepEqual(told[1], ['user_0'])
  news.all()
  await news.tell([each], NOW_MS)
  assert.equal(told[2]?.length, 150)
})

test('the figures are those of the window now', async () => {
  await using world = await openWorld()
  const told: BudgetStatus[] = []
  const news = newsOf(world, (statuses) => void told.push(...statuses))
  await news.tell([], NOW_MS)
  news.charged([{ scope: 'user', name: 'user_7' }])
  const day = budgetOf(1000, { scope: 'user', subject: 'user_7', window: { kind: 'day' } })
  await news.tell([each, day], NOW_MS + 86_400_000)
  assert.deepEqual(
    told.map(({ window, period, spent }) => [window, period, spent]),
    [
      ['month', '2026-11', 907],
      ['day', '2026-11-24', 0],
    ],
  )
})

test('what could not be told is told the next time', async () => {
  await using world = await openWorld()
  let fails = true
  const told: number[] = []
  const news = newsOf(world, (statuses) => {
    if (fails) throw new Error('away')
    told.push(statuses.length)
  })
  await assert.rejects(news.tell([each], NOW_MS), /away/)
  assert.equal(news.any, true)
  fails = false
  await news.tell([each], NOW_MS)
  news.charged([{ scope: 'user', name: 'user_3' }])
  fails = true
  await assert.rejects(news.tell([each], NOW_MS), /away/)
  fails = false
  await news.tell([each], NOW_MS)
  assert.deepEqual(told, [150, 1])
})

test('what is known is brought up to date with what is known anew, a hundred of each budget at most', () => {
  const statusOf = (subject: string, spent: number): BudgetStatus => ({
    ...{ id: each.id, scope: 'user', subject, window: 'month', period: '2026-11', limit: each.limit, rule: each.rule },
    ...{ spent: nanoUsd(spent), reserved: ZERO_USD, leased: ZERO_USD, unsettled: ZERO_USD, soft: false },
    resetsAtMs: undefined,
  })
  const known = ['ann', 'bob'].map((subject) => statusOf(subject, 1))
  const renewed = renewedStatuses(known, [statusOf('bob', 2), statusOf('cleo', 3)])
  assert.deepEqual(
    renewed.map(({ subject, spent }) => [subject, spent]),
    [
      ['ann', 1],
      ['bob', 2],
      ['cleo', 3],
    ],
  )
  const many = Array.from({ length: 150 }, (_, index) => statusOf(`user_${index}`, 150 - index))
  assert.deepEqual(renewedStatuses(known, many).length, 100)
})
