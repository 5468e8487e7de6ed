import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { routingPolicy } from '../../test/make/policy.ts'
import fc from '../../test/make/property.ts'
import { cloudProvider, localProvider, openaiProvider } from '../../test/make/provider.ts'
import { classifiedAs, task } from '../../test/make/task.ts'
import { candidatePolicy } from '../compose-rollout.ts'
import { dataClassifications } from '../domain/data-classification.ts'
import { ratePerMillion, ZERO_USD } from '../domain/money.ts'
import type { RecordedDecision } from '../domain/recorded-decision.ts'
import type { RoutingRule } from '../domain/routing-rule.ts'
import { complexities, qualityRequirements } from '../domain/task.ts'
import { createModelCatalogue } from './model-catalogue.ts'
import { createPriceBook } from './price-book.ts'
import { replayDecision } from './replay.ts'
import { route } from './route.ts'

const line = (input: number, output: number) => ({
  free: false,
  ...{ input: ratePerMillion(input), output: ratePerMillion(output) },
  ...{ cachedInput: undefined, cacheWrite: undefined, audioInput: undefined, audioOutput: undefined },
  ...{ perRequest: undefined, maxOutputTokens: undefined },
})
const priceBook = createPriceBook({ openai: { '*': line(2.5, 10) } }, { find: () => undefined })

function decision(more: Partial<RecordedDecision> = {}): RecordedDecision {
  return {
    ...{ requestId: 'req_1', receivedAtMs: 0, durationMs: 10, kind: 'chat', bodyBytes: 500, status: 'ok' },
    classification: classifiedAs('public'),
    model: { by: 'policy' },
    hints: {},
    needs: ['chat'],
    answeredBy: { provider: 'local_ollama', model: 'gemma-3-4b', reason: 'default_local' },
    usage: { inputTokens: 1000, outputTokens: 100, cachedInputTokens: 0, reasoningTokens: 0 },
    cost: ZERO_USD,
    ...more,
  }
}

describe('a replay', () => {
  test('of the policy that decided gives the same decision, for any hints and any classification', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...dataClassifications),
        fc.record(
          {
            qualityRequirement: fc.constantFrom(...qualityRequirements),
            complexity: fc.constantFrom(...complexities),
            batchSize: fc.integer({ min: 1, max: 100 }),
          },
          { requiredKeys: [] },
        ),
        (level, hints) => {
          const policy = routingPolicy()
          const [first] = route(task({ hints }), classifiedAs(level), policy).attempts
          const { asked } = replayDecision(decision({ hints, classification: classifiedAs(level) }), policy, priceBook)
          assert.deepEqual([asked?.provider, asked?.model], [first?.provider.name, first?.model])
        },
      ),
    )
  })

  test('prices the recorded usage at the other model', () => {
    const policy = routingPolicy([openaiProvider()])
    const { asked, cost } = replayDecision(decision(), policy, priceBook)
    assert.deepEqual(asked, { provider: 'openai', model: 'gpt-4o', location: 'cloud' })
    assert.equal(cost, 1000 * 2500 + 100 * 10_000)
  })

  test('has no cost without a usage, or where no price is known', () => {
    assert.equal(replayDecision(decision({ usage: undefined }), routingPolicy(), priceBook).cost, undefined)
    assert.equal(replayDecision(decision(), routingPolicy([cloudProvider()]), priceBook).cost, undefined)
  })

  test('asks nobody where the policy has nobody', () => {
    const restricted = decision({ classification: classifiedAs('hipaa') })
    const { asked, cost } = replayDecision(restricted, routingPolicy([openaiProvider()]), priceBook)
    assert.deepEqual([asked, cost], [undefined, undefined])
  })

  test('minds what the request asked of a model, and how long its prompt was', () => {
    const providers = [localProvider({ models: ['small', 'large'] }), openaiProvider()]
    const stated = { small: { contextTokens: 4000, capabilities: { tools: false } }, large: { contextTokens: 100_000 } }
    const known = { name: 'local_ollama', stated, mostContextTokens: undefined, cannot: [] }
    const catalogue = createModelCatalogue({ providers: [known], listed: {}, priceList: { find: () => undefined } })
    const policy = routingPolicy(providers, { catalogue })
    const model = (more: Partial<RecordedDecision>) => replayDecision(decision(more), policy, priceBook).asked?.model
    const usage = { inputTokens: 5000, outputTokens: 1, cachedInputTokens: 0, reasoningTokens: 0 }
    assert.equal(model({}), 'small')
    assert.equal(model({ needs: ['chat', 'tools'] }), 'large')
    assert.equal(model({ bodyBytes: 20_000, usage }), 'large')
  })
})

describe('a candidate policy', () => {
  const anyWhen: fc.Arbitrary<RoutingRule['when']> = fc.record(
    {
      classification: fc.subarray([...dataClassifications], { minLength: 1 }),
      restricted: fc.boolean(),
      batchSizeOver: fc.nat(20),
      complexityAtLeast: fc.constantFrom(...complexities),
    },
    { requiredKeys: [] },
  )
  const anyName = fc.constantFrom('local_ollama', 'ollama_cloud', 'openai')
  const anyCandidate = fc.record({
    source: fc.constant('candidate.yml'),
    rules: fc.array(
      fc.record(
        {
          name: fc.constant('a rule'),
          when: anyWhen,
          use: anyName,
          model: fc.constantFrom('gpt-4o', 'gemma-3-4b', 'gpt-oss:120b-cloud', 'gemma-cloud'),
          reason: fc.constant('rule' as const),
        },
        { requiredKeys: ['name', 'when', 'use', 'reason'] },
      ),
      { maxLength: 5 },
    ),
    fallback: fc.uniqueArray(anyName, { minLength: 1 }),
    models: fc.dictionary(
      anyName,
      fc.uniqueArray(fc.constantFrom('gpt-4o', 'gemma-3-4b', 'x:cloud'), { minLength: 1 }),
    ),
  })

  test('never moves restricted data: whatever it says, every attempt is as local as under the current policy', () => {
    fc.assert(
      fc.property(
        anyCandidate,
        fc.constantFrom('confidential' as const, 'pii' as const, 'hipaa' as const),
        fc.record(
          {
            complexity: fc.constantFrom(...complexities),
            batchSize: fc.integer({ min: 1, max: 100 }),
            modelLocal: fc.constantFrom('gemma-3-4b', 'gemma:cloud'),
          },
          { requiredKeys: [] },
        ),
        (candidate, level, hints) => {
          const current = routingPolicy()
          for (const policy of [current, candidatePolicy(current, { candidate })]) {
            const { attempts } = route(task({ hints }), classifiedAs(level), policy)
            for (const { provider, model } of attempts) {
              assert.equal(provider.location, 'local')
              assert.doesNotMatch(model, /cloud$/)
            }
            const recorded = decision({ classification: classifiedAs(level), hints })
            assert.notEqual(replayDecision(recorded, policy, priceBook).asked?.location, 'cloud')
          }
        },
      ),
    )
  })
})
