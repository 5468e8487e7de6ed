// Proves the first lock: restricted data is cleared for models that run here and for nothing else.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cloudProvider, localProvider, openaiProvider } from '../../test/make/provider.ts'
import { classifiedAs, task, undecidable } from '../../test/make/task.ts'
import type { Attempt } from '../domain/attempt.ts'
import { dataClassifications, isRestricted } from '../domain/data-classification.ts'
import { clear } from './clearance.ts'

const attempt = (more: Partial<Attempt>): Attempt => ({
  task: task(),
  provider: localProvider(),
  model: 'llama3.2:8b',
  reason: 'default_local',
  classification: classifiedAs('public'),
  ...more,
})

test('open data may go anywhere, restricted data to local models only', () => {
  for (const level of dataClassifications) {
    const classification = classifiedAs(level)
    for (const provider of [cloudProvider(), openaiProvider()]) {
      assert.equal(clear(attempt({ provider, classification })) !== undefined, !isRestricted(level), level)
    }
    assert.ok(clear(attempt({ classification })), level)
    const forwarded = clear(attempt({ model: 'gpt-oss:120b-cloud', classification }))
    assert.equal(forwarded !== undefined, !isRestricted(level), level)
  }
})

test('what cannot be judged is restricted', () => {
  assert.equal(clear(attempt({ provider: openaiProvider(), classification: undecidable })), undefined)
  assert.ok(clear(attempt({ classification: undecidable })))
})

test('clearing changes nothing of the attempt', () => {
  const planned = attempt({})
  assert.equal(clear(planned), planned)
})
