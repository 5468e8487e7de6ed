// Owns the part of the stores' contract about summaries: they add up to the rows, whatever the span and the grouping.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from '../../../test/make/property.ts'
import { type UsageGrouping, type UsageQuery, type UsageSummary, usageGroupings } from '../ledger.ts'
import type { UsageEntry } from '../usage-row.ts'
import { anyInstant, anyUsage, storeUsage } from './any-usage.ts'
import { type MakeStore, NOW_MS, StoreWorld } from './store-world.ts'

export function storeSummaries(makeStore: MakeStore): void {
  test('the cost of a failed attempt is booked to its own provider and model', async () => {
    await using world = await StoreWorld.open(makeStore)
    const attempts = [
      { provider: 'ollama_cloud', model: 'llama3-70b', cost: 20 },
      { provider: 'openai', model: 'gpt-5-mini', cost: 30 },
    ]
    await world.commit('a', { usage: [storeUsage('req_1', { attempts })] })
    const costs = async (grouping: UsageGrouping, query: UsageQuery) =>
      (await world.store.summary(grouping, query)).map(({ group, requests, cost }) => [group, requests, cost])
    for (const query of [{}, { sinceMs: NOW_MS, untilMs: NOW_MS + 1 }]) {
      assert.deepEqual(await costs('provider', query), [
        ['openai', 1, 30],
        ['ollama_cloud', 0, 20],
      ])
      assert.deepEqual(await costs('model', query), [
        ['gpt-5-mini', 1, 30],
        ['llama3-70b', 0, 20],
      ])
      assert.deepEqual(await costs('day', query), [['2026-11-23', 1, 50]])
    }
  })

  test('a request counts for each of its tags, and for the empty one when it has none', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.commit('a', {
      usage: [
        storeUsage('req_1', { cost: 5, tags: ['x', 'y'] }),
        storeUsage('req_2', { cost: 2, tags: ['x'] }),
        storeUsage('req_3', { cost: 1 }),
      ],
    })
    for (const query of [{}, { sinceMs: NOW_MS }]) {
      const groups = await world.store.summary('tag', query)
      assert.deepEqual(
        groups.map(({ group, requests, cost }) => [group, requests, cost]),
        [
          ['x', 2, 7],
          ['y', 1, 5],
          ['', 1, 1],
        ],
      )
    }
  })

  test('groups come by descending cost, days in their order', async () => {
    await using world = await StoreWorld.open(makeStore)
    const day = 86_400_000
    await world.commit('a', {
      usage: [
        storeUsage('req_1', { cost: 5, user: 'ann', receivedAtMs: NOW_MS }),
        storeUsage('req_2', { cost: 9, user: 'bob', receivedAtMs: NOW_MS - day }),
        storeUsage('req_3', { cost: 1, user: 'eve', receivedAtMs: NOW_MS - 2 * day }),
      ],
    })
    const groups = async (grouping: UsageGrouping) =>
      (await world.store.summary(grouping, {})).map(({ group }) => group)
    assert.deepEqual(await groups('user'), ['bob', 'ann', 'eve'])
    assert.deepEqual(await groups('day'), ['2026-11-21', '2026-11-22', '2026-11-23'])
  })

  test('a span in which nothing is, or that ends before it begins, has no groups', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.commit('a', { usage: [storeUsage('req_1', { cost: 5, tags: ['x'] })] })
    for (const grouping of usageGroupings) {
      assert.deepEqual(await world.store.summary(grouping, { sinceMs: NOW_MS + 1 }), [])
      assert.deepEqual(await world.store.summary(grouping, { untilMs: NOW_MS }), [])
      assert.deepEqual(await world.store.summary(grouping, { sinceMs: NOW_MS + 1e9, untilMs: NOW_MS - 1e9 }), [])
    }
  })

  test('summaries by every grouping add up to the rows of any span of time', async () => {
    const anyBatches = fc.array(fc.array(anyUsage, { maxLength: 15 }), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(anyBatches, anyInstant, anyInstant, async (batches, since, until) => {
        await using world = await StoreWorld.open(makeStore)
        const entries: UsageEntry[] = []
        for (const wishes of batches) {
          const usage = wishes.map((wish, index) => storeUsage(`req_${entries.length + index}`, wish))
          entries.push(...usage)
          await world.commit('a', { usage })
        }
        for (const query of [{}, { sinceMs: since }, { untilMs: until }, { sinceMs: since, untilMs: until }]) {
          for (const grouping of usageGroupings) {
            const shown = await world.store.summary(grouping, query)
            assert.deepEqual(
              byGroup(shown),
              byGroup(groupsOf(grouping, entries, query)),
              `${grouping} ${since} ${until}`,
            )
          }
        }
      }),
      { numRuns: 10 },
    )
  })
}

/** What each row adds, by the definition: straight from the rows, without a roll-up. */
function groupsOf(grouping: UsageGrouping, entries: readonly UsageEntry[], query: UsageQuery): UsageSummary[] {
  const { sinceMs = 0, untilMs = Number.MAX_SAFE_INTEGER } = query
  const inSpan = entries.filter(({ row }) => row.receivedAtMs >= sinceMs && row.receivedAtMs < untilMs)
  return inSpan.flatMap(({ row, parts }) => {
    const names: Readonly<Record<Exclude<UsageGrouping, 'provider' | 'model'>, readonly string[]>> = {
      key: [row.keyId ?? ''],
      user: [row.user ?? ''],
      tag: row.tags.length === 0 ? [''] : row.tags,
      day: [new Date(row.receivedAtMs).toISOString().slice(0, 10)],
    }
    return parts.flatMap(({ requests, inputTokens, outputTokens, cost, ...part }) => {
      const groups = grouping === 'provider' || grouping === 'model' ? [part[grouping]] : names[grouping]
      return groups.map((group) => ({ group, requests, inputTokens, outputTokens, cost: cost as UsageSummary['cost'] }))
    })
  })
}

function byGroup(groups: readonly UsageSummary[]): Record<string, number[]> {
  const sums: Record<string, number[]> = {}
  for (const { group, requests, inputTokens, outputTokens, cost } of groups) {
    const sum = sums[group] ?? [0, 0, 0, 0]
    sums[group] = [requests, inputTokens, outputTokens, cost].map((figure, index) => figure + (sum[index] ?? 0))
  }
  return sums
}
