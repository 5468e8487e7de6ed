// Proves which error a client gets when nobody answered: the one that tells it what to do.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { routingPolicy } from '../../test/make/policy.ts'
import { localProvider, openaiProvider } from '../../test/make/provider.ts'
import { classifiedAs, task, undecidable } from '../../test/make/task.ts'
import type { BudgetExceeded } from '../domain/budget.ts'
import type { EffectiveClassification } from '../domain/data-classification.ts'
import { fromUsd, ZERO_USD } from '../domain/money.ts'
import type { AttemptRecord } from '../domain/outcome.ts'
import {
  type FailureKind,
  failureKinds,
  ProviderFailure,
  type ProviderFailureDetails,
} from '../domain/provider-failure.ts'
import { finalError, type Obstacle, priceLine } from './fallback.ts'
import { route } from './route.ts'
import type { UnboundedCost } from './unbounded-cost.ts'

const plan = (classification: EffectiveClassification = classifiedAs('public')) =>
  route(task(), classification, routingPolicy())

const failed = (kind: FailureKind, more: Partial<ProviderFailureDetails> = {}): Obstacle => ({
  kind: 'provider',
  failure: new ProviderFailure(kind, { provider: 'openai', message: `openai ${kind}.`, dispatched: true, ...more }),
})

const overBudget = (reserved = 0): Obstacle => {
  const exceeded: BudgetExceeded = {
    outcome: 'budget_exceeded',
    onExceeded: 'fallback',
    available: fromUsd(0.25),
    budget: {
      id: 'provider:openai:month',
      scope: 'provider',
      subject: 'openai',
      window: 'month',
      period: '2026-11',
      limit: fromUsd(80),
      spent: fromUsd(79.5),
      reserved: fromUsd(reserved),
      leased: ZERO_USD,
      unsettled: ZERO_USD,
      soft: false,
      resetsAtMs: Date.parse('2026-12-01T00:00:00Z'),
      rule: 'budgets.monthly_limits.openai',
    },
  }
  return { kind: 'budget', exceeded }
}
const unpriced: Obstacle = { kind: 'price_unknown', provider: 'openai', model: 'gpt-9' }
const ledgerDown: Obstacle = { kind: 'ledger', retryAfterSeconds: 7 }
const rejectedReply = { status: 422, contentType: 'application/json', body: Buffer.from('{"error":{}}') }

const record: AttemptRecord = {
  provider: 'openai',
  model: 'gpt-4o',
  location: 'cloud',
  reason: 'fallback',
  result: 'timeout',
  durationMs: 3,
  cost: ZERO_USD,
}

describe('the error of a request that nobody answered', () => {
  const errorOf = (...obstacles: Obstacle[]) => finalError(plan(), obstacles, [record])

  for (const [kind, { status, code }] of Object.entries(failureKinds)) {
    test(`after the failure ${kind} alone is ${code}, ${status}`, () => {
      const error = errorOf(failed(kind as FailureKind))
      assert.deepEqual([error.code, error.status, error.source], [code, status, 'provider'])
      assert.equal(error.message, `openai ${kind}.`)
      if (status === 429 || status === 503) assert.equal(error.retryAfterSeconds, 5)
      else assert.equal(error.retryAfterSeconds, undefined)
    })
  }

  test('is the last failure of several', () => {
    assert.equal(errorOf(failed('server_error'), failed('timeout')).code, 'upstream_timeout')
    assert.equal(errorOf(failed('timeout'), failed('server_error')).code, 'upstream_error')
  })

  test('is the provider that said when to come back, with its time', () => {
    const error = errorOf(failed('rate_limited', { retryAfterSeconds: 17 }), failed('unreachable'))
    assert.deepEqual([error.code, error.status, error.retryAfterSeconds], ['rate_limited', 429, 17])
  })

  test('is a provider rather than money, and money rather than a missing price', () => {
    assert.equal(errorOf(overBudget(), failed('timeout')).code, 'upstream_timeout')
    assert.equal(errorOf(failed('timeout'), overBudget()).code, 'upstream_timeout')
    assert.equal(errorOf(unpriced, ledgerDown, overBudget()).code, 'budget_exceeded')
    assert.equal(errorOf(unpriced, ledgerDown).code, 'ledger_unavailable')
    assert.equal(errorOf(unpriced).code, 'price_unknown')
  })

  test("passes a request-shaped refusal on with the provider's own status and body", () => {
    const error = errorOf(failed('rejected', { upstreamStatus: 422, reply: rejectedReply }))
    assert.equal(error.status, 422)
    assert.equal(error.reply, rejectedReply)
  })

  test('is the refusal of the request when one provider was busy and the next refused it', () => {
    const busy = failed('rate_limited', { retryAfterSeconds: 17 })
    const error = errorOf(busy, failed('rejected', { upstreamStatus: 422, reply: rejectedReply }))
    assert.deepEqual([error.code, error.status, error.retryAfterSeconds], ['invalid_request', 422, undefined])
  })

  test('does not pass on the body of an error inside a stream, whose status is 200', () => {
    const error = errorOf(failed('in_band_error', { reply: { ...rejectedReply, status: 200 } }))
    assert.deepEqual([error.status, error.reply], [502, undefined])
  })

  test('lists every attempt', () => {
    const attempts = [{ provider: 'openai', model: 'gpt-4o', result: 'timeout' }]
    for (const obstacle of [failed('timeout'), overBudget(), ledgerDown, unpriced]) {
      assert.deepEqual(errorOf(obstacle).extra?.attempts, attempts)
    }
  })

  test('says which budget is full, who set it, when it resets, and what is on its way', () => {
    const error = errorOf(overBudget(0.25))
    assert.deepEqual([error.code, error.status, error.retryAfterSeconds], ['budget_exceeded', 402, 5])
    assert.deepEqual(error.extra, {
      scope: 'provider',
      subject: 'openai',
      limit: 80,
      spent: 79.5,
      reserved: 0.25,
      period: '2026-11',
      resets_at: '2026-12-01T00:00:00.000Z',
      rule: 'budgets.monthly_limits.openai',
      attempts: [{ provider: 'openai', model: 'gpt-4o', result: 'timeout' }],
    })
    for (const word of ['2026-11', 'openai', '$80', '$79.5', '$0.25', 'budgets.monthly_limits.openai']) {
      assert.ok(error.message.includes(word), word)
    }
  })

  test('asks for patience only when requests in flight hold money that may come back', () => {
    assert.equal(errorOf(overBudget(0)).retryAfterSeconds, undefined)
    assert.doesNotMatch(errorOf(overBudget(0)).message, /in flight/)
  })

  test('gives the configuration line that a missing price needs', () => {
    const error = errorOf(unpriced)
    assert.equal(error.status, 402)
    assert.ok(error.message.includes(priceLine('openai', 'gpt-9')), error.message)
    assert.ok(priceLine('openai', 'gpt-9').startsWith('pricing: { openai: { "gpt-9": {'))
  })

  test('names the member whose cost has no bound, and the setting that would give it one', () => {
    const asked = (unbounded: UnboundedCost) => errorOf({ ...unpriced, unbounded })
    const search = { member: 'web_search_options', reason: 'the provider charges for each search' }
    const bounded = asked({ ...search, setting: 'per_request' })
    assert.deepEqual([bounded.code, bounded.param], ['price_unknown', 'web_search_options'])
    assert.match(
      bounded.message,
      /web_search_options: the provider charges.*add per_request to pricing\.openai\."gpt-9"/,
    )
    assert.match(
      asked({ member: 'service_tier', reason: 'x' }).message,
      /service_tier: x\. Leave it out, or ask a model/,
    )
  })

  test('says for how long the ledger is away', () => {
    const error = errorOf(ledgerDown)
    assert.deepEqual([error.status, error.retryAfterSeconds], [503, 7])
  })

  test('of an empty plan says why each candidate was left out', () => {
    const closed = routingPolicy([openaiProvider({ closedBecause: 'set OPENAI_API_KEY' })])
    const error = finalError(route(task(), classifiedAs('public'), closed), [], [])
    assert.deepEqual([error.code, error.status, error.retryAfterSeconds], ['no_candidate', 503, 30])
    assert.match(error.message, /openai: set OPENAI_API_KEY/)
  })
})

describe('the error for restricted data', () => {
  const restricted = (...obstacles: Obstacle[]) => finalError(plan(classifiedAs('pii')), obstacles, [record])

  test('says that only a local provider may answer, whatever stopped it', () => {
    const causes = [
      failed('unreachable'),
      failed('timeout'),
      failed('privacy_refused'),
      failed('server_error'),
      ledgerDown,
      unpriced,
      overBudget(),
    ]
    for (const cause of causes) {
      const error = restricted(cause)
      assert.deepEqual(
        [error.code, error.status, error.retryAfterSeconds],
        ['local_unavailable_for_restricted_data', 503, 10],
      )
      assert.match(error.message, /^pii data may only go to a local provider/)
      assert.equal(error.extra?.classification, 'pii')
    }
    assert.equal(restricted().code, 'local_unavailable_for_restricted_data')
  })

  test('calls undecidable data undecidable', () => {
    assert.match(finalError(plan(undecidable), [], []).message, /^undecidable data/)
  })

  test('of a request that its local provider refused as it stands is that refusal: waiting would not help', () => {
    const refused = restricted(failed('rejected', { upstreamStatus: 422, reply: rejectedReply }))
    assert.deepEqual([refused.code, refused.status, refused.reply], ['invalid_request', 422, rejectedReply])
    for (const kind of ['context_exceeded', 'unsupported', 'model_missing'] as const) {
      const error = restricted(failed(kind))
      const { code, status } = failureKinds[kind]
      assert.deepEqual([error.code, error.status, error.retryAfterSeconds], [code, status, undefined], kind)
    }
  })

  test('of a request that one local provider cannot take and another could have is still about waiting', () => {
    assert.equal(restricted(failed('unsupported'), failed('unreachable')).code, 'local_unavailable_for_restricted_data')
    assert.equal(restricted(failed('unreachable'), failed('unsupported')).code, 'local_unavailable_for_restricted_data')
  })

  test('is no word about local providers when the client left', () => {
    assert.equal(restricted(failed('cancelled')).code, 'client_closed')
  })

  test('under a policy that rejects an explicit cloud model names the member at fault', () => {
    const policy = routingPolicy([localProvider(), openaiProvider()], { onExplicitCloudModel: 'reject' })
    const asked = task({ model: { by: 'provider', provider: 'openai', model: 'gpt-4o' } })
    const error = finalError(route(asked, classifiedAs('hipaa'), policy), [], [])
    assert.deepEqual([error.code, error.status, error.param], ['invalid_request', 400, 'model'])
    assert.match(error.message, /^hipaa data/)
  })
})
