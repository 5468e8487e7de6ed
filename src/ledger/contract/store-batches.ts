// Owns the part of the stores' contract about batches: all of one or nothing, and once, however often it is written.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { storeUsage } from './any-usage.ts'
import { batch, figures, GLOBAL, type MakeStore, NOW_MS, OPENAI, only, SLOT_MS, StoreWorld } from './store-world.ts'

export function storeBatches(makeStore: MakeStore): void {
  test('a batch moves money from leases to what is spent', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.lease('a', GLOBAL, 500, 1000)
    await world.lease('a', OPENAI, 400, 1000)
    const outcome = await world.commit('a', {
      leases: [
        { ...GLOBAL, taken: 120, reserved: 30 },
        { ...OPENAI, taken: 100, reserved: 20 },
      ],
      spend: [
        { ...GLOBAL, amount: 110, unsettled: 7 },
        { ...OPENAI, amount: 90 },
      ],
    })
    assert.equal(outcome, 'written')
    assert.deepEqual(await world.figures(GLOBAL), figures({ spent: 110, unsettled: 7, leased: 380, reserved: 30 }))
    assert.deepEqual(await world.figures(OPENAI), figures({ spent: 90, leased: 300, reserved: 20 }))
  })

  test('a batch is written once, also when it is sent again from another store', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.lease('a', GLOBAL, 500, 1000)
    const first = batch(1, {
      leases: [{ ...GLOBAL, taken: 100 }],
      spend: [{ ...GLOBAL, amount: 100 }],
      usage: [storeUsage('req_1', { cost: 100 })],
    })
    assert.equal(await world.store.commit('a', first, NOW_MS), 'written')
    assert.equal(await world.store.commit('a', first, NOW_MS), 'repeated')
    assert.equal(await (await world.another()).commit('a', first, NOW_MS), 'repeated')
    assert.deepEqual(await world.figures(GLOBAL), figures({ spent: 100, leased: 400 }))
    assert.equal(only(await world.store.summary('day', {})).requests, 1)
  })

  test('concurrent repetitions of a batch count once', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.lease('a', GLOBAL, 500, 1000)
    const stores = [world.store, await world.another(), await world.another()]
    const usage = Array.from({ length: 20 }, (_, index) => storeUsage(`req_${index}`, { cost: 5 }))
    const first = batch(1, { leases: [{ ...GLOBAL, taken: 100 }], spend: [{ ...GLOBAL, amount: 100 }], usage })
    const outcomes = await Promise.all(stores.map((store) => store.commit('a', first, NOW_MS)))
    assert.deepEqual(outcomes.toSorted(), ['repeated', 'repeated', 'written'])
    assert.deepEqual(await world.figures(GLOBAL), figures({ spent: 100, leased: 400 }))
    assert.deepEqual(only(await world.store.summary('day', {})).cost, 100)
  })

  test('a batch with an earlier number is repeated, numbers may be left out', async () => {
    await using world = await StoreWorld.open(makeStore)
    const commit = (number: number) =>
      world.store.commit('a', batch(number, { spend: [{ ...GLOBAL, amount: 1 }] }), NOW_MS)
    assert.deepEqual(
      [await commit(7), await commit(6), await commit(7), await commit(9)],
      ['written', 'repeated', 'repeated', 'written'],
    )
    assert.equal((await world.figures(GLOBAL)).spent, 2)
    assert.equal((await world.store.owners()).find(({ id }) => id === 'a')?.lastBatch, 9)
  })

  test('a batch of an owner that the store does not know changes nothing', async () => {
    await using world = await StoreWorld.open(makeStore)
    const parts = { spend: [{ ...GLOBAL, amount: 100 }], usage: [storeUsage('req_1')] }
    assert.equal(await world.commit('stranger', parts), 'unknown_owner')
    assert.equal(await world.retire('stranger', parts), 'unknown_owner')
    assert.deepEqual(await world.figures(GLOBAL), figures({}))
    assert.deepEqual((await world.store.usage({ limit: 10 })).rows, [])
    assert.deepEqual(await world.store.summary('day', {}), [])
  })

  test('what is taken beyond a lease is ignored, what is spent is not', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.lease('a', GLOBAL, 50, 1000)
    await world.commit('a', { leases: [{ ...GLOBAL, taken: 80 }], spend: [{ ...GLOBAL, amount: 80 }] })
    await world.commit('a', { leases: [{ ...OPENAI, taken: 1, reserved: 1 }] })
    assert.deepEqual(await world.figures(GLOBAL), figures({ spent: 80 }))
    assert.deepEqual(await world.figures(OPENAI), figures({}))
  })

  test('more is never shown as reserved than is leased', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.lease('a', GLOBAL, 50, 1000)
    await world.commit('a', { leases: [{ ...GLOBAL, taken: 20, reserved: 45 }] })
    assert.deepEqual(await world.figures(GLOBAL), figures({ leased: 30, reserved: 30 }))
    assert.equal((await world.lease('b', GLOBAL, 1, 1000)).reservedByOthers, 30)
  })

  test('spending of one slot adds up, over batches and owners', async () => {
    await using world = await StoreWorld.open(makeStore)
    const spend = [
      { ...GLOBAL, amount: 1 },
      { ...GLOBAL, amount: 2, slotMs: SLOT_MS - 900_000 },
    ]
    for (const owner of ['a', 'b', 'a', 'b']) await world.commit(owner, { spend })
    assert.equal((await world.figures(GLOBAL)).spent, 12)
    const now = { grainSeconds: 900, sinceMs: SLOT_MS, untilMs: SLOT_MS + 900_000 }
    assert.equal((await world.figures(GLOBAL, 0, now)).spent, 4)
  })

  test('a usage row that is there already counts once, in the rows and in the summaries', async () => {
    await using world = await StoreWorld.open(makeStore)
    const usage = [storeUsage('req_1', { cost: 10, tags: ['x'] }), storeUsage('req_2', { cost: 20 })]
    await world.commit('a', { usage: [...usage, ...usage.slice(0, 1)] })
    await world.commit('b', { usage: [...usage, storeUsage('req_3', { cost: 40, tags: ['x'] })] })
    const rows = (await world.store.usage({ limit: 10 })).rows
    assert.deepEqual(
      rows.map(({ requestId, cost }) => [requestId, cost]),
      [
        ['req_3', 40],
        ['req_2', 20],
        ['req_1', 10],
      ],
    )
    for (const query of [{}, { sinceMs: 1 }]) {
      const day = only(await world.store.summary('day', query))
      assert.deepEqual([day.requests, day.cost], [3, 70])
    }
    const tagged = await world.store.usage({ limit: 10, where: { tag: 'x' } })
    assert.deepEqual(
      tagged.rows.map(({ requestId }) => requestId),
      ['req_3', 'req_1'],
    )
  })

  test('concurrent batches of many owners on the same subjects all count', async () => {
    await using world = await StoreWorld.open(makeStore)
    const stores = [world.store, await world.another(), await world.another()]
    const owners = Array.from({ length: 12 }, (_, index) => `owner_${index}`)
    for (const owner of owners) await world.announce(owner)
    const users = ['ann', 'bob', 'eve'].map((name) => ({ scope: 'user', name }) as const)
    const writing = owners.map(async (owner, index) => {
      const spend = [...users, GLOBAL].map((subject) => ({ ...subject, amount: 1 }))
      for (let number = 1; number <= 4; number += 1) {
        const parts = {
          spend: index % 2 === 0 ? spend : spend.toReversed(),
          usage: [storeUsage(`${owner}_${number}`, { cost: 4, tags: ['all'] })],
        }
        assert.equal(await stores[index % stores.length]?.commit(owner, batch(number, parts), NOW_MS), 'written')
      }
    })
    await Promise.all(writing)
    for (const subject of [...users, GLOBAL]) assert.equal((await world.figures(subject)).spent, 48)
    for (const grouping of ['day', 'tag', 'provider'] as const) {
      const group = only(await world.store.summary(grouping, {}))
      assert.deepEqual([group.requests, group.cost], [48, 192])
    }
  })
}
