// Owns the part of the stores' contract about batches: one process works on each, and each line is answered once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BatchStatus, StoredBatch } from '../content-store.ts'
import { type MakeStore, NOW_MS, StoreWorld } from './store-world.ts'

const about = Buffer.from([1, 2, 0, 0xff])

function batch(id: string, more: Partial<StoredBatch> = {}): StoredBatch {
  return { id, tenant: 'k1', createdAtMs: NOW_MS, status: 'in_progress', keyName: 'key', about, ...more }
}

const item = (line: number, ok = true, text = 'x') => ({
  ...{ line, ok, classification: 'internal' as const },
  reply: Buffer.from(text),
})

export function storeQueue(makeStore: MakeStore): void {
  test('a batch is found by every store, and listed for its tenant newest first', async () => {
    await using world = await StoreWorld.open(makeStore)
    for (const age of [0, 1, 2]) await world.store.contents.addBatch(batch(`b${age}`, { createdAtMs: NOW_MS - age }))
    await world.store.contents.addBatch(batch('foreign', { tenant: 'k2' }))
    const other = await world.another()
    const found = await other.contents.batch('b1')
    assert.deepEqual({ ...found, about: Buffer.from(found?.about ?? []) }, batch('b1', { createdAtMs: NOW_MS - 1 }))
    const first = await other.contents.batches('k1', { limit: 2 })
    assert.deepEqual(
      first.map(({ id }) => id),
      ['b0', 'b1'],
    )
    const second = await other.contents.batches('k1', { limit: 2, afterId: 'b1' })
    assert.deepEqual(
      second.map(({ id }) => id),
      ['b2'],
    )
    assert.equal(await other.contents.batch('nobody'), undefined)
  })

  test('of all who want a batch at once one gets it, and the oldest goes first', async () => {
    await using world = await StoreWorld.open(makeStore)
    for (let index = 0; index < 10; index += 1)
      await world.store.contents.addBatch(batch(`b${index}`, { createdAtMs: index }))
    const stores = [world.store, await world.another(), await world.another()]
    const first = await world.store.contents.claimBatch('key', 'me', NOW_MS, NOW_MS + 10)
    assert.equal(first?.id, 'b0')
    const claimed: string[] = [first.id]
    while (claimed.length < 10) {
      const wanted = stores.map((store, index) => store.contents.claimBatch('key', `o${index}`, NOW_MS, NOW_MS + 10))
      const taken = (await Promise.all(wanted)).flatMap((one) => (one ? [one.id] : []))
      assert.ok(taken.length > 0, `${claimed.length} of 10, and no more`)
      claimed.push(...taken)
    }
    assert.equal(new Set(claimed).size, 10)
    assert.equal(await world.store.contents.claimBatch('key', 'late', NOW_MS + 9, NOW_MS + 20), undefined)
    assert.ok(await world.store.contents.claimBatch('key', 'late', NOW_MS + 10, NOW_MS + 20), 'its time was over')
  })

  test('nobody claims a batch that is over, or that is sealed with another key', async () => {
    await using world = await StoreWorld.open(makeStore)
    const over: readonly BatchStatus[] = ['completed', 'failed', 'cancelled', 'expired']
    for (const status of over) await world.store.contents.addBatch(batch(status, { status }))
    await world.store.contents.addBatch(batch('foreign', { keyName: 'other' }))
    assert.equal(await world.store.contents.claimBatch('key', 'me', NOW_MS, NOW_MS + 10), undefined)
    const open: readonly BatchStatus[] = ['in_progress', 'finalizing', 'cancelling']
    for (const status of open) await world.store.contents.addBatch(batch(status, { status }))
    for (const _ of open) assert.ok(await world.store.contents.claimBatch('key', 'me', NOW_MS, NOW_MS + 10))
  })

  test('who holds a batch holds it on and hears its status; who lost it hears nothing', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.store.contents.addBatch(batch('b'))
    await world.store.contents.claimBatch('key', 'me', NOW_MS, NOW_MS + 10)
    assert.equal(await world.store.contents.holdBatch('b', 'me', NOW_MS + 20), 'in_progress')
    assert.equal(await world.store.contents.claimBatch('key', 'other', NOW_MS + 10, NOW_MS + 30), undefined)
    assert.equal(await world.store.contents.changeBatch('b', ['in_progress'], 'cancelling', about), true)
    assert.equal(await world.store.contents.holdBatch('b', 'me', NOW_MS + 20), 'cancelling')
    assert.ok(await world.store.contents.claimBatch('key', 'other', NOW_MS + 20, NOW_MS + 30))
    assert.equal(await world.store.contents.holdBatch('b', 'me', NOW_MS + 40), undefined)
    await world.store.contents.releaseBatch('b', 'me')
    assert.equal(await world.store.contents.claimBatch('key', 'third', NOW_MS + 20, NOW_MS + 30), undefined)
    await world.store.contents.releaseBatch('b', 'other')
    assert.ok(await world.store.contents.claimBatch('key', 'third', NOW_MS + 20, NOW_MS + 30))
  })

  test('a batch changes only from a status that was expected', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.store.contents.addBatch(batch('b'))
    const told = Buffer.from('told')
    assert.equal(await world.store.contents.changeBatch('b', ['finalizing', 'cancelling'], 'completed', told), false)
    assert.equal(await world.store.contents.changeBatch('nobody', ['in_progress'], 'completed', told), false)
    assert.equal(await world.store.contents.changeBatch('b', ['finalizing', 'in_progress'], 'completed', told), true)
    const after = await world.store.contents.batch('b')
    assert.deepEqual([after?.status, Buffer.from(after?.about ?? []).toString()], ['completed', 'told'])
  })

  test('the first answer to a line stays, and answers are counted and read in the order of the lines', async () => {
    await using world = await StoreWorld.open(makeStore)
    const stores = [world.store, await world.another()]
    for (const line of [3, 1, 2, 11])
      await stores[line % 2]?.contents.addBatchItem('b', item(line, line !== 2, `line ${line}`))
    await world.store.contents.addBatchItem('b', item(1, false, 'again'))
    await world.store.contents.addBatchItem('other', item(1))
    const items = await world.store.contents.batchItems('b')
    assert.deepEqual(
      items.map(({ line, ok, classification, reply }) => [line, ok, classification, Buffer.from(reply).toString()]),
      [1, 2, 3, 11].map((line) => [line, line !== 2, 'internal', `line ${line}`]),
    )
    assert.deepEqual({ ...(await world.store.contents.countBatchItems('b')) }, { completed: 3, failed: 1 })
    assert.deepEqual({ ...(await world.store.contents.countBatchItems('nobody')) }, { completed: 0, failed: 0 })
  })
}
