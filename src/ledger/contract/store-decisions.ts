// Owns the part of the stores' contract about decisions: kept in order, read page by page, forgotten by age.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DecisionStore } from '../decision-store.ts'
import { type MakeStore, NOW_MS, StoreWorld } from './store-world.ts'

const HOUR_MS = 3_600_000

/** Batches of the hours before now, the oldest first. */
async function addHours(store: DecisionStore, hours: readonly number[]): Promise<void> {
  for (const age of hours) {
    const lastMs = NOW_MS - age * HOUR_MS
    await store.add({ firstMs: lastMs - 1000, lastMs, decisions: `["${age}"]` })
  }
}

export function storeDecisions(makeStore: MakeStore): void {
  test('batches come back page by page in the order in which they were written', async () => {
    await using world = await StoreWorld.open(makeStore)
    await addHours(world.store.decisions, [5, 4, 3, 2, 1])
    const other = await world.another()
    const first = await other.decisions.read({ sinceMs: 0, afterId: 0, limit: 3 })
    assert.deepEqual(
      first.map(({ decisions }) => decisions),
      ['["5"]', '["4"]', '["3"]'],
    )
    assert.equal(first[0]?.firstMs, NOW_MS - 5 * HOUR_MS - 1000)
    assert.equal(first[0]?.lastMs, NOW_MS - 5 * HOUR_MS)
    const second = await other.decisions.read({ sinceMs: 0, afterId: first.at(-1)?.id ?? 0, limit: 3 })
    assert.deepEqual(
      second.map(({ decisions }) => decisions),
      ['["2"]', '["1"]'],
    )
    assert.deepEqual(await other.decisions.read({ sinceMs: 0, afterId: second.at(-1)?.id ?? 0, limit: 3 }), [])
  })

  test('a batch is left out when its latest decision was before the time asked for', async () => {
    await using world = await StoreWorld.open(makeStore)
    await addHours(world.store.decisions, [3, 2, 1])
    const found = await world.store.decisions.read({ sinceMs: NOW_MS - 2 * HOUR_MS, afterId: 0, limit: 10 })
    assert.deepEqual(
      found.map(({ decisions }) => decisions),
      ['["2"]', '["1"]'],
    )
  })

  test('what is older than a time is forgotten, and new batches have new ids all the same', async () => {
    await using world = await StoreWorld.open(makeStore)
    await addHours(world.store.decisions, [3, 2])
    const [, newest] = await world.store.decisions.read({ sinceMs: 0, afterId: 0, limit: 10 })
    assert.equal(await world.store.decisions.forget(NOW_MS - 2 * HOUR_MS), 1)
    assert.equal(await world.store.decisions.forget(NOW_MS), 1)
    await addHours(world.store.decisions, [1])
    const [left, ...others] = await world.store.decisions.read({ sinceMs: 0, afterId: newest?.id ?? 0, limit: 10 })
    assert.equal(left?.decisions, '["1"]')
    assert.deepEqual(others, [])
  })
}
