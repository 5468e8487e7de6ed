// Owns the part of the stores' contract about what is too old to be seen: it goes in small steps, and nothing else does.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { oldFineSlots } from '../slots.ts'
import { ALWAYS, GLOBAL, type MakeStore, NOW_MS, OPENAI, StoreWorld } from './store-world.ts'

const DAY_MS = 86_400_000
const all = (grainSeconds: number) => ({ ...ALWAYS, grainSeconds })

export function storePruning(makeStore: MakeStore): void {
  test('fine slots that no window can see go, and those that one can see and coarse ones stay', async () => {
    await using world = await StoreWorld.open(makeStore)
    const longestMs: Readonly<Record<number, number>> = { 1: 900_000, 15: 3_600_000, 60: 18_000_000, 300: 54_000_000 }
    for (const grainSeconds of [1, 15, 60, 300]) {
      const seen = { ...GLOBAL, grainSeconds, slotMs: NOW_MS - (longestMs[grainSeconds] ?? 0), amount: 7 }
      await world.commit('a', { spend: [seen, { ...GLOBAL, grainSeconds, slotMs: NOW_MS - 3 * DAY_MS, amount: 100 }] })
    }
    await world.commit('a', { spend: [{ ...OPENAI, slotMs: NOW_MS - 1000 * DAY_MS, amount: 100 }] })
    assert.equal(await world.store.prune(oldFineSlots(NOW_MS), 0, 10), 1)
    for (const grainSeconds of [1, 15, 60, 300]) {
      assert.equal((await world.figures(GLOBAL, 0, all(grainSeconds))).spent, 7, String(grainSeconds))
    }
    assert.equal((await world.figures(OPENAI)).spent, 100)
    assert.equal(await world.store.prune(oldFineSlots(NOW_MS), 0, 10), 0)
  })

  test('at most so many go at once, and all of them in the end, whoever takes them', async () => {
    await using world = await StoreWorld.open(makeStore)
    const slots = Array.from({ length: 25 }, (_, index) => NOW_MS - DAY_MS - index * 1000)
    await world.commit('a', { spend: slots.map((slotMs) => ({ ...GLOBAL, grainSeconds: 1, slotMs, amount: 1 })) })
    const stores = [world.store, await world.another()]
    assert.equal(await world.store.prune(oldFineSlots(NOW_MS), 0, 10), 10)
    assert.equal((await world.figures(GLOBAL, 0, all(1))).spent, 15)
    const prune = () => Promise.all(stores.map((store) => store.prune(oldFineSlots(NOW_MS), 0, 10)))
    while (Math.max(...(await prune())) > 0);
    assert.equal((await world.figures(GLOBAL, 0, all(1))).spent, 0)
  })

  test('old alerts go, and none of a lifetime, which would be raised again', async () => {
    await using world = await StoreWorld.open(makeStore)
    const payload = (window: string) => JSON.stringify({ type: 'budget.threshold_reached', data: { window } })
    await world.store.alerts.raise('month 1', payload('month'), NOW_MS - 500 * DAY_MS)
    await world.store.alerts.raise('month 2', payload('month'), NOW_MS)
    await world.store.alerts.raise('lifetime', payload('lifetime'), NOW_MS - 500 * DAY_MS)
    await world.store.alerts.delivered('month 1')
    assert.equal(await world.store.prune([], NOW_MS - 400 * DAY_MS, 10), 1)
    const kept = (await world.store.alerts.newest(10)).map(({ id }) => id)
    assert.deepEqual(kept, ['month 2', 'lifetime'])
    assert.equal(await world.store.alerts.raise('lifetime', payload('lifetime'), NOW_MS), false)
  })
}
