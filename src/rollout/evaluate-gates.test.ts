import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from '../../test/make/property.ts'
import { fromUsd } from '../domain/money.ts'
import { evaluateGates, type GateName, monthlyCost, verdictOn } from './evaluate-gates.ts'
import { INITIAL_STATE, type RolloutState } from './rollout-state.ts'
import { type Counts, p95Of, stageFigures, waitBucket } from './stage-counts.ts'

const HOUR_MS = 3_600_000
const stage = { percent: 30, minTimeMs: HOUR_MS, minRequests: 100 }
const stages = [{ ...stage, percent: 10 }, stage, { ...stage, percent: 100 }]
const gates = { errorRatePercent: 5, p95Ms: 1000, monthlyCost: fromUsd(300), privacyViolations: 0 }

interface Traffic {
  readonly requests?: number
  readonly errors?: number
  /** Milliseconds of each answer. */
  readonly waits?: readonly number[]
  readonly costUsd?: number
  readonly currentRequests?: number
  readonly violations?: number
}

function counts({ requests = 0, errors = 0, waits = [], costUsd = 0, currentRequests = 0, violations = 0 }: Traffic) {
  const counted = new Map<string, number>([
    ['candidate.requests', requests],
    ['candidate.errors', errors],
    ['candidate.cost', fromUsd(costUsd)],
    ['current.requests', currentRequests],
    ['violations', violations],
  ])
  for (const wait of waits) {
    const name = `candidate.wait.${waitBucket(wait)}`
    counted.set(name, (counted.get(name) ?? 0) + 1)
  }
  return counted as Counts
}

const failing = (traffic: Traffic, elapsedMs = HOUR_MS): GateName[] =>
  evaluateGates(stageFigures(counts(traffic)), gates, stage, elapsedMs)
    .filter(({ passes }) => !passes)
    .map(({ gate }) => gate)

const repeat = (count: number, wait: number) => Array<number>(count).fill(wait)

describe('the gates of a stage', () => {
  test('let good traffic pass', () => {
    assert.deepEqual(
      failing({ requests: 100, errors: 5, waits: repeat(95, 900), costUsd: 0.1, currentRequests: 233 }),
      [],
    )
    assert.deepEqual(failing({}), [])
  })

  test('an error rate at the limit passes, above it fails', () => {
    assert.deepEqual(failing({ requests: 1000, errors: 50 }), [])
    assert.deepEqual(failing({ requests: 1000, errors: 51 }), ['error_rate_percent'])
  })

  test('a few errors among few requests decide nothing; so many that the rest cannot make up for them do', () => {
    assert.deepEqual(failing({ requests: 5, errors: 5 }), [])
    assert.deepEqual(failing({ requests: 6, errors: 6 }), ['error_rate_percent'])
  })

  test('five slow answers in a hundred pass, six fail', () => {
    assert.deepEqual(failing({ requests: 100, waits: [...repeat(95, 100), ...repeat(5, 5000)] }), [])
    assert.deepEqual(failing({ requests: 100, waits: [...repeat(94, 100), ...repeat(6, 5000)] }), ['p95_ms'])
    assert.deepEqual(failing({ requests: 5, waits: repeat(5, 60_000) }), [], 'of five nobody knows')
    assert.deepEqual(failing({ requests: 6, waits: repeat(6, 60_000) }), ['p95_ms'], 'of six it is certain')
  })

  test('the cost of a month is that of all traffic', () => {
    // A dollar for a tenth of the traffic in a hour: 10 dollars an hour.
    const traffic = { requests: 100, costUsd: 1, currentRequests: 900 }
    assert.equal(monthlyCost(stageFigures(counts(traffic)), stage, HOUR_MS), 7200)
    assert.deepEqual(failing(traffic), ['monthly_cost_usd'])
    assert.deepEqual(failing({ ...traffic, costUsd: 0.0416 }), [])
    assert.deepEqual(failing({ ...traffic, costUsd: 0.0417 }), ['monthly_cost_usd'])
  })

  test('the first minutes of a stage are not taken for a month', () => {
    const traffic = { requests: 100, costUsd: 0.04, currentRequests: 900 }
    assert.deepEqual(failing(traffic, 1000), [])
    assert.deepEqual(
      failing({ ...traffic, costUsd: 2 }, 1000),
      ['monthly_cost_usd'],
      'what is certain is not waited for',
    )
  })

  test('one dear request among few is not multiplied by the whole traffic', () => {
    assert.deepEqual(failing({ requests: 2, costUsd: 0.3, currentRequests: 10_000 }), [])
  })

  test('a single violation of privacy fails at once', () => {
    assert.deepEqual(failing({ violations: 1 }, 0), ['privacy_violations'])
  })

  test('each limit can be set', () => {
    const loose = { errorRatePercent: 50, p95Ms: 60_000, monthlyCost: fromUsd(9_000), privacyViolations: 1 }
    const traffic = {
      requests: 100,
      errors: 40,
      waits: repeat(60, 5000),
      costUsd: 1,
      currentRequests: 900,
      violations: 1,
    }
    const verdicts = evaluateGates(stageFigures(counts(traffic)), loose, stage, HOUR_MS)
    assert.deepEqual(
      verdicts.map(({ gate, passes }) => [gate, passes]),
      [
        ['privacy_violations', true],
        ['error_rate_percent', true],
        ['p95_ms', true],
        ['monthly_cost_usd', true],
      ],
    )
  })

  test('what fails early fails whatever good requests follow until the least number is reached', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: 1, max: 100_000 }),
        fc.nat(100),
        (requests, errors, wait, more) => {
          const early = { requests, errors: Math.min(errors, requests), waits: repeat(requests, wait) }
          const follow = Math.max(0, Math.min(more, stage.minRequests - requests))
          const late = { ...early, requests: requests + follow, waits: [...early.waits, ...repeat(follow, 1)] }
          for (const gate of failing(early)) assert.ok(failing(late).includes(gate), gate)
        },
      ),
    )
  })

  test('the 95th wait is right to a twentieth, for any waits', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 600_000 }), { minLength: 1, maxLength: 300 }), (waits) => {
        const sorted = waits.toSorted((left, right) => left - right)
        const exact = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0
        const found = p95Of(stageFigures(counts({ waits })).cohorts.candidate)
        assert.ok(found >= exact / 1.051 && found <= exact * 1.051, `${found} instead of ${exact}`)
      }),
    )
  })
})

describe('the verdict on a stage', () => {
  const running: RolloutState = { ...INITIAL_STATE, phase: 'running', percent: 30, epoch: 2, sinceMs: 0 }
  const verdict = (state: RolloutState, traffic: Traffic, nowMs = HOUR_MS) =>
    verdictOn(state, stageFigures(counts(traffic)), { stages, gates }, nowMs)
  const good = { requests: 100, waits: repeat(100, 100) }

  test('is to go on when it has had its time and its requests', () => {
    assert.deepEqual(verdict(running, good), { kind: 'advance' })
    assert.equal(verdict(running, good, HOUR_MS - 1), undefined)
    assert.equal(verdict(running, { ...good, requests: 99 }), undefined)
  })

  test('is to go back to the stage before when a gate fails, with the figures', () => {
    const cause = { gate: 'error_rate_percent', value: 10, limit: 5 }
    assert.deepEqual(verdict(running, { requests: 200, errors: 20 }), { kind: 'rollback', toPercent: 10, cause })
  })

  test('is to go back entirely from the first stage, and from any after a violation', () => {
    const errors = { requests: 100, errors: 100 }
    const toPercent = (percent: number, traffic: Traffic) => {
      const action = verdict({ ...running, percent }, traffic)
      return action?.kind === 'rollback' ? action.toPercent : undefined
    }
    assert.equal(toPercent(10, errors), 0)
    assert.equal(toPercent(100, errors), 30)
    assert.equal(toPercent(100, { ...good, violations: 1 }), 0)
  })

  test('never goes on while it is paused or was rolled back, and goes back all the same', () => {
    for (const phase of ['paused', 'rolled_back'] as const) {
      assert.equal(verdict({ ...running, phase }, good), undefined)
      assert.equal(verdict({ ...running, phase }, { requests: 100, errors: 100 })?.kind, 'rollback')
    }
  })

  test('there is none while nothing is rolled out, or when all is', () => {
    for (const [phase, percent] of [
      ['idle', 0],
      ['shadow', 0],
      ['rolled_back', 0],
      ['completed', 100],
    ] as const) {
      assert.equal(verdict({ ...running, phase, percent }, { violations: 9, requests: 100, errors: 100 }), undefined)
    }
  })

  test('the time of a pause does not count', () => {
    assert.equal(verdict({ ...running, sinceMs: 1000 }, good, HOUR_MS), undefined)
  })
})
