// Proves which failures permit that the same candidate is asked again, and the bounds of the wait before.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from '../../test/make/property.ts'
import { type FailureKind, failureKinds, ProviderFailure } from '../domain/provider-failure.ts'
import { retryWaitMs } from './retry-wait.ts'

function failure(kind: FailureKind, more: { upstreamStatus?: number; retryAfterSeconds?: number } = {}) {
  return new ProviderFailure(kind, { provider: 'openai', message: 'failed.', dispatched: true, ...more })
}

const half = () => 0.5

test('only what may pass is asked again', () => {
  const kinds = Object.keys(failureKinds) as FailureKind[]
  assert.deepEqual(
    kinds.filter((kind) => retryWaitMs(failure(kind), 0, half) !== undefined),
    ['unreachable'],
  )
  assert.notEqual(retryWaitMs(failure('server_error', { upstreamStatus: 502 }), 0, half), undefined)
  assert.notEqual(retryWaitMs(failure('timeout', { upstreamStatus: 504 }), 0, half), undefined)
  assert.equal(retryWaitMs(failure('server_error', { upstreamStatus: 500 }), 0, half), undefined)
  assert.equal(retryWaitMs(failure('timeout', { upstreamStatus: 408 }), 0, half), undefined)
})

test('a short Retry-After is waited for in full, and a long one is left to the client', () => {
  for (const kind of ['rate_limited', 'overloaded'] as const) {
    assert.equal(
      retryWaitMs(failure(kind, { retryAfterSeconds: 2 }), 0, () => 0),
      2_000,
    )
    assert.equal(retryWaitMs(failure(kind, { retryAfterSeconds: 6 }), 0, half), undefined)
  }
})

test('the wait has full jitter below a ceiling that doubles up to a bound', () => {
  const ceilings = [0, 1, 2, 3, 4, 5, 9].map((retries) => retryWaitMs(failure('unreachable'), retries, () => 1))
  assert.deepEqual(ceilings, [250, 500, 1_000, 2_000, 4_000, 4_000, 4_000])
  fc.assert(
    fc.property(fc.nat(20), fc.double({ min: 0, max: 1, noNaN: true }), (retries, random) => {
      const waitMs = retryWaitMs(failure('unreachable'), retries, () => random)
      assert.ok(waitMs !== undefined && waitMs >= 0 && waitMs <= 4_000)
    }),
  )
})
