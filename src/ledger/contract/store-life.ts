// Owns the part of the stores' contract about opening, being well, and closing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StoreUnavailable } from '../store.ts'
import { figures, GLOBAL, type MakeStore, NOW_MS, StoreWorld } from './store-world.ts'

export function storeLife(makeStore: MakeStore): void {
  test('a store that is well answers a ping', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.store.ping()
  })

  test('a closed store is unavailable, and closing it again is nothing', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.store.close()
    await world.store.close()
    await assert.rejects(world.store.ping(), StoreUnavailable)
    await assert.rejects(world.lease('a', GLOBAL, 1, 10), StoreUnavailable)
    await assert.rejects(world.store.summary('day', {}), StoreUnavailable)
  })

  test('several stores that open the same new data at once all can, and see what the others write', async () => {
    const place = await makeStore()
    const stores = Array.from({ length: place.shared ? 4 : 1 }, () => place.store())
    await Promise.all(stores.map((store) => store.open()))
    try {
      for (const [index, store] of stores.entries()) await store.announce({ id: `o${index}`, host: '', pid: 1 }, NOW_MS)
      for (const store of stores) assert.equal((await store.owners()).length, stores.length)
    } finally {
      for (const store of stores) await store.close()
    }
  })

  test('what was written is there when the data is opened again', async (context) => {
    const place = await makeStore()
    if (!place.shared) return context.skip('its data ends with it')
    const world = await StoreWorld.open(() => place)
    await world.lease('a', GLOBAL, 500, 1000)
    await world.commit('a', { leases: [{ ...GLOBAL, taken: 100, reserved: 7 }], spend: [{ ...GLOBAL, amount: 80 }] })
    await world[Symbol.asyncDispose]()
    await using again = await StoreWorld.open(() => place)
    assert.deepEqual(await again.figures(GLOBAL), figures({ spent: 80, leased: 400, reserved: 7 }))
  })
}
