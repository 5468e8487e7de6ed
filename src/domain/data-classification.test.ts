// Proves that classifications form a lattice whose join only goes up.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from '../../test/make/property.ts'
import {
  compareClassifications,
  type DataClassification,
  dataClassifications,
  isDataClassification,
  isRestricted,
  join,
} from './data-classification.ts'

const levels = fc.constantFrom(...dataClassifications)

test('confidential, pii and hipaa are restricted, public and internal are not', () => {
  const restricted = dataClassifications.filter(isRestricted)
  assert.deepEqual(restricted, ['confidential', 'pii', 'hipaa'])
})

test('joining is commutative, associative and idempotent', () => {
  fc.assert(
    fc.property(levels, levels, levels, (a, b, c) => {
      assert.equal(join(a, b), join(b, a))
      assert.equal(join(join(a, b), c), join(a, join(b, c)))
      assert.equal(join(a, a), a)
    }),
  )
})

test('joining never lowers a level and never invents one', () => {
  fc.assert(
    fc.property(levels, levels, (a, b) => {
      const joined = join(a, b)
      assert.ok(compareClassifications(joined, a) >= 0)
      assert.ok(compareClassifications(joined, b) >= 0)
      assert.ok(joined === a || joined === b)
    }),
  )
})

test('public is the least level and hipaa the greatest', () => {
  for (const level of dataClassifications) {
    assert.equal(join('public', level), level)
    assert.equal(join('hipaa', level), 'hipaa')
  }
})

test('what is joined with restricted data is restricted', () => {
  fc.assert(
    fc.property(levels, levels, (a, b) => assert.equal(isRestricted(join(a, b)), isRestricted(a) || isRestricted(b))),
  )
})

test('the order of comparison is the order of the list', () => {
  const shuffled: DataClassification[] = ['hipaa', 'public', 'pii', 'internal', 'confidential']
  assert.deepEqual(shuffled.sort(compareClassifications), dataClassifications)
})

test('only the five names are classifications, not what objects inherit', () => {
  for (const level of dataClassifications) assert.ok(isDataClassification(level))
  for (const value of [
    'PII',
    'pii ',
    '',
    'secret',
    'toString',
    '__proto__',
    'constructor',
    null,
    undefined,
    3,
    ['pii'],
  ]) {
    assert.equal(isDataClassification(value), false, String(value))
  }
})
