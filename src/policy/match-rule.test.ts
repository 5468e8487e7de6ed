// Proves when a routing rule applies.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { classifiedAs, task, undecidable } from '../../test/make/task.ts'
import type { EffectiveClassification } from '../domain/data-classification.ts'
import type { RoutingRule } from '../domain/routing-rule.ts'
import type { Task } from '../domain/task.ts'
import { matchesRule } from './match-rule.ts'

type When = RoutingRule['when']
interface Case {
  readonly when: When
  readonly hints?: Task['hints']
  readonly tags?: readonly string[]
  readonly classification?: EffectiveClassification
}

const applies: readonly (readonly [string, Case])[] = [
  ['no condition at all', { when: {} }],
  ['its classification', { when: { classification: ['public', 'pii'] }, classification: classifiedAs('pii') }],
  ['restricted data', { when: { restricted: true }, classification: classifiedAs('confidential') }],
  ['undecidable data as restricted', { when: { restricted: true }, classification: undecidable }],
  ['data that is not restricted', { when: { restricted: false }, classification: classifiedAs('internal') }],
  ['the quality itself', { when: { qualityAtLeast: 'high' }, hints: { qualityRequirement: 'high' } }],
  ['a higher quality', { when: { qualityAtLeast: 'high' }, hints: { qualityRequirement: 'critical' } }],
  ['medium quality where nothing is said', { when: { qualityAtLeast: 'medium' } }],
  ['a higher complexity', { when: { complexityAtLeast: 'high' }, hints: { complexity: 'very_high' } }],
  ['medium complexity where nothing is said', { when: { complexityAtLeast: 'medium' } }],
  ['a larger batch', { when: { batchSizeOver: 10 }, hints: { batchSize: 11 } }],
  ['a batch of one where nothing is said', { when: { batchSizeOver: 0 } }],
  ['all of its tags', { when: { tags: ['a', 'b'] }, tags: ['b', 'c', 'a'] }],
  ['no tags when it asks for none', { when: { tags: [] } }],
  [
    'one of several conditions',
    { when: { any: [{ batchSizeOver: 10 }, { complexityAtLeast: 'high' }] }, hints: { complexity: 'high' } },
  ],
  [
    'a condition inside a condition',
    { when: { any: [{ batchSizeOver: 99 }, { any: [{ tags: ['x'] }, { restricted: false }] }] } },
  ],
]

const doesNotApply: readonly (readonly [string, Case])[] = [
  ['another classification', { when: { classification: ['pii'] }, classification: classifiedAs('hipaa') }],
  ['no classification when it lists none', { when: { classification: [] } }],
  ['open data', { when: { restricted: true }, classification: classifiedAs('internal') }],
  ['restricted data', { when: { restricted: false }, classification: classifiedAs('pii') }],
  ['undecidable data as open', { when: { restricted: false }, classification: undecidable }],
  ['a lower quality', { when: { qualityAtLeast: 'high' }, hints: { qualityRequirement: 'medium' } }],
  ['high quality where nothing is said', { when: { qualityAtLeast: 'high' } }],
  ['a lower complexity', { when: { complexityAtLeast: 'very_high' }, hints: { complexity: 'high' } }],
  ['a batch of just that size', { when: { batchSizeOver: 10 }, hints: { batchSize: 10 } }],
  ['a batch where nothing is said', { when: { batchSizeOver: 1 } }],
  ['some of its tags', { when: { tags: ['a', 'b'] }, tags: ['a'] }],
  ['tags where there are none', { when: { tags: ['a'] } }],
  ['none of several conditions', { when: { any: [{ batchSizeOver: 10 }, { complexityAtLeast: 'high' }] } }],
  ['one of several when there are none', { when: { any: [] } }],
  [
    'all conditions but one',
    { when: { qualityAtLeast: 'critical', complexityAtLeast: 'high' }, hints: { qualityRequirement: 'critical' } },
  ],
]

function matches({ when, hints = {}, tags, classification = classifiedAs('public') }: Case): boolean {
  return matchesRule(when, task({ hints: { ...hints, tags } }), classification)
}

describe('a rule', () => {
  for (const [what, one] of applies) test(`applies to ${what}`, () => assert.equal(matches(one), true))
  for (const [what, one] of doesNotApply) test(`does not apply to ${what}`, () => assert.equal(matches(one), false))
})
