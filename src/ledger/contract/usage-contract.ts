// Owns the part of the ledger contract about usage: rows, pages, and summaries that add up to the rows.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nanoUsd } from '../../domain/money.ts'
import { type Ledger, type UsageRow, usageGroupings } from '../ledger.ts'
import { anyInstant, anyRequest, requestOutcome } from './any-request.ts'
import { answeredOutcome, attemptRecord, LedgerWorld, type MakeLedger } from './ledger-world.ts'

export function usageContract(makeLedger: MakeLedger): void {
  test('a request is one row that names every attempt and the one that answered', async () => {
    using world = await LedgerWorld.open(makeLedger)
    const receivedAtMs = Date.parse('2026-11-23T08:00:00Z')
    world.ledger.record(
      answeredOutcome('req_1', {
        attempts: [
          attemptRecord('ollama_cloud', 'llama3-70b', 20, 'truncated'),
          attemptRecord('openai', 'gpt-5-mini', 30, 'answered'),
        ],
        usage: { inputTokens: 12, outputTokens: 34, cachedInputTokens: 5, reasoningTokens: 6 },
        usageQuality: 'reported',
        cost: nanoUsd(50),
        keyId: 'key_1',
        user: 'ann',
      }),
    )
    assert.deepEqual(world.ledger.usage({ limit: 10 }).map(plain), [
      {
        requestId: 'req_1',
        receivedAtMs,
        durationMs: 1200,
        status: 'ok',
        httpStatus: 200,
        provider: 'openai',
        model: 'gpt-5-mini',
        reason: 'scale_or_quality',
        classification: 'public',
        inputTokens: 12,
        outputTokens: 34,
        cachedInputTokens: 5,
        usageQuality: 'reported',
        cost: 50,
        keyId: 'key_1',
        user: 'ann',
        attempts: ['ollama_cloud/llama3-70b:truncated', 'openai/gpt-5-mini:answered'],
      },
    ])
  })

  test('what is not known is null in a row, not zero', async () => {
    using world = await LedgerWorld.open(makeLedger)
    const { answeredBy: _, ...nobody } = answeredOutcome('req_1', { status: 'failed', httpStatus: 503, attempts: [] })
    world.ledger.record(nobody)
    const [row] = world.ledger.usage({ limit: 1 })
    assert.ok(row)
    const { provider, model, reason, inputTokens, outputTokens, cachedInputTokens, usageQuality, keyId, user } = row
    const unknown = [provider, model, reason, inputTokens, outputTokens, cachedInputTokens, usageQuality, keyId, user]
    assert.deepEqual(
      unknown,
      Array.from({ length: 9 }, () => null),
    )
    assert.deepEqual(world.ledger.summary('provider', {}).map(plain), [
      { group: '', requests: 1, inputTokens: 0, outputTokens: 0, cost: 0 },
    ])
  })

  test('the cost of a failed attempt is booked to its own provider and model', async () => {
    using world = await LedgerWorld.open(makeLedger)
    const attempts = [
      attemptRecord('ollama_cloud', 'llama3-70b', 20, 'truncated'),
      attemptRecord('openai', 'gpt-5-mini', 30, 'answered'),
    ]
    world.ledger.record(answeredOutcome('req_1', { attempts, cost: nanoUsd(50) }))
    const costs = (grouping: 'provider' | 'model') =>
      world.ledger.summary(grouping, {}).map(({ group, requests, cost }) => [group, requests, cost])
    assert.deepEqual(costs('provider'), [
      ['openai', 1, 30],
      ['ollama_cloud', 0, 20],
    ])
    assert.deepEqual(costs('model'), [
      ['gpt-5-mini', 1, 30],
      ['llama3-70b', 0, 20],
    ])
  })

  test('times and durations with fractions are stored as whole milliseconds', async () => {
    using world = await LedgerWorld.open(makeLedger)
    world.ledger.record(answeredOutcome('req_1', { receivedAtMs: 1000.4, endedAtMs: 2000.9 }))
    const [row] = world.ledger.usage({ limit: 1 })
    assert.deepEqual([row?.receivedAtMs, row?.durationMs], [1000, 1001])
    assert.deepEqual(world.faults, [])
  })

  test('two requests with one id keep a row each', async () => {
    using world = await LedgerWorld.open(makeLedger)
    world.ledger.record(answeredOutcome('req_1', { cost: nanoUsd(1), receivedAtMs: 1000 }))
    world.ledger.record(answeredOutcome('req_1', { cost: nanoUsd(2), receivedAtMs: 2000 }))
    const rows = world.ledger.usage({ limit: 10 })
    assert.deepEqual(
      rows.map(({ cost }) => cost),
      [2, 1],
    )
    assert.match(rows[0]?.requestId ?? '', /^req_1#\d+$/)
    assert.equal(rows[1]?.requestId, 'req_1')
  })

  test('pages follow each other newest first, without a gap or a repetition, also where times are equal', async () => {
    using world = await LedgerWorld.open(makeLedger)
    const times = [5, 1, 5, 5, 3, 2, 5, 4, 4, 1, 5, 5, 2]
    for (const [index, time] of times.entries()) {
      world.ledger.record(answeredOutcome(`req_${index}`, { receivedAtMs: time * 1000 }))
    }
    const all = world.ledger.usage({ limit: 1000 })
    assert.equal(all.length, times.length)
    assert.deepEqual(
      all.map(({ receivedAtMs }) => receivedAtMs / 1000),
      times.toSorted((left, right) => right - left),
    )
    const newestFirst = all.filter(({ receivedAtMs }) => receivedAtMs === 5000).map(({ requestId }) => requestId)
    assert.deepEqual(newestFirst, ['req_11', 'req_10', 'req_6', 'req_3', 'req_2', 'req_0'])
    for (const limit of [1, 2, 5, 13]) assert.deepEqual(readByPages(world.ledger, limit), all)
  })

  test('a request recorded while someone pages does not move the pages', async () => {
    using world = await LedgerWorld.open(makeLedger)
    for (let index = 0; index < 6; index += 1)
      world.ledger.record(answeredOutcome(`req_${index}`, { receivedAtMs: index }))
    const first = world.ledger.usage({ limit: 3 })
    world.ledger.record(answeredOutcome('req_new', { receivedAtMs: 100 }))
    const beforeRequest = first.at(-1)?.requestId ?? ''
    assert.deepEqual(
      world.ledger.usage({ limit: 3, beforeRequest }).map(({ requestId }) => requestId),
      ['req_2', 'req_1', 'req_0'],
    )
  })

  test('a page has 1 to 1000 rows and begins after a row that exists', async () => {
    using world = await LedgerWorld.open(makeLedger)
    for (const limit of [0, -1, 1001, 1.5, Number.NaN]) {
      assert.throws(() => world.ledger.usage({ limit }), RangeError)
    }
    assert.throws(() => world.ledger.usage({ limit: 1, beforeRequest: 'req_unknown' }), RangeError)
    assert.deepEqual(world.ledger.usage({ limit: 1000 }), [])
  })

  test('usage and summaries are from since until just before until', async () => {
    using world = await LedgerWorld.open(makeLedger)
    for (const time of [10, 20, 30]) world.ledger.record(answeredOutcome(`req_${time}`, { receivedAtMs: time }))
    const query = { sinceMs: 10, untilMs: 30 }
    assert.deepEqual(
      world.ledger.usage({ ...query, limit: 10 }).map(({ requestId }) => requestId),
      ['req_20', 'req_10'],
    )
    assert.equal(world.ledger.summary('day', query)[0]?.requests, 2)
    assert.deepEqual(world.ledger.summary('day', { sinceMs: 30, untilMs: 10 }), [])
  })

  test('summary by every grouping adds up to the rows of any span of time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyRequest, { maxLength: 40 }),
        anyInstant,
        anyInstant,
        async (requests, since, until) => {
          using world = await LedgerWorld.open(makeLedger)
          for (const [index, request] of requests.entries()) world.ledger.record(requestOutcome(index, request))
          for (const query of [{}, { sinceMs: since }, { untilMs: until }, { sinceMs: since, untilMs: until }]) {
            const rows = world.ledger.usage({ ...query, limit: 1000 })
            for (const grouping of usageGroupings) {
              assert.deepEqual(total(world.ledger.summary(grouping, query)), total(rows.map(asGroup)))
            }
            assert.deepEqual(byGroup(world.ledger.summary('key', query)), byGroup(rows.map(asGroup)))
          }
        },
      ),
      { numRuns: 40 },
    )
  })
}

function asGroup(row: UsageRow) {
  const { inputTokens, outputTokens, cost } = row
  return { group: row.keyId ?? '', requests: 1, inputTokens: inputTokens ?? 0, outputTokens: outputTokens ?? 0, cost }
}

interface Figures {
  readonly group: string
  readonly requests: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cost: number
}

function total(groups: readonly Figures[]): number[] {
  const sum = (figure: (group: Figures) => number) => groups.reduce((so_far, group) => so_far + figure(group), 0)
  return [
    sum((group) => group.requests),
    sum((group) => group.inputTokens),
    sum((group) => group.outputTokens),
    sum((group) => group.cost),
  ]
}

function byGroup(groups: readonly Figures[]): Record<string, number[]> {
  const names = [...new Set(groups.map(({ group }) => group))].sort()
  return Object.fromEntries(names.map((name) => [name, total(groups.filter(({ group }) => group === name))]))
}

function readByPages(ledger: Ledger, limit: number): UsageRow[] {
  const rows: UsageRow[] = []
  for (;;) {
    const last = rows.at(-1)
    const page = ledger.usage(last === undefined ? { limit } : { limit, beforeRequest: last.requestId })
    rows.push(...page)
    if (page.length < limit) return rows
  }
}

/** Without the prototype that some databases give their rows. */
function plain<Row extends object>(row: Row): Row {
  return { ...row }
}
