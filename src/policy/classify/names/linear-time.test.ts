// Holds the detection of names to linear time on hostile texts, by ratio: twice the text may not cost much more than twice the time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { detectNames } from './detect-names.ts'

const SHAPES: readonly (readonly [name: string, unit: string])[] = [
  ['one letter', 'a'],
  ['capitals', 'A'],
  ['names', 'Anna Weber '],
  ['titles', 'Dr. Dr. Frau '],
  ['at signs', 'a@'],
  ['back-ticks', '` `` '],
  ['fences', '```\n'],
  ['schemes', 'a://'],
  ['hyphens', 'A-b-'],
  ['line feeds and quotes', '"\n\'’'],
]

const ROUNDS = 40

function timeMs(text: string): number {
  const startedMs = performance.now()
  detectNames(text, { point: 'strict' })
  return performance.now() - startedMs
}

for (const [name, unit] of SHAPES) {
  test(`100 KB of ${name} cost about twice what 50 KB cost`, () => {
    const text = unit.repeat(Math.ceil(100_000 / unit.length))
    let half = Number.POSITIVE_INFINITY
    let whole = Number.POSITIVE_INFINITY
    // A pause of the machine only lengthens a run, so the shortest of each are compared; quadratic time is four times for ever.
    for (let round = 0; round < ROUNDS && (round < 3 || whole >= 2.9 * half); round += 1) {
      half = Math.min(half, timeMs(text.slice(0, 50_000)))
      whole = Math.min(whole, timeMs(text.slice(0, 100_000)))
    }
    assert.ok(whole < 2.9 * half, `${half} ms, then ${whole} ms`)
  })
}
