import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from '../../test/make/property.ts'
import { classificationSources, dataClassifications } from './data-classification.ts'
import { decisionsOfText, decisionsText } from './decision-text.ts'
import { modelCapabilities } from './model-facts.ts'
import type { NanoUsd } from './money.ts'
import type { RecordedDecision } from './recorded-decision.ts'
import { complexities, type ModelChoice, qualityRequirements } from './task.ts'

const anyModel: fc.Arbitrary<ModelChoice> = fc.oneof(
  fc.constant<ModelChoice>({ by: 'policy' }),
  fc.record({ by: fc.constant('tier' as const), tier: fc.constantFrom('local' as const, 'cloud' as const) }),
  fc.record({ by: fc.constant('model' as const), model: fc.string() }),
  fc.record({ by: fc.constant('provider' as const), provider: fc.string(), model: fc.string() }),
)

const tokens = fc.nat(1_000_000)

const anyDecision: fc.Arbitrary<RecordedDecision> = fc
  .record({
    requestId: fc.string(),
    receivedAtMs: fc.nat(),
    durationMs: fc.nat(),
    kind: fc.constantFrom('chat' as const, 'embedding' as const),
    classification: fc.record({
      level: fc.constantFrom(...dataClassifications),
      source: fc.constantFrom(...classificationSources),
      undecidable: fc.boolean(),
      restricted: fc.boolean(),
    }),
    model: anyModel,
    hints: fc.record(
      {
        qualityRequirement: fc.constantFrom(...qualityRequirements),
        complexity: fc.constantFrom(...complexities),
        batchSize: fc.integer({ min: 1, max: 1_000_000 }),
        tags: fc.array(fc.string()),
        modelLocal: fc.string(),
        modelCloud: fc.string(),
        modelOpenai: fc.string(),
      },
      { requiredKeys: [] },
    ),
    needs: fc.subarray([...modelCapabilities]),
    bodyBytes: fc.nat(),
    status: fc.constantFrom('ok', 'failed', 'refused'),
    answeredBy: fc.option(fc.record({ provider: fc.string(), model: fc.string(), reason: fc.string() }), {
      nil: undefined,
    }),
    usage: fc.option(
      fc.record(
        {
          ...{ inputTokens: tokens, outputTokens: tokens, cachedInputTokens: tokens, reasoningTokens: tokens },
          ...{ cacheWriteTokens: tokens, audioInputTokens: tokens, audioOutputTokens: tokens },
        },
        { requiredKeys: ['inputTokens', 'outputTokens', 'cachedInputTokens', 'reasoningTokens'] },
      ),
      { nil: undefined },
    ),
    cost: fc.nat() as fc.Arbitrary<NanoUsd>,
  })
  .map((decision) => decision as RecordedDecision)

test('any decisions come back as they were written', () => {
  fc.assert(
    fc.property(fc.array(anyDecision, { maxLength: 5 }), (decisions) => {
      // Records of fast-check have no prototype, which is no difference here.
      assert.deepEqual(
        JSON.parse(JSON.stringify(decisionsOfText(decisionsText(decisions)))),
        JSON.parse(JSON.stringify(decisions)),
      )
    }),
  )
})

test('a usual decision takes fewer than 200 bytes', () => {
  const usual: RecordedDecision = {
    requestId: 'req_019ac2f1b2c300000001a1b2c3d4e5f6',
    receivedAtMs: 1_795_000_000_000,
    durationMs: 1234,
    kind: 'chat',
    classification: { level: 'internal', source: 'default', undecidable: false, restricted: false },
    model: { by: 'policy' },
    hints: {},
    needs: ['chat'],
    bodyBytes: 4567,
    status: 'ok',
    answeredBy: { provider: 'ollama_cloud', model: 'gpt-oss:120b', reason: 'scale_or_quality' },
    usage: { inputTokens: 1200, outputTokens: 300, cachedInputTokens: 0, reasoningTokens: 0 },
    cost: 1_050_000 as NanoUsd,
  }
  assert.ok(decisionsText([usual]).length < 200, decisionsText([usual]))
})

test('what a newer version has written is left out', () => {
  assert.deepEqual(decisionsOfText('[2,["anything"]]'), [])
})
