// Holds what the trained weights depend on: the same text gives the same tokens and features on every machine.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FeatureReader, MOST_FEATURES, WEIGHT_BITS } from './features.ts'
import { packWords, unpackWords } from './gazetteer/front-coding.ts'
import { Listed, lookUp } from './gazetteer/gazetteer.ts'
import { foldedHashOf, hashOf } from './letters.ts'
import { skippedRegions } from './skipped-regions.ts'
import { taggerWeights } from './tagger.ts'
import { Shape, tokenize } from './tokenize.ts'

const tokensOf = (text: string) => tokenize(text, skippedRegions(text))

/** One number for all features of all candidates of a text. */
function fingerprint(text: string): number {
  const tokens = tokensOf(text)
  const reader = new FeatureReader(text, tokens)
  let sum = 0
  for (let at = 0; at < tokens.start.length; at += 1) {
    if (!reader.isCandidate(at)) continue
    reader.read(at)
    assert.ok(reader.count <= MOST_FEATURES)
    for (let feature = 0; feature < reader.count; feature += 1)
      sum = Math.imul(sum ^ (reader.indexes[feature] as number), 0x01000193)
  }
  return sum
}

test('the features of a text are those that the weights were trained with', () => {
  assert.equal(fingerprint('Sehr geehrte Frau Dr. Özdemir-Krause,\nwe met Anna O’Brien in Köln.'), 1688781618)
  assert.equal(fingerprint('patient: john doe, ward 4'), -969483244)
})

test('the weights are as many as the features can point at', () => {
  assert.equal(taggerWeights().length, 1 << WEIGHT_BITS)
  assert.ok(taggerWeights().some((weight) => weight > 0) && taggerWeights().some((weight) => weight < 0))
})

test('words hash alike in any case, and folded without accents too', () => {
  assert.equal(hashOf('Müller'), hashOf('MÜLLER'))
  assert.notEqual(hashOf('müller'), hashOf('muller'))
  assert.equal(foldedHashOf('José'), foldedHashOf('jose'))
})

test('the gazetteer knows names, words and places, and umlauts that are written out', () => {
  assert.ok(lookUp(foldedHashOf('Anna')) & Listed.givenCommon)
  assert.ok(lookUp(foldedHashOf('Mueller')) & Listed.surnameCommon)
  assert.ok(lookUp(foldedHashOf('Straße')) & (Listed.germanCommon | Listed.german))
  assert.ok(lookUp(foldedHashOf('Hamburg')) & Listed.place)
  assert.equal(lookUp(foldedHashOf('xqzzyk')), 0)
})

test('a packed list unpacks to the words that went in', () => {
  const words = ['anna', 'anne', "o'brien", 'ömer', 'zoë', 'anne-marie']
  assert.deepEqual([...unpackWords(packWords(words))], [...words].sort())
})

test('identifiers, paths, calls, handles and member accesses are no words', () => {
  for (const text of [
    'userName',
    'user_name',
    'name2',
    'max()',
    '@anna',
    '$anna',
    'anna.weber',
    'Anna::new',
    'iPhone',
    'args[0]',
  ]) {
    assert.equal(
      tokensOf(text).shape[0] === Shape.identifier ||
        tokensOf(text).shape.includes(Shape.skipped) ||
        tokensOf(text).shape[1] === Shape.identifier,
      true,
      text,
    )
  }
  for (const text of ['McDonald', 'O’Brien', 'Anna-Lena', 'WEBER', 'weber'])
    assert.notEqual(tokensOf(text).shape[0], Shape.identifier, text)
})

test('an English suffix is no part of a name', () => {
  const text = 'Anna’s file'
  assert.equal(text.slice(tokensOf(text).start[0], tokensOf(text).end[0]), 'Anna')
})

test('a fence that is never closed hides nothing', () => {
  assert.deepEqual(skippedRegions('```\nDear Anna Weber'), [])
  assert.equal(skippedRegions('```\ncode\n```\nDear Anna Weber').length, 1)
})
