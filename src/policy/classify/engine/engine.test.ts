// Proves how texts are taken apart for the detectors: digits in groups, keywords at word starts, evidence around a match.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from '../../../../test/make/property.ts'
import type { NumberDetector } from './detector.ts'
import { DetectorSet } from './detector-set.ts'
import { digitGroupsOf, findDigits, shapeKey } from './digit-groups.ts'
import { KeywordIndex } from './keyword-index.ts'
import { ScannedText } from './scanned-text.ts'

function digitsIn(text: string): { numbers: string[]; tokens: string[] } {
  const numbers: string[] = []
  const tokens: string[] = []
  findDigits(text, digitGroupsOf(text), {
    number: (start, end) => void numbers.push(text.slice(start, end)),
    token: (start, end) => void tokens.push(text.slice(start, end)),
  })
  return { numbers, tokens }
}

describe('digits', () => {
  test('groups that one kind of separator parts are numbers together and, at spaces, apart', () => {
    assert.deepEqual(digitsIn('a 12-34 b').numbers, ['12-34'])
    assert.deepEqual(digitsIn('12 34').numbers, ['12', '12 34', '34'])
    assert.deepEqual(digitsIn('2024-11-27 4111').numbers, ['2024-11-27', '4111'])
    assert.deepEqual(digitsIn('3.14').numbers, ['3.14'])
  })
  test('what is tied to a word by the same separator is none', () => {
    assert.deepEqual(digitsIn('v1/123/456').numbers, [])
    assert.deepEqual(digitsIn('123/456/abc').numbers, [])
  })
  test('words of letters and digits are tokens, also beyond ASCII', () => {
    assert.deepEqual(digitsIn('x L01X00T44, ü1 9a').tokens, ['L01X00T44', 'ü1', '9a'])
    assert.deepEqual(digitsIn('番号12345').numbers, ['12345'])
  })
  test('shapes are told apart', () => {
    const shapes = ['9', '3-2-4', '3-6', '5-4', '4-4-4-4', '16', '4-4-4-4-3', '1-1']
    assert.equal(new Set(shapes.map(shapeKey)).size, shapes.length)
  })
})

describe('keywords', () => {
  const index = new KeywordIndex([
    ['password', 1],
    ['pass', 2],
    ['straße', 3],
    ['sk-', 4],
    ['über', 5],
  ] as const)
  const found = (text: string) => {
    const hits: [number, number][] = []
    index.find(text, text.toLowerCase(), (target, start) => void hits.push([target, start]))
    return hits
  }
  test('are found at the start of words and of their parts', () => {
    assert.deepEqual(found('my_password dbPassword'), [
      [1, 3],
      [2, 3],
      [1, 14],
      [2, 14],
    ])
    assert.deepEqual(found('Straße (über) sk-1'), [
      [3, 0],
      [5, 8],
      [4, 14],
    ])
  })
  test('are not found inside words', () => assert.deepEqual(found('compass bypassword hauptstraße'), []))
  test('any text is searched without a throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => index.find(text, new ScannedText(text).lower, () => {})),
    )
  })
  test('one shorter than three units is refused', () => assert.throws(() => new KeywordIndex([['ab', 1]]), RangeError))
})

describe('evidence', () => {
  const detector: NumberDetector = {
    kind: 'number',
    rule: 'r',
    type: 't',
    level: 'pii',
    category: 'pii',
    source: 'test',
    shapes: { '6': 0.1, '3-3': 0.45 },
    context: /\bcode/,
    inContext: 0.9,
    isolated: 0.5,
    unless: /not $/,
  }
  const score = (text: string, label = '') => new DetectorSet([detector]).scan(new ScannedText(text, label))[0]?.score
  test('form alone', () => {
    assert.equal(score('they had 123456 of them there'), undefined)
    assert.equal(score('they had 123-456 of them there'), 0.45)
  })
  test('a word before, behind, or as the name of the member', () => {
    assert.equal(score('the code they had is 123456'), 0.9)
    assert.equal(score('they had 123456 as a code'), 0.9)
    assert.equal(score('123456', 'access code'), 0.9)
    assert.equal(score(`code ${'x '.repeat(60)}123456`), undefined)
  })
  test('standing alone, unless a member name says what it is', () => {
    assert.equal(score('123456'), 0.5)
    assert.equal(score('123456, 654321'), 0.5)
    assert.equal(score('value 123456'), undefined)
    assert.equal(score('123456', 'order'), undefined)
  })
  test('a word right before it that rules it out', () => assert.equal(score('code not 123456'), undefined))
  test('a piece of a longer number counts for nothing by itself', () =>
    assert.equal(score('they had 99 123-456 of them there'.replace('-', ' ')), undefined))
})

test('lower case keeps the length of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) =>
      assert.equal(new ScannedText(`${text}İ`).lower.length, text.length + 1),
    ),
  )
})
