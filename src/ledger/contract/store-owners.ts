// Owns the part of the stores' contract about processes that come and go: announced, retired, lost and back again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { storeUsage } from './any-usage.ts'
import { figures, GLOBAL, leaseRequest, type MakeStore, NOW_MS, OPENAI, SLOT_MS, StoreWorld } from './store-world.ts'

const HOUR_MS = 3_600_000

export function storeOwners(makeStore: MakeStore): void {
  test('owners are listed with what they said of themselves, and when they last wrote', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.announce('c', NOW_MS)
    await world.announce('c', NOW_MS + 5)
    await world.lease('a', GLOBAL, 1, 10, NOW_MS + 10)
    await world.commit('b', {}, NOW_MS + 20)
    await world.commit('b', {}, NOW_MS - 20)
    const place = { host: 'host.example', pid: 4711 }
    assert.deepEqual(
      (await world.store.owners()).map((owner) => ({ ...owner })),
      [
        { id: 'a', lastBatch: 0, seenMs: NOW_MS + 10, ...place },
        { id: 'b', lastBatch: 2, seenMs: NOW_MS + 20, ...place },
        { id: 'c', lastBatch: 0, seenMs: NOW_MS + 5, ...place },
      ],
    )
  })

  test('a retired owner has written its last batch and leaves no lease behind', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.lease('a', GLOBAL, 500, 1000)
    await world.lease('a', OPENAI, 200, 1000)
    const last = {
      leases: [{ ...GLOBAL, taken: 100, reserved: 50 }],
      spend: [{ ...GLOBAL, amount: 90, unsettled: 40 }],
      usage: [storeUsage('req_1')],
    }
    assert.equal(await world.retire('a', last), 'written')
    assert.deepEqual(await world.figures(GLOBAL), figures({ spent: 90, unsettled: 40 }))
    assert.deepEqual(await world.figures(OPENAI), figures({}))
    assert.deepEqual(
      (await world.store.owners()).map(({ id }) => id),
      ['b'],
    )
    assert.equal((await world.lease('b', GLOBAL, 910, 1000)).granted, 910)
  })

  test('what a retired owner writes afterwards is repeated and changes nothing', async () => {
    await using world = await StoreWorld.open(makeStore)
    assert.equal(await world.retire('a'), 'written')
    const late = { spend: [{ ...GLOBAL, amount: 90 }], usage: [storeUsage('req_1')] }
    assert.equal(await world.commit('a', late), 'repeated')
    assert.equal(await world.retire('a', late), 'repeated')
    await world.announce('a')
    assert.equal(await world.commit('a', late), 'repeated')
    assert.deepEqual(await world.figures(GLOBAL), figures({}))
    assert.deepEqual((await world.store.usage({ limit: 10 })).rows, [])
  })

  test('one of several that retire an owner does it', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.lease('a', GLOBAL, 500, 1000)
    const stores = [world.store, await world.another(), await world.another()]
    const last = world.batch('a', { spend: [{ ...GLOBAL, amount: 30 }] })
    const outcomes = await Promise.all(stores.map((store) => store.retire('a', last, NOW_MS)))
    assert.deepEqual(outcomes.toSorted(), ['repeated', 'repeated', 'written'])
    assert.deepEqual(await world.figures(GLOBAL), figures({ spent: 30 }))
  })

  test('leases of an owner that was not seen for long are charged as unsettled, once', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.lease('a', GLOBAL, 500, 1000)
    await world.lease('a', OPENAI, 200, 1000)
    assert.deepEqual(await world.store.forfeit(NOW_MS), [])
    const stores = [world.store, await world.another(), await world.another()]
    const concerned = await Promise.all(stores.map((store) => store.forfeit(NOW_MS + 1)))
    assert.deepEqual(concerned.flat(), ['a'])
    assert.deepEqual(await world.store.forfeit(NOW_MS + HOUR_MS), [])
    assert.deepEqual(await world.figures(GLOBAL), figures({ spent: 500, unsettled: 500 }))
    assert.deepEqual(await world.figures(OPENAI), figures({ spent: 200, unsettled: 200 }))
    assert.equal((await world.lease('b', GLOBAL, 501, 1000)).granted, 0)
    assert.equal((await world.lease('b', GLOBAL, 500, 1000)).granted, 500)
  })

  test('lost leases count in spans of fine slots too, until their slot has left', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.lease('a', GLOBAL, 100, 1000)
    await world.store.forfeit(NOW_MS + 1)
    const recent = (sinceMs: number) => ({ grainSeconds: 60, sinceMs, untilMs: Number.MAX_SAFE_INTEGER })
    const limits = [{ ...recent(SLOT_MS), limit: 150 }]
    const [refused] = await world.store.acquire('b', [leaseRequest(GLOBAL, { need: 51, want: 51, limits })], NOW_MS + 2)
    assert.deepEqual([refused?.granted, refused?.spent], [0, [100]])
    assert.deepEqual(await world.figures(GLOBAL, 0, recent(SLOT_MS + 899_999)), figures({ spent: 100, unsettled: 100 }))
    assert.deepEqual(await world.figures(GLOBAL, 0, recent(SLOT_MS + 900_000)), figures({}))
    await world.commit('a', {})
    assert.deepEqual(await world.figures(GLOBAL, 0, recent(SLOT_MS)), figures({ leased: 100 }))
  })

  test('the charge for lost leases ages with the slot in which their owner was last seen', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.lease('a', GLOBAL, 500, 1000)
    await world.store.forfeit(NOW_MS + HOUR_MS)
    const slot = { grainSeconds: 900, sinceMs: SLOT_MS, untilMs: SLOT_MS + 900_000 }
    assert.equal((await world.figures(GLOBAL, 0, slot)).spent, 500)
    const later = { ...slot, sinceMs: SLOT_MS + 900_000, untilMs: Number.MAX_SAFE_INTEGER }
    assert.deepEqual(await world.figures(GLOBAL, 0, later), figures({}))
  })

  const returns = {
    'writes a batch': (world: StoreWorld) =>
      world.commit('a', { leases: [{ ...GLOBAL, taken: 50 }], spend: [{ ...GLOBAL, amount: 40 }] }),
    'writes an empty batch': (world: StoreWorld) => world.commit('a', {}),
    'asks for a lease': (world: StoreWorld) => world.lease('a', OPENAI, 1, 1000),
  }
  for (const [what, comeBack] of Object.entries(returns)) {
    test(`an owner that ${what} has its lost leases back, and nothing counts twice`, async () => {
      await using world = await StoreWorld.open(makeStore)
      await world.lease('a', GLOBAL, 500, 1000)
      await world.store.forfeit(NOW_MS + HOUR_MS)
      await comeBack(world)
      const spent = what === 'writes a batch' ? 40 : 0
      const leased = what === 'writes a batch' ? 450 : 500
      assert.deepEqual(await world.figures(GLOBAL), figures({ spent, leased }))
      await comeBack(world)
      const now = await world.figures(GLOBAL)
      assert.deepEqual([now.spent, now.unsettled], [2 * spent, 0])
      assert.equal((await world.lease('b', GLOBAL, 1001 - now.spent - now.leased, 1000)).granted, 0)
    })
  }

  test('more lease for a subject that was charged as lost begins with what was charged', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.lease('a', GLOBAL, 500, 1000)
    await world.store.forfeit(NOW_MS + HOUR_MS)
    assert.equal((await world.lease('a', GLOBAL, 501, 1000)).granted, 0)
    assert.equal((await world.lease('a', GLOBAL, 500, 1000)).granted, 500)
    assert.deepEqual(await world.figures(GLOBAL), figures({ leased: 1000 }))
  })

  test('an owner that is retired after its leases were charged as lost is charged for what it spent', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.lease('a', GLOBAL, 500, 1000)
    await world.store.forfeit(NOW_MS + HOUR_MS)
    const last = { leases: [{ ...GLOBAL, taken: 500 }], spend: [{ ...GLOBAL, amount: 123, unsettled: 23 }] }
    assert.equal(await world.retire('a', last), 'written')
    assert.deepEqual(await world.figures(GLOBAL), figures({ spent: 123, unsettled: 23 }))
  })

  test('an owner that is lost, back and lost again is charged for what it has then', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.lease('a', GLOBAL, 500, 1000)
    await world.store.forfeit(NOW_MS + 1)
    await world.commit(
      'a',
      { leases: [{ ...GLOBAL, taken: 200 }], spend: [{ ...GLOBAL, amount: 200 }] },
      NOW_MS + HOUR_MS,
    )
    assert.deepEqual(await world.store.forfeit(NOW_MS + HOUR_MS), [])
    assert.deepEqual(await world.store.forfeit(NOW_MS + HOUR_MS + 1), ['a'])
    assert.deepEqual(await world.figures(GLOBAL), figures({ spent: 500, unsettled: 300 }))
  })
}
