// Owns the part of the stores' contract about grants: never over a limit, all or nothing, exact under concurrency.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UnknownOwner } from '../store.ts'
import {
  ALWAYS,
  figures,
  GLOBAL,
  leaseRequest,
  type MakeStore,
  NOW_MS,
  OPENAI,
  only,
  StoreWorld,
} from './store-world.ts'

export function storeGrants(makeStore: MakeStore): void {
  test('a lease is a slice of what is left, at least what is needed and at most what is wanted', async () => {
    await using world = await StoreWorld.open(makeStore)
    const ask = async (need: number, want: number) => {
      const request = leaseRequest(GLOBAL, { need, want, limits: [{ ...ALWAYS, limit: 1600 }] })
      return only(await world.store.acquire('a', [request], NOW_MS)).granted
    }
    assert.equal(await ask(10, 5000), 100)
    assert.equal(await ask(10, 50), 50)
    assert.equal(await ask(1400, 5000), 1400)
    assert.equal(await ask(50, 5000), 50)
    assert.equal(await ask(1, 5000), 0)
  })

  test('a limit is filled to the last nano-dollar and not beyond', async () => {
    await using world = await StoreWorld.open(makeStore)
    assert.equal((await world.lease('a', GLOBAL, 999, 1000)).granted, 999)
    assert.equal((await world.lease('b', GLOBAL, 2, 1000)).granted, 0)
    assert.equal((await world.lease('b', GLOBAL, 1, 1000)).granted, 1)
    assert.deepEqual(await world.figures(GLOBAL), figures({ leased: 1000 }))
  })

  test('when one subject cannot have what it needs, none gets anything, and the answer says what is left', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.commit('b', { spend: [{ ...OPENAI, amount: 95 }] })
    const requests = [
      leaseRequest(GLOBAL, { need: 10, want: 10, limits: [{ ...ALWAYS, limit: 1000 }] }),
      leaseRequest(OPENAI, { need: 10, want: 10, limits: [{ ...ALWAYS, limit: 100 }] }),
    ]
    const grants = await world.store.acquire('a', requests, NOW_MS)
    assert.deepEqual(
      grants.map(({ granted, spent }) => [granted, ...spent]),
      [
        [0, 0],
        [0, 95],
      ],
    )
    assert.deepEqual(await world.figures(GLOBAL), figures({}))
  })

  test('every limit of a subject is kept, the tightest one decides', async () => {
    await using world = await StoreWorld.open(makeStore)
    const today = {
      ...ALWAYS,
      sinceMs: Date.parse('2026-11-23T00:00:00Z'),
      untilMs: Date.parse('2026-11-24T00:00:00Z'),
    }
    await world.commit('b', {
      spend: [
        { ...GLOBAL, amount: 300, slotMs: Date.parse('2026-11-22T23:45:00Z') },
        { ...GLOBAL, amount: 60, slotMs: today.sinceMs },
        { ...GLOBAL, amount: 5, slotMs: today.untilMs },
      ],
    })
    const ask = async (need: number) => {
      const limits = [
        { ...ALWAYS, limit: 1000 },
        { ...today, limit: 100 },
      ]
      return only(await world.store.acquire('a', [leaseRequest(GLOBAL, { need, want: need, limits })], NOW_MS))
    }
    const refused = await ask(41)
    assert.deepEqual([refused.granted, ...refused.spent], [0, 365, 60])
    assert.equal((await ask(40)).granted, 40)
  })

  test('spending in fine slots leaves a rolling window slot by slot', async () => {
    await using world = await StoreWorld.open(makeStore)
    const secondMs = Math.floor(NOW_MS / 1000) * 1000
    const grainSeconds = 1
    await world.commit('b', {
      spend: [0, 1, 2].map((second) => ({ ...GLOBAL, grainSeconds, amount: 10, slotMs: secondMs + second * 1000 })),
    })
    const ask = async (sinceMs: number) => {
      const limits = [{ grainSeconds, sinceMs, untilMs: ALWAYS.untilMs, limit: 1 }]
      return only(await world.store.acquire('a', [leaseRequest(GLOBAL, { need: 2, want: 2, limits })], NOW_MS)).spent
    }
    assert.deepEqual(await ask(secondMs), [30])
    assert.deepEqual(await ask(secondMs + 1), [20])
    assert.deepEqual(await ask(secondMs + 2000), [10])
    assert.deepEqual(await ask(secondMs + 2001), [0])
    assert.equal((await world.figures(GLOBAL)).spent, 0, 'slots of another grain are not added')
  })

  test('leases of others count, and what their requests hold is told', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.lease('a', GLOBAL, 300, 1000)
    await world.commit('a', { leases: [{ ...GLOBAL, taken: 100, reserved: 150 }], spend: [{ ...GLOBAL, amount: 90 }] })
    const refused = await world.lease('b', GLOBAL, 711, 1000)
    assert.deepEqual(refused, { granted: 0, spent: [90], leasedByOthers: 200, reservedByOthers: 150 })
    const granted = await world.lease('b', GLOBAL, 710, 1000)
    assert.deepEqual(granted, { granted: 710, spent: [90], leasedByOthers: 200, reservedByOthers: 150 })
    assert.equal((await world.lease('b', GLOBAL, 1, 2000)).leasedByOthers, 200, 'its own lease is not one of others')
  })

  test('a subject that has nothing to do with a lease is not touched by it', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.lease('a', OPENAI, 100, 100)
    for (const other of [GLOBAL, { scope: 'provider', name: 'open' }, { scope: 'user', name: 'openai' }] as const) {
      assert.equal((await world.lease('b', other, 100, 100)).granted, 100)
    }
  })

  test('an owner that is not announced, or was retired, gets no lease', async () => {
    await using world = await StoreWorld.open(makeStore)
    await assert.rejects(world.lease('stranger', GLOBAL, 1, 10), UnknownOwner)
    await world.retire('a')
    await assert.rejects(world.lease('a', GLOBAL, 1, 10), UnknownOwner)
    assert.deepEqual(await world.figures(GLOBAL), figures({}))
  })

  test('fifty concurrent requests from several stores cannot overdraw a limit', async () => {
    await using world = await StoreWorld.open(makeStore)
    const stores = [world.store, await world.another(), await world.another(), await world.another()]
    const subjects = [GLOBAL, OPENAI, { scope: 'user', name: 'ann' }] as const
    const asking = Array.from({ length: 50 }, (_, index) => {
      const requests = subjects.map((subject) =>
        leaseRequest(subject, { need: 99, want: 99, limits: [{ ...ALWAYS, limit: 1000 }] }),
      )
      // Not always in the same order, so that locks that were taken one by one would cross.
      const inOrder = index % 2 === 0 ? requests : requests.toReversed()
      return stores[index % stores.length]?.acquire(index % 3 === 0 ? 'a' : 'b', inOrder, NOW_MS)
    })
    const granted = (await Promise.all(asking)).map((grants) => grants?.[0]?.granted)
    assert.equal(granted.filter((amount) => amount === 99).length, 10)
    assert.equal(granted.filter((amount) => amount === 0).length, 40)
    for (const subject of subjects) assert.deepEqual(await world.figures(subject), figures({ leased: 990 }))
  })

  test('names of any kind are subjects of their own', async () => {
    await using world = await StoreWorld.open(makeStore)
    const names = [
      '',
      ' ',
      'Ann',
      'ann',
      'ä',
      'a\u0308',
      '{"a",NULL}',
      "'; DROP TABLE spend; --",
      '\\',
      '🦊',
      'x'.repeat(5000),
    ]
    for (const [index, name] of names.entries()) {
      await world.commit('a', { spend: [{ scope: 'user', name, amount: index + 1 }] })
      assert.equal((await world.lease('a', { scope: 'user', name }, 100, 1000)).granted, 100)
    }
    for (const [index, name] of names.entries()) {
      const expected = figures({ spent: index + 1, leased: 100 })
      assert.deepEqual(await world.figures({ scope: 'user', name }), expected, name)
    }
  })
}
