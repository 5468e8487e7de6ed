// Proves the tenant's own words and patterns, and that what cannot be used is refused with a reason.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { valuesFoundBy } from '../../../../test/make/detector-cases.ts'
import { createDetection } from '../detect.ts'
import { dictionaryDetector, patternDetector, TenantRuleError } from './tenant-detectors.ts'

describe('a dictionary', () => {
  const projects = dictionaryDetector({
    name: 'projects',
    terms: ['Bluebird', 'Bluebird Two', 'c++ core', 'Größenwahn'],
  })
  test('finds its terms whole and in any case', () => {
    assert.deepEqual(valuesFoundBy([projects], 'BLUEBIRD, bluebird two and the C++ core; größenwahn!'), [
      'BLUEBIRD',
      'bluebird two',
      'C++ core',
      'größenwahn',
    ])
  })
  test('does not find them inside other words', () =>
    assert.deepEqual(valuesFoundBy([projects], 'bluebirds preblue bird'), []))
  test('is confidential unless it says otherwise', () => {
    const detect = (level?: 'pii') =>
      createDetection({
        clock: { now: () => 0 },
        detectors: [dictionaryDetector({ name: 'a', terms: ['zebra'], ...(level && { level }) })],
      }).detect('a zebra')
    assert.equal(detect().classification, 'confidential')
    assert.equal(detect('pii').classification, 'pii')
    assert.equal(detect().findings[0]?.rule, 'tenant_a')
  })
  test('refuses terms that are too short or begin with a sign', () => {
    assert.throws(() => dictionaryDetector({ name: 'a', terms: ['ab'] }), TenantRuleError)
    assert.throws(() => dictionaryDetector({ name: 'a', terms: ['#tag'] }), TenantRuleError)
    assert.throws(() => dictionaryDetector({ name: 'a b', terms: ['abc'] }), TenantRuleError)
  })
})

describe('a pattern', () => {
  const customer = patternDetector({ name: 'customer', pattern: '\\bKD-\\d{6}\\b' })
  test('is found', () => assert.deepEqual(valuesFoundBy([customer], 'for KD-123456 and KD-1234567'), ['KD-123456']))
  test('that RE2 does not know is refused', () => {
    assert.throws(() => patternDetector({ name: 'bad', pattern: '(a)\\1' }), /pattern of bad cannot be used/)
    assert.throws(() => patternDetector({ name: 'bad', pattern: '(?=a)' }), TenantRuleError)
    assert.throws(() => patternDetector({ name: 'bad', pattern: '(' }), TenantRuleError)
  })
  test('that would take native engines for ever is as fast as any other', () => {
    const evil = patternDetector({ name: 'evil', pattern: '(a+)+$' })
    assert.deepEqual(valuesFoundBy([evil], `${'a'.repeat(400)}!`), [])
  })
  test('that matches nothing does not stop the scan', () =>
    assert.deepEqual(valuesFoundBy([patternDetector({ name: 'e', pattern: 'x*' })], 'abc xx'), ['xx']))
})
