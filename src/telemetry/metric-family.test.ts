import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from '../../test/make/property.ts'
import { combined, lastingFamilies, type MetricFamily, sharedFamilies } from './metric-family.ts'

function family(name: string, across: MetricFamily['across'], samples: Record<string, number>): MetricFamily {
  return { name, help: 'h', type: across === 'sum' ? 'counter' : 'gauge', across, samples }
}

test('sums are added series by series, the greatest is taken, and what the asked one knows for all is its own', () => {
  const own = [family('a', 'sum', { 'a{x="1"}': 1 }), family('b', 'greatest', { b: 2 }), family('c', 'own', { c: 3 })]
  const other = [
    family('a', 'sum', { 'a{x="1"}': 10, 'a{x="2"}': 5 }),
    family('b', 'greatest', { b: 7 }),
    family('c', 'own', { c: 9 }),
  ]
  assert.deepEqual(
    combined(own, [other, []]).map(({ samples }) => samples),
    [{ 'a{x="1"}': 11, 'a{x="2"}': 5 }, { b: 7 }, { c: 3 }],
  )
})

test('gauges go with their process, counters stay; what is the asked one’s own is not sent', () => {
  const all = [
    family('a', 'sum', {}),
    family('b', 'greatest', {}),
    family('c', 'own', {}),
    { ...family('d', 'sum', {}), type: 'gauge' as const },
  ]
  assert.deepEqual(
    lastingFamilies(all).map(({ name }) => name),
    ['a'],
  )
  assert.deepEqual(
    sharedFamilies(all).map(({ name }) => name),
    ['a', 'b', 'd'],
  )
})

test('whoever is asked shows the same sum', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { minLength: 2, maxLength: 6 }), (counts) => {
      const pages = counts.map((count) => [family('a', 'sum', { a: count })])
      const shown = pages.map((own, index) => combined(own, pages.toSpliced(index, 1))[0]?.samples.a)
      assert.deepEqual(new Set(shown), new Set([counts.reduce((sum, one) => sum + one, 0)]))
    }),
  )
})
