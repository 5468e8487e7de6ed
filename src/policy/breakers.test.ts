// Proves when a provider is passed over, for how long, and what brings it back; time is an argument.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from '../../test/make/property.ts'
import { localProvider, openaiProvider } from '../../test/make/provider.ts'
import { type FailureKind, failureKinds, ProviderFailure } from '../domain/provider-failure.ts'
import { Breakers } from './breakers.ts'

const settings = { failures: 3, windowMs: 30_000, cooldownMs: 10_000 }
const provider = openaiProvider()
const model = 'gpt-4o'

/** Without jitter unless told: a random number in the middle. */
const breakers = (random = 0.5) => new Breakers(settings, () => random)

function failure(kind: FailureKind, retryAfterSeconds?: number): ProviderFailure {
  return new ProviderFailure(kind, { provider: 'openai', message: 'failed.', dispatched: true, retryAfterSeconds })
}

function failTimes(all: Breakers, times: number, atMs: number, kind: FailureKind = 'unreachable'): void {
  for (let time = 0; time < times; time += 1) all.failed(provider, model, failure(kind), atMs)
}

describe('consecutive failures', () => {
  test('open the breaker at their number and not before', () => {
    const all = breakers()
    failTimes(all, 2, 0)
    assert.equal(all.cooling(provider, model, 1), undefined)
    failTimes(all, 1, 5)
    assert.deepEqual(all.cooling(provider, model, 5), { remainingMs: 10_000, asked: undefined })
  })

  test('concern that model of that provider only', () => {
    const all = breakers()
    failTimes(all, 3, 0)
    assert.equal(all.cooling(provider, 'gpt-4o-mini', 1), undefined)
    assert.equal(all.cooling(localProvider(), model, 1), undefined)
  })

  test('that are further apart than the window do not add up', () => {
    const all = breakers()
    failTimes(all, 2, 0)
    failTimes(all, 1, settings.windowMs + 1)
    assert.equal(all.cooling(provider, model, settings.windowMs + 2), undefined)
  })

  test('are broken by an answer, and by a refusal that shows the provider to be well', () => {
    const all = breakers()
    for (const between of ['answer', 'rejected', 'model_missing', 'context_exceeded'] as const) {
      failTimes(all, 2, 0)
      if (between === 'answer') all.answered(provider, model, 1)
      else all.failed(provider, model, failure(between), 1)
    }
    assert.equal(all.cooling(provider, model, 2), undefined)
  })

  for (const [kind, { health }] of Object.entries(failureKinds)) {
    test(`of the kind ${kind} ${health === 'sick' ? 'count' : 'do not count'}`, () => {
      const all = breakers()
      failTimes(all, 10, 0, kind as FailureKind)
      assert.equal(all.cooling(provider, model, 1) !== undefined, health === 'sick')
    })
  }

  test('keep it closed for a cooldown with a jitter of a fifth', () => {
    for (const [random, remainingMs] of [
      [0, 8_000],
      [1, 12_000],
    ] as const) {
      const all = breakers(random)
      failTimes(all, 3, 0)
      assert.equal(all.cooling(provider, model, 0)?.remainingMs, remainingMs)
    }
  })
})

describe('after the cooldown', () => {
  const afterCooldown = () => {
    const all = breakers()
    failTimes(all, 3, 0)
    return all
  }

  test('one request is the trial and the others are still passed over', () => {
    const all = afterCooldown()
    assert.ok(all.enter(provider, model, 9_999))
    assert.equal(all.enter(provider, model, 10_000), undefined)
    assert.ok(all.enter(provider, model, 10_000))
    assert.ok(all.cooling(provider, model, 10_001))
  })

  test('a trial that answers closes the breaker for all, and the count begins anew', () => {
    const all = afterCooldown()
    all.enter(provider, model, 10_000)
    all.answered(provider, model, 10_100)
    assert.equal(all.enter(provider, model, 10_100), undefined)
    failTimes(all, 2, 10_200)
    assert.equal(all.enter(provider, model, 10_300), undefined)
  })

  test('a trial that fails opens it for another cooldown at once', () => {
    const all = afterCooldown()
    all.enter(provider, model, 10_000)
    failTimes(all, 1, 15_000)
    assert.equal(all.cooling(provider, model, 15_000)?.remainingMs, 10_000)
  })

  test('a trial that says nothing lets the next request be one', () => {
    const all = afterCooldown()
    all.enter(provider, model, 10_000)
    all.leftOpen(provider, model, 10_500)
    assert.equal(all.enter(provider, model, 10_500), undefined)
    assert.ok(all.enter(provider, model, 10_500))
  })

  test('a trial whose end never comes costs one cooldown', () => {
    const all = afterCooldown()
    all.enter(provider, model, 10_000)
    assert.ok(all.enter(provider, model, 19_999))
    assert.equal(all.enter(provider, model, 20_000), undefined)
  })

  test('of requests at the same moment at most one is let in, whatever has happened', () => {
    const step = fc.oneof(
      fc.constant('fail' as const),
      fc.constant('left' as const),
      fc.integer({ min: 1, max: 20_000 }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const all = afterCooldown()
        let nowMs = 0
        for (const one of steps) {
          if (typeof one === 'number') nowMs += one
          else if (one === 'fail') failTimes(all, 1, nowMs)
          else all.leftOpen(provider, model, nowMs)
          const letIn = [1, 2, 3].filter(() => !all.enter(provider, model, nowMs))
          assert.ok(letIn.length <= 1)
        }
      }),
    )
  })
})

describe('a Retry-After', () => {
  test('is kept from the first failure on, to its end', () => {
    const all = breakers()
    const asked = failure('rate_limited', 7)
    all.failed(provider, model, asked, 0)
    assert.deepEqual(all.enter(provider, model, 6_999), { remainingMs: 1, asked })
    assert.equal(all.enter(provider, model, 7_000), undefined)
  })

  test('yields to a longer one and not to a shorter one', () => {
    const all = breakers()
    all.failed(provider, model, failure('overloaded', 20), 0)
    all.failed(provider, model, failure('rate_limited', 2), 100)
    assert.equal(all.cooling(provider, model, 100)?.remainingMs, 19_900)
    all.failed(provider, model, failure('rate_limited', 30), 200)
    assert.equal(all.cooling(provider, model, 200)?.remainingMs, 30_000)
  })

  test('stands although a request that was under way is answered', () => {
    const all = breakers()
    all.failed(provider, model, failure('rate_limited', 7), 0)
    all.answered(provider, model, 10)
    assert.ok(all.cooling(provider, model, 20))
  })

  test('is longer than the breaker stays open, and then says so', () => {
    const all = breakers()
    failTimes(all, 3, 0)
    all.failed(provider, model, failure('overloaded', 60), 1)
    assert.ok(all.cooling(provider, model, 30_000)?.asked)
  })
})

test('what is remembered is bounded, and the newest is kept', () => {
  const all = breakers()
  for (let index = 0; index < 5_000; index += 1) {
    all.failed(provider, `model-${index}`, failure('rate_limited', 600), 0)
  }
  const kept = Array.from({ length: 5_000 }, (_, index) => all.cooling(provider, `model-${index}`, 1)).filter(Boolean)
  assert.equal(kept.length, 1_000)
  assert.ok(all.cooling(provider, 'model-4999', 1))
})
