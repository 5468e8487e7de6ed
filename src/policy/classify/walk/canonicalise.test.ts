// Proves that disguises are undone, that ordinary text is left as it is, and that spans lead back to the original.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from '../../../../test/make/property.ts'
import { canonicalise } from './canonicalise.ts'

const plain = (text: string) => canonicalise(text)?.text ?? text

describe('what hides is undone', () => {
  const cases: readonly (readonly [name: string, text: string, plain: string])[] = [
    ['zero width', '4\u200b1\u200c1\u200d1\u2060', '4111'],
    ['soft hyphen', 'ja\u00adne', 'jane'],
    ['direction marks', '\u202e123\u202c', '123'],
    ['NUL', '1\u00002', '12'],
    ['tags', 'a\u{e0041}b', 'ab'],
    ['full width', '４１１１＠', '4111@'],
    ['mathematical digits', '𝟒𝟏', '41'],
    ['circled digits', '④①', '41'],
    ['Arabic digits', '٤١', '41'],
    ['Devanagari digits', '४१', '41'],
    ['Cyrillic in a Latin word', 'jаnе', 'jane'],
    ['Greek in a Latin word', 'jοhn', 'john'],
    ['marks over digits', '4\u0336\u03311\u0336', '41'],
    ['spaces of other widths', '41\u202f11\u00a011', '41 11 11'],
    ['dashes between digits', '41–11—11', '41-11-11'],
    ['escaped line ends', 'a\\n1\\"b', 'a\n1"b'],
  ]
  for (const [name, text, expected] of cases) test(name, () => assert.equal(plain(text), expected))
})

describe('what hides nothing stays', () => {
  for (const text of [
    'Plain ASCII, with C:\\dir',
    'Größe, Straße, naïve café',
    'Привет, мир',
    'Αθήνα',
    '東京都千代田区',
    'a — b',
    '“quoted” text…',
    'emoji 😀 and é',
  ]) {
    test(text, () => assert.equal(plain(text), text))
  }
})

test('a letter with its mark apart is the letter in one', () => assert.equal(plain('u\u0308ber'), 'über'))

test('a span of the plain form leads to what it was made from', () => {
  const text = 'card 4\u200b1\u200b1\u200b1 ok'
  const mapped = canonicalise(text)
  assert.ok(mapped)
  const at = mapped.text.indexOf('4111')
  assert.deepEqual(mapped.originOf(at, at + 4), [5, 12])
})

test('any text: spans stay inside the original and in order', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.nat(), fc.nat(), (text, from, length) => {
      const mapped = canonicalise(text)
      if (!mapped || mapped.text === '') return
      const start = from % mapped.text.length
      const end = Math.min(mapped.text.length, start + 1 + (length % 10))
      const [originStart, originEnd] = mapped.originOf(start, end)
      assert.ok(originStart >= 0 && originStart < originEnd && originEnd <= text.length)
    }),
  )
})
