// Proves whose turn it is among several keys; time is an argument.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HandClock } from '../../../test/make/hand-clock.ts'
import { KeyRing } from './key-ring.ts'

function ringOf(values: readonly string[]) {
  const clock = new HandClock()
  const refused: number[] = []
  const ring = new KeyRing({
    header: 'authorization',
    values,
    nowMs: () => clock.monotonicMs(),
    onRefused: (place) => refused.push(place),
  })
  return { ring, clock, refused }
}

const turns = (ring: KeyRing, count: number) => Array.from({ length: count }, () => ring.choose())

test('keys take turns', () => {
  assert.deepEqual(turns(ringOf(['a', 'b', 'c']).ring, 7), [0, 1, 2, 0, 1, 2, 0])
})

test('a key that was told to wait rests for as long, or for ten seconds when nobody said', () => {
  const { ring, clock } = ringOf(['a', 'b'])
  assert.deepEqual(ring.told(0, 429, 3), { anotherReady: true, readyInSeconds: undefined })
  assert.deepEqual(turns(ring, 3), [1, 1, 1])
  assert.deepEqual(ring.told(1, 429, undefined), { anotherReady: false, readyInSeconds: 3 })
  assert.deepEqual(turns(ring, 1), [undefined])
  clock.advance(3_000)
  assert.deepEqual(turns(ring, 2), [0, 0])
  clock.advance(7_000)
  assert.deepEqual(turns(ring, 2), [1, 0])
})

test('a shorter wait does not end a longer one', () => {
  const { ring, clock } = ringOf(['a', 'b'])
  ring.told(0, 429, 60)
  ring.told(0, 429, 1)
  clock.advance(59_000)
  assert.deepEqual(turns(ring, 2), [1, 1])
})

test('a key that was refused is never used again, and that is said once', () => {
  const { ring, clock, refused } = ringOf(['a', 'b'])
  ring.told(1, 401, undefined)
  ring.told(1, 401, undefined)
  ring.told(1, 429, 1)
  clock.advance(10_000_000)
  assert.deepEqual(turns(ring, 3), [0, 0, 0])
  assert.deepEqual(refused, [2])
  assert.deepEqual(ring.told(0, 401, undefined), { anotherReady: false, readyInSeconds: undefined })
})

test('other replies say nothing about the key', () => {
  const { ring } = ringOf(['a', 'b'])
  for (const status of [200, 400, 403, 500, 503]) assert.equal(ring.told(0, status, 60), undefined)
  assert.deepEqual(turns(ring, 2), [0, 1])
})
