// Proves what is charged for an attempt that reported no usage.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chatBody } from '../../test/make/chat-body.ts'
import { priced } from '../../test/make/price.ts'
import { usage } from '../../test/make/usage.ts'
import { ZERO_USD } from '../domain/money.ts'
import { type FailureKind, failureKinds, ProviderFailure } from '../domain/provider-failure.ts'
import { chargeForFailure, credibleUsage } from './charge.ts'
import { costBound, costOfAbort } from './estimate-cost.ts'

const price = priced(1, 10)
const bound = costBound(chatBody(), price, undefined, 100)
const kinds = Object.keys(failureKinds) as FailureKind[]

function failure(kind: FailureKind, more: { dispatched?: boolean; upstreamStatus?: number } = {}): ProviderFailure {
  return new ProviderFailure(kind, { provider: 'openai', message: 'failed.', dispatched: true, ...more })
}

test('what was never sent costs nothing, whatever went wrong', () => {
  for (const kind of kinds)
    assert.equal(chargeForFailure(failure(kind, { dispatched: false }), bound, price, 0), ZERO_USD)
})

test('what was refused with an HTTP status costs nothing', () => {
  for (const upstreamStatus of [400, 401, 404, 429, 500, 503]) {
    assert.equal(chargeForFailure(failure('server_error', { upstreamStatus }), bound, price, 0), ZERO_USD)
  }
})

test('an error as the first event costs nothing, a later one what was delivered', () => {
  assert.equal(chargeForFailure(failure('in_band_error'), bound, price, 0), ZERO_USD)
  assert.equal(chargeForFailure(failure('in_band_error'), bound, price, 9), costOfAbort(bound, 9, price))
})

test('what the client left costs the input and what was delivered', () => {
  assert.equal(chargeForFailure(failure('cancelled'), bound, price, 0), costOfAbort(bound, 0, price))
  assert.equal(chargeForFailure(failure('cancelled'), bound, price, 9), costOfAbort(bound, 9, price))
})

test('sent and then silent, cut off or unreadable costs the worst case', () => {
  for (const kind of ['timeout', 'truncated', 'malformed', 'unreachable', 'server_error'] as const) {
    assert.equal(chargeForFailure(failure(kind), bound, price, 3), bound.amount, kind)
  }
})

test('no failure costs more than the worst case, and none anything at a free provider', () => {
  for (const kind of kinds) {
    assert.ok(chargeForFailure(failure(kind), bound, price, 1_000_000) <= bound.amount, kind)
    assert.equal(chargeForFailure(failure(kind), bound, { state: 'free' }, 9), ZERO_USD)
    assert.equal(chargeForFailure(failure(kind), undefined, price, 9), ZERO_USD)
  }
})

test('a usage without input is a placeholder at a paid model and the truth at a free one', () => {
  assert.equal(credibleUsage(usage(0, 0), price), undefined)
  assert.equal(credibleUsage(usage(0, 9), price), undefined)
  assert.deepEqual(credibleUsage(usage(0, 9), { state: 'free' }), usage(0, 9))
  assert.deepEqual(credibleUsage(usage(1, 0), price), usage(1, 0))
  assert.equal(credibleUsage(undefined, price), undefined)
})

test('a usage without output is a placeholder when something was delivered', () => {
  assert.equal(credibleUsage(usage(9, 0), price, 5), undefined)
  assert.deepEqual(credibleUsage(usage(9, 0), price, 0), usage(9, 0))
  assert.deepEqual(credibleUsage(usage(9, 1), price, 500), usage(9, 1))
  assert.deepEqual(credibleUsage(usage(9, 0), { state: 'free' }, 5), usage(9, 0))
})
