// Restricted data while a candidate policy that wants everything in a cloud has half of the callers, or decides as a shadow:
// whoever asks, whatever fails, no byte of it reaches a cloud.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ConfigInput } from '../../src/config/schema.ts'
import type { Behaviour } from '../../src/testing/index.ts'
import { canaries, harmless } from '../make/canaries.ts'
import fc from '../make/property.ts'
import { assertKept, assertSent, startOpenWorld } from './undeclared.ts'
import { criticalHints, question } from './world.ts'

const numRuns = 100

const eager: NonNullable<ConfigInput['rollout']>['candidate'] = {
  routing: {
    rules: [
      { when: { restricted: true }, use: 'openai' },
      { when: { any: [{ classification: ['pii', 'hipaa', 'confidential'] }] }, use: 'ollama_cloud' },
      { use: 'openai' },
    ],
    default_provider: 'ollama_cloud',
    fallback: ['ollama_cloud', 'openai', 'local_ollama'],
  },
}

const fault = fc.constantFrom<Behaviour>(
  {},
  { status: 500 },
  { status: 429 },
  { rawBody: '{"model":' },
  { disconnectAfter: -1 },
  { chunks: ['one ', 'two '], disconnectAfter: 1 },
)

const declared = fc.constantFrom(undefined, 'public', 'confidential', 'pii', 'hipaa')
const model = fc.constantFrom('auto', 'auto:cloud', 'gpt-4o', 'openai/gpt-4o', 'ollama_cloud/gpt-oss:120b')
const hints = fc.constantFrom({}, criticalHints, { batch_size: 20 })

describe('restricted data', { concurrency: true }, () => {
  for (const shadow of [false, true]) {
    test(`stays while the candidate ${shadow ? 'is a shadow' : 'has half of the callers'}`, async () => {
      const gates = { p95_ms: 3_600_000, monthly_cost: 9_000_000, error_rate_percent: 100 }
      const rolling: ConfigInput['rollout'] = { candidate: eager, stages: [50, 100], gates }
      // Nobody is passed over for earlier failures, so that each request meets its own.
      const routing: ConfigInput['routing'] = { breaker: { failures: 1000 } }
      await using world = await startOpenWorld({ config: { rollout: rolling, routing } })
      const { rollout } = world.gateway.aegis.gateway
      await rollout?.change({ kind: 'start', shadow })
      const cohorts = new Set<unknown>()
      const request = fc.record({ user: fc.nat(50), stream: fc.boolean(), model, hints, level: declared })
      const place = fc.constantFrom(
        (text: string) => ({ messages: [{ role: 'user', content: text }] }),
        (text: string) => ({ metadata: { note: text } }),
      )
      const faults = fc.tuple(fault, fault, fault)
      await fc.assert(
        fc.asyncProperty(
          request,
          place,
          fc.constantFrom(...Object.entries(canaries)),
          faults,
          async ({ user, level, hints, ...more }, put, [name, canary], behaviours) => {
            for (const [index, upstream] of [world.local_ollama, world.openai, world.ollama_cloud].entries()) {
              upstream.reset()
              upstream.always(behaviours[index] as Behaviour)
            }
            const aegis = { ...hints, ...(level === undefined ? {} : { data_classification: level }) }
            const body = question({ user: `user-${user}`, ...more, ...put(canary), aegis })
            const reply = await assertKept(world, () => world.chat(body), canary, `${name}, ${more.model}, ${level}`)
            if (reply.status === 200) cohorts.add(reply.headers['x-aegis-cohort'])
          },
        ),
        { numRuns, interruptAfterTimeLimit: 60_000 },
      )
      assert.deepEqual([...cohorts].sort(), shadow ? ['current'] : ['candidate', 'current'])
      for (const upstream of [world.local_ollama, world.openai, world.ollama_cloud]) upstream.reset()
      const twin = question({ model: 'openai/gpt-4o', messages: [{ role: 'user', content: harmless }] })
      await assertSent(world, () => world.chat(twin), 'a twin without a canary')
      assert.equal((await rollout?.view())?.shadow?.restricted_moves ?? 0, 0)
      assert.equal((await rollout?.view())?.violations, 0)
    })
  }
})
