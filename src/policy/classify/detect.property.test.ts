// Proves on random bodies that detection never throws, and that nothing in a body goes unscanned.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { jsonValues } from '../../../test/make/json-text.ts'
import fc from '../../../test/make/property.ts'
import type { JsonValue } from '../../domain/chat-body.ts'
import { createDetection } from './detect.ts'

const { detect, detectJson } = createDetection({ clock: { now: () => 0 } })
const CANARY = 'jane.doe@acme.com'

const wellFormed = (text: JsonValue) => {
  const { findings, classification, undecidable, undecidableCauses } = detect(text)
  assert.equal(undecidable, undecidableCauses.length > 0)
  assert.ok(!undecidableCauses.includes('detector_error'))
  assert.ok(findings.length > 0 || classification === 'public')
  for (const { start, end, score } of findings) assert.ok(start >= 0 && end > start && score >= 0.4 && score <= 1)
}

test('any JSON value and any text gets a verdict', () => {
  fc.assert(
    fc.property(jsonValues, (value) => wellFormed(value)),
    { numRuns: 400 },
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => wellFormed(text)),
    { numRuns: 600 },
  )
})

test('text of the characters that detectors look for gets a verdict, with offsets inside it', () => {
  const pieces = fc.constantFrom(
    ...'0123456789 -./:_@=%&\\\n"\'{}[]()+#*'.split(''),
    ...[
      'password',
      'DE',
      'sk-',
      'ghp_',
      'eyJ',
      'born',
      'MRN',
      '%41',
      '\\u0041',
      '&#64;',
      '=40',
      '-----BEGIN ',
      'straße',
      '\u200b',
      '４',
      'а',
      '::',
      'card',
      '\ud83d',
      '00',
      'x',
    ],
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 120 }), (parts) => {
      const text = parts.join('')
      for (const { start, end } of detect(text).findings) assert.ok(start >= 0 && start < end && end <= text.length)
      wellFormed(text)
    }),
    { numRuns: 1500 },
  )
})

test('any bytes get a verdict', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void detectJson(bytes)),
    { numRuns: 300 },
  )
})

/** Every place of a value that a string can be put in its stead, or beside it. */
function planted(value: JsonValue, canary: string, pick: (count: number) => number): JsonValue {
  if (Array.isArray(value) && value.length > 0) {
    const at = pick(value.length + 1)
    return at === value.length
      ? [...value, canary]
      : value.map((item: JsonValue, index) => (index === at ? planted(item, canary, pick) : item))
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const names = Object.keys(value)
    const at = pick(names.length + 2)
    const entries = Object.entries(value)
    if (at === names.length) return Object.fromEntries([...entries, ['planted', canary]])
    if (at > names.length) return Object.fromEntries([...entries, [canary, 1]])
    return Object.fromEntries(
      entries.map(([name, item], index) => [name, index === at ? planted(item, canary, pick) : item]),
    )
  }
  return canary
}

const restricted = (body: JsonValue) => {
  const { classification, undecidable } = detect(body)
  return classification === 'pii' || classification === 'hipaa' || undecidable
}

test('a canary is found wherever it is planted in a random body', () => {
  fc.assert(
    fc.property(jsonValues, fc.array(fc.nat(), { minLength: 40, maxLength: 40 }), (value, choices) => {
      let next = 0
      const pick = (count: number) => (choices[next++ % choices.length] as number) % count
      assert.ok(restricted(planted(value, `write to ${CANARY} now`, pick)))
    }),
    { numRuns: 600 },
  )
})

const encodings: Readonly<Record<string, (text: string) => string>> = {
  base64: (text) => Buffer.from(text).toString('base64'),
  'base64 for URLs': (text) => Buffer.from(text).toString('base64url'),
  'UTF-16 in base64': (text) => Buffer.from(text, 'utf16le').toString('base64'),
  hexadecimal: (text) => Buffer.from(text).toString('hex'),
  'spaced hexadecimal': (text) => (Buffer.from(text).toString('hex').match(/../g) ?? []).join(' '),
  percent: (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  entities: (text) => [...text].map((letter) => `&#${letter.codePointAt(0)};`).join(''),
  'backslash u': (text) =>
    [...text].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  'quoted-printable': (text) =>
    [...Buffer.from(text)].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  'gzip in base64': (text) => gzipSync(text).toString('base64'),
  'JSON in a string': (text) => JSON.stringify({ a: [text] }),
  'zero width': (text) => [...text].join('\u200b'),
  'full width': (text) => text.replace(/[!-~]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)),
}

test('a canary is found through every encoding, and through any two of them', () => {
  const names = Object.keys(encodings)
  for (const outer of names) {
    const once = encodings[outer]?.(`my mail is ${CANARY} ok`) as string
    assert.ok(restricted({ messages: [{ role: 'user', content: `look: ${once} thanks` }] }), outer)
    for (const inner of names) {
      // UTF-16 is told by the zeros of Latin letters.
      if (outer === 'UTF-16 in base64' && inner === 'full width') continue
      const twice = encodings[outer]?.(encodings[inner]?.(`my mail is ${CANARY} ok`) as string) as string
      assert.ok(restricted({ messages: [{ role: 'user', content: `look: ${twice} thanks` }] }), `${inner} in ${outer}`)
    }
  }
})
