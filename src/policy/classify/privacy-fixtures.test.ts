// Proves the rates of detection on published test cases and on harmless texts.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  isRestricting,
  overlaps,
  promisedEntities,
  readPrivacyCases,
  scoreUnitCases,
} from '../../../test/make/privacy-fixtures.ts'
import { createDetection } from './detect.ts'

const cases = readPrivacyCases(fileURLToPath(new URL('../../../test/fixtures/privacy/', import.meta.url)))
assert.ok(cases, 'test/fixtures/privacy is part of the repository')
const { detect } = createDetection({ clock: { now: () => 0 } })

describe('at least 97 % of each promised entity is found', () => {
  for (const { entity, spans, found, missed } of scoreUnitCases(cases.units, detect)) {
    if (!promisedEntities.has(entity) || spans === 0) continue
    test(`${entity}: ${spans} spans`, () => assert.ok(found >= 0.97 * spans, `missed in ${JSON.stringify(missed)}`))
  }
})

test('of all entities with a form of their own at least 95 % are found, and few texts without them raise an alarm', () => {
  const scores = scoreUnitCases(cases.units, detect)
  const sum = (pick: (score: (typeof scores)[number]) => number) =>
    scores.reduce((total, score) => total + pick(score), 0)
  assert.ok(sum(({ found }) => found) >= 0.95 * sum(({ spans }) => spans))
  assert.ok(sum(({ alarms }) => alarms) <= 0.03 * sum(({ clean }) => clean))
})

/** No token as a whole, but the base64 behind its prefix holds the key of an account. */
const keysInside = new Set(['sl-1password-002'])

test('every secret of the fixtures is found, and nothing else is taken for one', () => {
  for (const { id, text, expected, messages, ambiguous } of cases.secrets) {
    if (ambiguous) continue
    const found = detect(text).findings.filter(({ type }) => ['secret', 'private_key', 'cloud_account'].includes(type))
    assert.equal(found.length > 0, expected || keysInside.has(id), id)
    const missed = messages.filter((message) => !found.some((one) => overlaps(one, message)))
    assert.ok(missed.length <= messages.length / 2, `${id} missed ${missed.length} of ${messages.length}`)
  }
})

test('harmless texts stay free: code, logs, prose and numbers at least 97 %, near misses 98 %', () => {
  const flagged = new Map<string, { texts: number; flagged: string[] }>()
  for (const { text, kind } of cases.negatives) {
    // Texts that also name the identifier are a matter of choice.
    if (kind === 'near_miss_named') continue
    const group = kind === 'near_miss' ? 'near misses' : 'harmless'
    const total = flagged.get(group) ?? { texts: 0, flagged: [] }
    flagged.set(group, total)
    total.texts += 1
    if (detect(text).findings.some(isRestricting)) total.flagged.push(text)
  }
  for (const [group, most] of [
    ['harmless', 0.03],
    ['near misses', 0.02],
  ] as const) {
    const total = flagged.get(group)
    assert.ok(total && total.flagged.length <= most * total.texts, JSON.stringify(total?.flagged))
  }
})
