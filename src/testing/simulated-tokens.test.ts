// Proves that tokens are counted, cut and streamed without losing or splitting anything.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from '../../test/make/property.ts'
import { cutToTokens, simulatedTokens, splitIntoPieces } from './simulated-tokens.ts'

test('four UTF-8 bytes are one token, rounded up', () => {
  assert.equal(simulatedTokens(''), 0)
  assert.equal(simulatedTokens('a'), 1)
  assert.equal(simulatedTokens('abcd'), 1)
  assert.equal(simulatedTokens('abcde'), 2)
  assert.equal(simulatedTokens('日本'), 2)
})

test('the pieces of any text put together are the text', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => splitIntoPieces(text).join('') === text))
})

test('a cut text is a beginning of the text, fits, and would not fit one character more', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 10 }), (text, tokens) => {
      const cut = cutToTokens(text, tokens)
      assert.ok(text.startsWith(cut))
      assert.ok(simulatedTokens(cut) <= tokens)
      const next = [...text.slice(cut.length)][0]
      if (next !== undefined) assert.ok(simulatedTokens(cut + next) > tokens)
    }),
  )
})
