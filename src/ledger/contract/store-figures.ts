// Owns the part of the stores' contract about figures: what is shown is what decides.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { storeUsage } from './any-usage.ts'
import { ALWAYS, figures, GLOBAL, type MakeStore, NOW_MS, OPENAI, SLOT_MS, StoreWorld } from './store-world.ts'

export function storeFigures(makeStore: MakeStore): void {
  test('what is shown leaves exactly as much as a grant gives', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.lease('a', GLOBAL, 300, 1000)
    await world.commit('a', { leases: [{ ...GLOBAL, taken: 120, reserved: 60 }], spend: [{ ...GLOBAL, amount: 111 }] })
    const { spent, leased } = await world.figures(GLOBAL)
    const left = 1000 - spent - leased
    const refused = await world.lease('b', GLOBAL, left + 1, 1000)
    assert.deepEqual([refused.granted, refused.spent[0], refused.leasedByOthers], [0, spent, leased])
    assert.equal((await world.lease('b', GLOBAL, left, 1000)).granted, left)
  })

  test('leases of owners that were not seen lately are lost, and still count', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.lease('a', GLOBAL, 300, 1000, NOW_MS + 1)
    await world.commit('a', { leases: [{ ...GLOBAL, taken: 0, reserved: 60 }] }, NOW_MS + 1)
    await world.lease('b', GLOBAL, 200, 1000, NOW_MS + 2)
    assert.deepEqual(await world.figures(GLOBAL, NOW_MS + 1), figures({ leased: 500, reserved: 60 }))
    assert.deepEqual(await world.figures(GLOBAL, NOW_MS + 2), figures({ leased: 200, lost: 300 }))
    assert.deepEqual(await world.figures(GLOBAL, NOW_MS + 3), figures({ lost: 500 }))
    assert.equal((await world.lease('b', GLOBAL, 501, 1000)).granted, 0)
  })

  test('figures come in the order in which they were asked for, each for its own span, also the same subject twice', async () => {
    await using world = await StoreWorld.open(makeStore)
    const slotMs = Date.parse('2026-11-22T00:00:00Z')
    await world.commit('a', {
      spend: [
        { ...OPENAI, amount: 7 },
        { ...OPENAI, amount: 20, slotMs },
      ],
    })
    const asked = [
      { ...OPENAI, ...ALWAYS },
      { ...GLOBAL, ...ALWAYS },
      { ...OPENAI, ...ALWAYS, sinceMs: slotMs + 1 },
      { ...OPENAI, ...ALWAYS, untilMs: slotMs },
    ]
    const spent = (await world.store.figures(asked, 0)).map((one) => one.spent)
    assert.deepEqual(spent, [27, 0, 7, 0])
    assert.deepEqual(await world.store.figures([], 0), [])
  })

  test('subjects are those of the scope that have spent in the span or hold a lease, each once', async () => {
    await using world = await StoreWorld.open(makeStore)
    const user = (name: string) => ({ scope: 'user', name }) as const
    const slotMs = Date.parse('2026-11-22T00:00:00Z')
    await world.commit('a', {
      spend: [
        { ...user('eve'), amount: 1 },
        { ...user('ann'), amount: 1 },
        { ...user('ann'), amount: 1, slotMs },
        { ...user('old'), amount: 1, slotMs },
        { ...user('fine'), amount: 1, grainSeconds: 1 },
        { ...OPENAI, amount: 1 },
      ],
    })
    await world.lease('b', user('bob'), 5, 10)
    await world.lease('b', user('eve'), 5, 10)
    assert.deepEqual(await world.store.subjects('user', { ...ALWAYS, sinceMs: slotMs + 1 }), ['ann', 'bob', 'eve'])
    assert.deepEqual(await world.store.subjects('user', ALWAYS), ['ann', 'bob', 'eve', 'old'])
    assert.deepEqual(await world.store.subjects('tag', ALWAYS), [])
  })

  test('large amounts stay exact to the nano-dollar', async () => {
    await using world = await StoreWorld.open(makeStore)
    const million = 1_000_000_000_000_001
    await world.commit('a', { spend: [{ ...GLOBAL, amount: million }] })
    await world.commit('a', { spend: [{ ...GLOBAL, amount: million }] })
    const limit = 2 * million + 9
    assert.equal((await world.lease('a', GLOBAL, 10, limit)).granted, 0)
    assert.equal((await world.lease('a', GLOBAL, 9, limit)).granted, 9)
    assert.deepEqual(await world.figures(GLOBAL), figures({ spent: 2 * million, leased: 9 }))
  })

  test('sums beyond the largest exact number stay there, refuse and can be read', async () => {
    await using world = await StoreWorld.open(makeStore)
    const most = Number.MAX_SAFE_INTEGER
    for (let times = 0; times < 3; times += 1) {
      const usage = [storeUsage(`req_${times}`, { cost: most, tokens: most })]
      await world.commit('a', { spend: [{ ...GLOBAL, amount: most, slotMs: SLOT_MS + times * 900_000 }], usage })
    }
    assert.deepEqual(await world.figures(GLOBAL), figures({ spent: most }))
    assert.equal((await world.lease('a', GLOBAL, 1, most)).granted, 0)
    for (const query of [{}, { sinceMs: NOW_MS }]) {
      const [group] = await world.store.summary('provider', query)
      assert.deepEqual([group?.requests, group?.cost, group?.inputTokens], [3, most, 3_000_000_000_000])
    }
  })
}
