// Proves that a caller can raise the level of its data and never lower it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from '../../../test/make/property.ts'
import { task } from '../../../test/make/task.ts'
import { compareClassifications, dataClassifications, isRestricted } from '../../domain/data-classification.ts'
import { classify } from './classify.ts'

const levels = fc.constantFrom(...dataClassifications)
const maybe = fc.option(levels, { nil: undefined })

test('the level is the highest that anybody said, and the default when nobody did', () => {
  fc.assert(
    fc.property(maybe, maybe, levels, (declared, keyClassification, defaultClassification) => {
      const asked = task({ hints: { dataClassification: declared }, keyClassification })
      const { level, restricted, undecidable } = classify(asked, { defaultClassification })
      const said = [declared, keyClassification].filter((one) => one !== undefined)
      const highest = said.sort(compareClassifications).at(-1) ?? defaultClassification
      assert.equal(level, highest)
      assert.equal(restricted, isRestricted(level))
      assert.equal(undecidable, false)
    }),
  )
})

test('who said it is named: the caller, its key, or the default', () => {
  const sourceOf = (declared: 'public' | 'pii' | undefined, key: 'internal' | 'pii' | undefined) =>
    classify(task({ hints: { dataClassification: declared }, keyClassification: key }), {
      defaultClassification: 'hipaa',
    }).source
  assert.equal(sourceOf('pii', 'internal'), 'declared')
  assert.equal(sourceOf('pii', 'pii'), 'declared')
  assert.equal(sourceOf('public', 'internal'), 'key')
  assert.equal(sourceOf(undefined, 'internal'), 'key')
  assert.equal(sourceOf('public', undefined), 'declared')
  assert.equal(sourceOf(undefined, undefined), 'default')
})
