// A short chaos run on each database: one event of each kind under a load of every dialect, the same faults each time.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databaseKinds } from '../../bench/chaos/database.ts'
import { Disturbances } from '../../bench/chaos/disturbances.ts'
import { judge, type Violation } from '../../bench/chaos/judge.ts'
import { textOf } from '../../bench/chaos/print.ts'
import { Random } from '../../bench/chaos/random.ts'
import { type PlannedRequest, planRequest } from '../../bench/chaos/requests.ts'
import { runChaos } from '../../bench/chaos/run-chaos.ts'
import type { Outcome } from '../../bench/chaos/send.ts'

const EVENTS = { postgres: 7, sqlite: 6 } as const
const skip = process.platform === 'linux' ? false : 'finds the workers that it kills in /proc'

describe('two workers whose providers, database, processes and clients fail', { skip }, () => {
  for (const database of databaseKinds) {
    test(`lose no money, let nothing out and leave nobody waiting, on ${database}`, async () => {
      const result = await runChaos({
        ...{ database, seed: 20_260_101, clients: 8, marginMs: 60_000, requestsAnEvent: [10, 20] },
        enough: (events) => events >= EVENTS[database],
        progress: () => {},
      })
      assert.deepEqual(result.wrong, [])
      assert.deepEqual(result.counterexamples.map(textOf), [])
      assert.deepEqual([...new Set(Object.values(result.events))], [1])
      assert.equal(Object.keys(result.events).length, EVENTS[database])
      // Else nothing was tried.
      assert.ok(result.looks > 0, 'nobody looked into the ledger')
      assert.ok((result.outcomes.answered ?? 0) > 100, JSON.stringify(result.outcomes))
      assert.ok((result.outcomes.left ?? 0) > 0, 'no client left')
      for (const { provider, billed } of result.accounts) assert.ok(billed > 0, `${provider} was paid`)
      assert.ok(Object.keys(result.fallbacks).length > 3, JSON.stringify(result.fallbacks))
    })
  }
})

describe('the judge of a chaos run', () => {
  /** A second long, and a whole answer of a local provider unless told. */
  const judged = (
    outcome: Partial<Outcome>,
    request: Partial<PlannedRequest> = {},
    disturbances = new Disturbances(),
  ) => {
    const endedMs = performance.now()
    const planned = { ...planRequest(0, new Random(1)), restricted: false, paidOnly: false, ...request }
    const whole = {
      end: 'answered',
      status: 200,
      code: undefined,
      provider: 'local_ollama',
      location: 'local',
    } as const
    return judge({ ...whole, startedMs: endedMs - 1000, endedMs, tail: '', request: planned, ...outcome }, disturbances)
  }
  const cases: readonly [Violation, Partial<Outcome>, Partial<PlannedRequest>?][] = [
    ['a hung client', { end: 'hung' }],
    ['an answer that is short and does not say so', { end: 'silently_short', location: 'cloud' }],
    ['restricted data answered elsewhere', { location: 'cloud' }, { restricted: true }],
    ['restricted data answered elsewhere', { end: 'broken', location: 'cloud' }, { restricted: true }],
    ['a lost connection without a reason', { end: 'reset', status: 0 }],
    ['a broken answer without a reason', { end: 'broken' }],
    ['a refusal although the local provider could answer', { status: 502, code: 'upstream_error' }],
    ['a refusal although the local provider could answer', { status: 503, code: 'overloaded' }, { restricted: true }],
    ['an error that no fault explains', { status: 500, code: 'internal_error' }, { paidOnly: true }],
    ['an error that no fault explains', { status: 503, code: 'ledger_unavailable' }, { paidOnly: true }],
  ]
  for (const [what, outcome, request] of cases) {
    test(`finds ${what}: ${JSON.stringify({ ...outcome, ...request })}`, () => {
      assert.equal(judged(outcome, request), what)
    })
  }

  test('takes what was done on purpose for a reason', () => {
    const during = (what: Parameters<Disturbances['begin']>[0]) => {
      const disturbances = new Disturbances()
      disturbances.begin(what)
      return disturbances
    }
    assert.equal(judged({}), undefined)
    assert.equal(judged({ end: 'broken', location: 'cloud' }), undefined)
    assert.equal(judged({ end: 'reset' }, {}, during('worker killed')), undefined)
    const refused = { status: 503, code: 'local_unavailable_for_restricted_data' }
    assert.equal(judged(refused, { restricted: true }, during('local provider away')), undefined)
    const away = { status: 503, code: 'ledger_unavailable' }
    assert.equal(judged(away, { paidOnly: true }, during('database away')), undefined)
  })
})
