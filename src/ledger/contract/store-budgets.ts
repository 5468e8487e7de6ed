// Owns the part of the stores' contract about budgets that are set at run time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Budget } from '../../domain/budget.ts'
import { nanoUsd } from '../../domain/money.ts'
import { type MakeStore, NOW_MS, only, StoreWorld } from './store-world.ts'

const monthly: Budget = {
  id: 'team',
  scope: 'user',
  subject: '*',
  window: { kind: 'month' },
  timeZone: 'Europe/Berlin',
  limit: nanoUsd(25_000_000_000),
  soft: false,
  onExceeded: 'fallback',
  alertAtPercent: [50, 80.5, 100],
  rule: 'aegis budget set',
}

export function storeBudgets(makeStore: MakeStore): void {
  test('a budget is kept as it was set, for all stores', async () => {
    await using world = await StoreWorld.open(makeStore)
    assert.deepEqual(await world.store.budgets.all(), [])
    const rolling: Budget = { ...monthly, id: 'burst', window: { kind: 'rolling', seconds: 90 }, alertAtPercent: [] }
    await world.store.budgets.put(monthly, NOW_MS)
    await world.store.budgets.put(rolling, NOW_MS + 1)
    const times = { createdAtMs: NOW_MS, updatedAtMs: NOW_MS }
    assert.deepEqual(await (await world.another()).budgets.all(), [
      { ...monthly, ...times },
      { ...rolling, createdAtMs: NOW_MS + 1, updatedAtMs: NOW_MS + 1 },
    ])
  })

  test('a budget of the same id replaces it and keeps when it was created', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.store.budgets.put({ ...monthly, window: { kind: 'rolling', seconds: 60 } }, NOW_MS)
    const replaced: Budget = { ...monthly, scope: 'global', subject: '', soft: true, onExceeded: 'reject' }
    await world.store.budgets.put(replaced, NOW_MS + 10)
    const expected = { ...replaced, createdAtMs: NOW_MS, updatedAtMs: NOW_MS + 10 }
    assert.deepEqual(only(await world.store.budgets.all()), expected)
  })

  test('a budget is removed once', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.store.budgets.put(monthly, NOW_MS)
    assert.equal(await world.store.budgets.remove('other'), false)
    assert.equal(await world.store.budgets.remove('team'), true)
    assert.equal(await world.store.budgets.remove('team'), false)
    assert.deepEqual(await world.store.budgets.all(), [])
  })
}
