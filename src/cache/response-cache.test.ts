// Answers that are kept: within their bytes and their time, the least asked for out first.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HandClock } from '../../test/make/hand-clock.ts'
import fc from '../../test/make/property.ts'
import type { KeptAnswer } from '../domain/kept-answer.ts'
import { ResponseCache } from './response-cache.ts'

const answer = (bytes: number): KeptAnswer => ({ kind: 'completion', body: Buffer.alloc(bytes), usage: undefined })
const cacheOf = (maxBytes: number, clock = new HandClock()) =>
  new ResponseCache({ clock, ttlMs: 1000, maxBytes, onlyDeterministic: true })

test('an answer is given until its time is over, and no longer', () => {
  const clock = new HandClock()
  const cache = cacheOf(100_000, clock)
  cache.put('a', answer(10))
  clock.advance(999)
  assert.ok(cache.get('a'))
  clock.advance(1)
  assert.equal(cache.get('a'), undefined)
  assert.equal(cache.bytes, 0)
})

test('what was asked for longest ago goes first', () => {
  const cache = cacheOf(10_000)
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) cache.put(name, answer(700))
  assert.ok(cache.get('a'))
  cache.put('i', answer(700))
  assert.ok(cache.get('a'))
  assert.equal(cache.get('b'), undefined)
})

test('an answer that is too large for its part is not kept, and pushes nobody out', () => {
  const cache = cacheOf(10_000)
  cache.put('a', answer(100))
  cache.put('b', answer(5000))
  assert.ok(cache.get('a'))
  assert.equal(cache.get('b'), undefined)
})

test('the bytes stay within the bound whatever is kept, and are those of what is there', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ name: fc.nat(20), size: fc.nat(3000) }), { maxLength: 60 }), (puts) => {
      const cache = cacheOf(16_000)
      for (const { name, size } of puts) {
        cache.put(String(name), answer(size))
        assert.ok(cache.bytes <= 16_000)
      }
      let bytes = 0
      for (let name = 0; name <= 20; name += 1) {
        const kept = cache.get(String(name))
        if (kept?.kind === 'completion') bytes += kept.body.length + 512
      }
      assert.equal(cache.bytes, bytes)
    }),
  )
})

test('keys tell nothing of a request, differ by cache, and parts cannot pass for each other', () => {
  const [one, two] = [cacheOf(1000), cacheOf(1000)]
  const request = Buffer.from('secret')
  assert.equal(one.keyOf(['a'], request), one.keyOf(['a'], request))
  assert.notEqual(one.keyOf(['a'], request), two.keyOf(['a'], request))
  assert.notEqual(one.keyOf(['ab', 'c'], request), one.keyOf(['a', 'bc'], request))
  assert.notEqual(one.keyOf(['a', ''], request), one.keyOf(['', 'a'], request))
})
