// Owns the part of the stores' contract about alerts: raised once in all processes, and kept until they are delivered.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredAlert } from '../alert-store.ts'
import { type MakeStore, NOW_MS, only, StoreWorld } from './store-world.ts'

export function storeAlerts(makeStore: MakeStore): void {
  test('of all who raise an alert at once, one has raised it', async () => {
    await using world = await StoreWorld.open(makeStore)
    const stores = [world.store, await world.another(), await world.another(), await world.another()]
    const raised = await Promise.all(
      Array.from({ length: 20 }, (_, index) => stores[index % 4]?.alerts.raise('month 80', `{"by":${index}}`, NOW_MS)),
    )
    assert.equal(raised.filter((first) => first === true).length, 1)
    const alert = only(await world.store.alerts.claim(NOW_MS, NOW_MS + 1000))
    assert.deepEqual({ ...alert }, { id: 'month 80', payload: `{"by":${raised.indexOf(true)}}`, tries: 1 })
  })

  test('an alert that is due goes to one of all who ask', async () => {
    await using world = await StoreWorld.open(makeStore)
    const stores = [world.store, await world.another(), await world.another(), await world.another()]
    for (let index = 0; index < 30; index += 1) await world.store.alerts.raise(`alert_${index}`, '{}', NOW_MS)
    const claimed: StoredAlert[] = []
    while (claimed.length < 30) {
      const taken = (await Promise.all(stores.map((store) => store.alerts.claim(NOW_MS, NOW_MS + 1000)))).flat()
      assert.ok(taken.length > 0, `${claimed.length} of 30, and no more`)
      claimed.push(...taken)
    }
    assert.equal(new Set(claimed.map(({ id }) => id)).size, 30)
    assert.deepEqual(await world.store.alerts.claim(NOW_MS, NOW_MS + 1000), [])
  })

  test('an alert that was not delivered in time is due again, the next try is counted', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.store.alerts.raise('a', '{}', NOW_MS)
    assert.deepEqual(await world.store.alerts.claim(NOW_MS - 1, NOW_MS + 1000), [])
    assert.equal(only(await world.store.alerts.claim(NOW_MS, NOW_MS + 1000)).tries, 1)
    assert.deepEqual(await world.store.alerts.claim(NOW_MS + 999, NOW_MS + 2000), [])
    assert.equal(only(await world.store.alerts.claim(NOW_MS + 1000, NOW_MS + 2000)).tries, 2)
  })

  test('a delivered alert is never due again, and is not raised again', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.store.alerts.raise('a', '{}', NOW_MS)
    await world.store.alerts.claim(NOW_MS, NOW_MS + 1)
    await world.store.alerts.delivered('a')
    assert.deepEqual(await world.store.alerts.claim(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER), [])
    assert.equal(await world.store.alerts.raise('a', '{}', NOW_MS), false)
  })

  test('the oldest alerts come first', async () => {
    await using world = await StoreWorld.open(makeStore)
    for (const [id, age] of [
      ['c', 1],
      ['a', 3],
      ['b', 2],
    ] as const)
      await world.store.alerts.raise(id, '{}', NOW_MS - age)
    const claimed = await world.store.alerts.claim(NOW_MS, NOW_MS + 1)
    assert.deepEqual(
      claimed.map(({ id }) => id),
      ['a', 'b', 'c'],
    )
  })

  test('a postponed alert is due then and not before; one that was delivered stays so', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.store.alerts.raise('a', '{}', NOW_MS)
    await world.store.alerts.raise('b', '{}', NOW_MS)
    await world.store.alerts.claim(NOW_MS, NOW_MS + 1000)
    await world.store.alerts.delivered('b')
    for (const id of ['a', 'b']) await world.store.alerts.postpone(id, NOW_MS + 90_000)
    assert.deepEqual(await world.store.alerts.claim(NOW_MS + 89_999, NOW_MS + 100_000), [])
    assert.equal(only(await world.store.alerts.claim(NOW_MS + 90_000, NOW_MS + 100_000)).id, 'a')
  })

  test('alerts are listed newest first, with what became of them', async () => {
    await using world = await StoreWorld.open(makeStore)
    for (const [id, age] of [
      ['a', 3],
      ['b', 2],
      ['c', 1],
    ] as const)
      await world.store.alerts.raise(id, `"${id}"`, NOW_MS - age)
    await world.store.alerts.claim(NOW_MS, NOW_MS + 500)
    await world.store.alerts.delivered('b')
    const listed = await (await world.another()).alerts.newest(2)
    assert.deepEqual(
      listed.map((alert) => ({ ...alert })),
      [
        { id: 'c', payload: '"c"', tries: 1, raisedAtMs: NOW_MS - 1, dueAtMs: NOW_MS + 500 },
        { id: 'b', payload: '"b"', tries: 1, raisedAtMs: NOW_MS - 2, dueAtMs: undefined },
      ],
    )
    assert.equal((await world.store.alerts.newest(1000)).length, 3)
  })
}
