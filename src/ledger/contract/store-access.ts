// Owns the part of the stores' contract about keys, users, their budgets and prices.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccessRecord, AccessStore } from '../access-store.ts'
import { type MakeStore, StoreWorld } from './store-world.ts'

const key = (id: string, value = `{"id":"${id}"}`): AccessRecord => ({ kind: 'key', id, value })
const removed = (id: string): AccessRecord => ({ kind: 'key', id, value: undefined })

export function storeAccess(makeStore: MakeStore): void {
  test('nothing is kept at first, and the version is 0', async () => {
    await using world = await StoreWorld.open(makeStore)
    assert.equal(await world.store.access.version(), 0)
    assert.deepEqual(await world.store.access.changesAfter(0), { version: 0, records: [] })
  })

  test('a change makes the next version, which every store sees', async () => {
    await using world = await StoreWorld.open(makeStore)
    const other = await world.another()
    const user: AccessRecord = { kind: 'user', id: 'Zoë O’Neill 😀', value: '{"note":"\\u0000\\ud800"}' }
    assert.equal(await world.store.access.change(0, [key('a'), user]), true)
    assert.equal(await other.access.version(), 1)
    assert.deepEqual(await other.access.changesAfter(0), { version: 1, records: [key('a'), user] })
  })

  test('only what was changed after a version is told, with removals', async () => {
    await using world = await StoreWorld.open(makeStore)
    const { access } = world.store
    await access.change(0, [key('a'), key('b'), key('c')])
    await access.change(1, [key('b', '{"id":"b","blocked":true}'), removed('c')])
    const changes = await access.changesAfter(1)
    assert.equal(changes.version, 2)
    assert.deepEqual(changes.records, [key('b', '{"id":"b","blocked":true}'), removed('c')])
    assert.deepEqual((await access.changesAfter(2)).records, [])
  })

  test('a change that expects another version changes nothing', async () => {
    await using world = await StoreWorld.open(makeStore)
    const { access } = await world.another()
    await world.store.access.change(0, [key('a')])
    assert.equal(await access.change(0, [key('b')]), false)
    assert.equal(await access.change(2, [key('b')]), false)
    assert.deepEqual(await access.changesAfter(0), { version: 1, records: [key('a')] })
  })

  test('of changes that come at once each is applied once, by the retry that a refusal asks for', async () => {
    await using world = await StoreWorld.open(makeStore)
    const stores = [world.store.access, (await world.another()).access]
    const names = Array.from({ length: 10 }, (_, index) => `k${index}`)
    await Promise.all(names.map((name, index) => insist(stores[index % 2] as AccessStore, key(name))))
    const { version, records } = await world.store.access.changesAfter(0)
    assert.equal(version, names.length)
    assert.deepEqual(
      records.map(({ id }) => id),
      names,
    )
  })
}

async function insist(access: AccessStore, record: AccessRecord): Promise<void> {
  while (!(await access.change(await access.version(), [record])));
}
