import assert from 'node:assert/strict'
import { test } from 'node:test'
import { didYouMean, nearestName } from './nearest-name.ts'

const known = ['base_url', 'api_key', 'models', 'kind', 'quality_critical_provider']

const guesses: readonly (readonly [name: string, nearest: string | undefined])[] = [
  ['base_ur', 'base_url'],
  ['baseUrl', 'base_url'],
  ['base-url', 'base_url'],
  ['model', 'models'],
  ['apikey', 'api_key'],
  ['knid', 'kind'],
  ['quality_provider', undefined],
  ['quality_crtical_provder', 'quality_critical_provider'],
  ['timeout', undefined],
  ['', undefined],
  ['x'.repeat(5000), undefined],
]

for (const [name, nearest] of guesses) {
  test(`"${name.slice(0, 30)}" is taken for ${nearest ?? 'nothing'}`, () => {
    assert.equal(nearestName(name, known), nearest)
  })
}

test('a guess ends the sentence, and without one there is nothing to add', () => {
  assert.equal(didYouMean('modles', known), ', did you mean models?')
  assert.equal(didYouMean('zzz', known), '')
  assert.equal(didYouMean(42, known), '')
})
