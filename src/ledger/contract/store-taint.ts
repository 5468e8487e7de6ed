// Owns the part of the stores' contract about restricted conversations: marks only go up, and no process misses one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TaintMark, TaintStore } from '../taint-store.ts'
import { type MakeStore, NOW_MS, StoreWorld } from './store-world.ts'

const LATER_MS = NOW_MS + 3_600_000
const mark = (hash: string, rank: number, expiresAtMs = LATER_MS): TaintMark => ({ hash, rank, expiresAtMs })

async function all(store: TaintStore, limit = 1000): Promise<TaintMark[]> {
  const found = new Map<string, TaintMark>()
  let position = 0
  for (;;) {
    const news = await store.since(position, limit)
    if (news.marks.length === 0) return [...found.values()].toSorted((left, right) => (left.hash < right.hash ? -1 : 1))
    for (const one of news.marks) found.set(one.hash, one)
    assert.ok(news.position > position, 'no progress')
    position = news.position
  }
}

export function storeTaint(makeStore: MakeStore): void {
  test('the key is the one that was proposed first, for all and after a restart', async () => {
    await using world = await StoreWorld.open(makeStore)
    const stores = [world.store, await world.another(), await world.another()]
    const keys = await Promise.all(stores.map((store, index) => store.taint.key(`key_${index}`)))
    assert.equal(new Set(keys).size, 1)
    assert.match(String(keys[0]), /^key_[012]$/)
    assert.equal(await (await world.another()).taint.key('another'), keys[0])
  })

  test('a mark that is put again goes up and never down, in rank and in time', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.store.taint.key('k')
    await world.store.taint.put([mark('a', 3, LATER_MS)], NOW_MS)
    await world.store.taint.put([mark('a', 1, LATER_MS + 5), mark('b', 2)], NOW_MS)
    await world.store.taint.put([mark('a', 2, LATER_MS - 5)], NOW_MS)
    assert.deepEqual(await all((await world.another()).taint), [mark('a', 3, LATER_MS + 5), mark('b', 2)])
  })

  test('one batch may name the same thing twice', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.store.taint.key('k')
    await world.store.taint.put([mark('a', 1), mark('a', 4), mark('a', 2)], NOW_MS)
    assert.deepEqual(await all(world.store.taint), [mark('a', 4)])
  })

  test('who asks for what is new gets it once, page by page', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.store.taint.key('k')
    for (let index = 0; index < 25; index += 1) await world.store.taint.put([mark(`h${100 + index}`, 2)], NOW_MS)
    assert.equal((await all(world.store.taint, 4)).length, 25)
    const { position } = await world.store.taint.since(0, 1000)
    assert.deepEqual((await world.store.taint.since(position, 1000)).marks, [])
    await (await world.another()).taint.put([mark('h101', 4)], NOW_MS)
    assert.deepEqual((await world.store.taint.since(position, 1000)).marks, [mark('h101', 4)])
  })

  test('of many who write at once, a reader that goes on from position to position misses nothing', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.store.taint.key('k')
    const stores = [world.store, await world.another(), await world.another()]
    const reader = await world.another()
    const seen = new Set<string>()
    let position = 0
    let writing = true
    const read = async () => {
      const news = await reader.taint.since(position, 5)
      position = news.position
      for (const { hash } of news.marks) seen.add(hash)
      return news.marks.length
    }
    const writers = stores.map(async (store, who) => {
      for (let index = 0; index < 20; index += 1) await store.taint.put([mark(`${who}-${index}`, 2)], NOW_MS)
    })
    const reading = (async () => {
      while (writing) {
        await read()
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    await Promise.all(writers)
    writing = false
    await reading
    while ((await read()) > 0);
    assert.equal(seen.size, 60)
  })

  test('the highest rank of several is told, and none of what has expired', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.store.taint.key('k')
    await world.store.taint.put([mark('a', 2), mark('b', 3), mark('old', 4, NOW_MS + 1)], NOW_MS)
    assert.equal(await world.store.taint.highest(['a', 'b', 'never'], NOW_MS), 3)
    assert.equal(await world.store.taint.highest(['never'], NOW_MS), 0)
    assert.equal(await world.store.taint.highest([], NOW_MS), 0)
    assert.equal(await world.store.taint.highest(['old'], NOW_MS), 4)
    assert.equal(await world.store.taint.highest(['old'], NOW_MS + 1), 0)
  })

  test('what has expired is taken away by the next write', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.store.taint.key('k')
    await world.store.taint.put([mark('old', 4, NOW_MS + 1)], NOW_MS)
    await world.store.taint.put([mark('new', 2)], NOW_MS + 1)
    assert.deepEqual(await all(world.store.taint), [mark('new', 2)])
  })
}
