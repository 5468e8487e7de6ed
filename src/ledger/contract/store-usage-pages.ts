// Owns the part of the stores' contract about pages of usage: newest first, without a gap or a repetition.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UsagePageQuery, UsageRow } from '../ledger.ts'
import type { LedgerStore } from '../store.ts'
import { storeUsage } from './any-usage.ts'
import { type MakeStore, NOW_MS, only, StoreWorld } from './store-world.ts'

export function storeUsagePages(makeStore: MakeStore): void {
  test('a row is answered as it was written', async () => {
    await using world = await StoreWorld.open(makeStore)
    const full = storeUsage('req_2', {
      attempts: [
        { provider: 'ollama_cloud', model: 'llama3-70b', cost: 20 },
        { provider: 'openai', model: 'gpt-5-mini', cost: 30 },
      ],
      key: 'key_1',
      user: 'ann "a" \\ {x,y} ä 🦊',
      tags: ['team "a"', 'NULL', '', 'a,b', '{\\}'],
      tokens: 12,
    })
    const empty = storeUsage('req_1', { attempts: [], answered: false })
    await world.commit('a', { usage: [full, empty] })
    const { rows, next } = await world.store.usage({ limit: 10 })
    assert.deepEqual(
      rows.map((row) => ({ ...row })),
      [full.row, empty.row],
    )
    assert.equal(next, undefined)
  })

  test('pages follow each other newest first, without a gap or a repetition, also where times are equal', async () => {
    await using world = await StoreWorld.open(makeStore)
    const times = [5, 1, 5, 5, 3, 2, 5, 4, 4, 1, 5, 5, 2]
    await world.commit('a', {
      usage: times.map((time, index) => storeUsage(`req_${index}`, { receivedAtMs: time * 1000, tags: ['all'] })),
    })
    const all = await readByPages(world.store, { limit: 1000 })
    assert.deepEqual(
      all.map(({ receivedAtMs }) => receivedAtMs / 1000),
      times.toSorted((left, right) => right - left),
    )
    const newestFirst = all.filter(({ receivedAtMs }) => receivedAtMs === 5000).map(({ requestId }) => requestId)
    assert.deepEqual(newestFirst, ['req_6', 'req_3', 'req_2', 'req_11', 'req_10', 'req_0'])
    for (const limit of [1, 2, 5, 13]) {
      assert.deepEqual(await readByPages(world.store, { limit }), all)
      assert.deepEqual(await readByPages(world.store, { limit, where: { tag: 'all' } }), all)
    }
  })

  test('a request recorded while someone pages does not move the pages', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.commit('a', {
      usage: Array.from({ length: 6 }, (_, index) => storeUsage(`req_${index}`, { receivedAtMs: index })),
    })
    const { next } = await world.store.usage({ limit: 3 })
    await world.commit('a', { usage: [storeUsage('req_new', { receivedAtMs: 100 })] })
    assert.ok(next !== undefined)
    const page = await world.store.usage({ limit: 3, cursor: next })
    assert.deepEqual(idsOf(page.rows), ['req_2', 'req_1', 'req_0'])
    assert.equal(page.next, undefined)
  })

  test('rows are filtered by provider, model, key, user and tag, and by all of them together', async () => {
    await using world = await StoreWorld.open(makeStore)
    const values = ['x', 'y'] as const
    const wishes = values.flatMap((provider) =>
      values.flatMap((model) =>
        values.flatMap((key) => values.flatMap((user) => values.map((tag) => ({ provider, model, key, user, tag })))),
      ),
    )
    await world.commit('a', {
      usage: wishes.map(({ provider, model, key, user, tag }, index) =>
        storeUsage(`req_${index}`, {
          receivedAtMs: NOW_MS + index,
          attempts: [{ provider, model, cost: 1 }],
          key,
          user,
          tags: [tag, 'every'],
        }),
      ),
    })
    for (const filter of ['provider', 'model', 'key', 'user', 'tag'] as const) {
      const expected = wishes.flatMap((wish, index) => (wish[filter] === 'y' ? [`req_${index}`] : [])).toReversed()
      assert.deepEqual(idsOf(await readByPages(world.store, { limit: 5, where: { [filter]: 'y' } })), expected)
      assert.deepEqual(idsOf(await readByPages(world.store, { limit: 5, where: { [filter]: 'z' } })), [])
    }
    const where = { provider: 'y', model: 'x', key: 'y', user: 'x', tag: 'y' }
    assert.equal(only((await world.store.usage({ limit: 5, where })).rows).requestId, 'req_21')
    assert.equal((await readByPages(world.store, { limit: 5, where: { tag: 'every' } })).length, 32)
  })

  test('a page has the rows from since until just before until', async () => {
    await using world = await StoreWorld.open(makeStore)
    const times = [10, 20, 30]
    await world.commit('a', {
      usage: times.map((time) => storeUsage(`req_${time}`, { receivedAtMs: time, tags: ['t'] })),
    })
    for (const where of [{}, { tag: 't' }, { provider: 'openai' }]) {
      const page = await world.store.usage({ sinceMs: 10, untilMs: 30, limit: 10, where })
      assert.deepEqual(idsOf(page.rows), ['req_20', 'req_10'])
      assert.deepEqual((await world.store.usage({ sinceMs: 30, untilMs: 10, limit: 10, where })).rows, [])
    }
  })

  test('a page has 1 to 1000 rows and begins where another one ended, anything else is a RangeError', async () => {
    await using world = await StoreWorld.open(makeStore)
    for (const limit of [0, -1, 1001, 1.5, Number.NaN]) await assert.rejects(world.store.usage({ limit }), RangeError)
    for (const cursor of ['', 'req_1', '12', '12~', 'x~req_1', '99999999999999999~req_1']) {
      await assert.rejects(world.store.usage({ limit: 1, cursor }), RangeError)
    }
    assert.deepEqual(await world.store.usage({ limit: 1000 }), { rows: [], next: undefined })
  })
}

async function readByPages(store: LedgerStore, query: UsagePageQuery): Promise<UsageRow[]> {
  const rows: UsageRow[] = []
  let cursor: string | undefined
  do {
    const page = await store.usage(cursor === undefined ? query : { ...query, cursor })
    assert.ok(page.rows.length <= query.limit)
    rows.push(...page.rows)
    cursor = page.next
  } while (cursor !== undefined)
  return rows
}

function idsOf(rows: readonly UsageRow[]): string[] {
  return rows.map(({ requestId }) => requestId)
}
