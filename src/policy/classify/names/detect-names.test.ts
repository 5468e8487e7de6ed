// Holds the detection of names to what it is for: names are found, near misses are not, no text breaks or stalls it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from '../../../../test/make/property.ts'
import { detectNames, namesScore, namesThreshold, prepareNames } from './detect-names.ts'

const found = (text: string, point: 'balanced' | 'strict' = 'balanced') =>
  detectNames(text, { point }).map(({ start, end }) => text.slice(start, end))

describe('a name is found', () => {
  for (const [text, name] of [
    ['Please call Anna Weber back.', 'Anna Weber'],
    ['Mein Name ist Klaus Müller.', 'Klaus Müller'],
    ['my name is john smith', 'john smith'],
    ['Patient: MARTIN KRAUSE', 'MARTIN KRAUSE'],
    ['Frau Özdemir hat angerufen.', 'Özdemir'],
    ['Sehr geehrte Frau Prof. Dr. Schäfer,\nanbei der Befund.', 'Schäfer'],
    ['Sehr geehrter Herr Lindqvist,', 'Lindqvist'],
    ['Ich heiße Aylin und wohne in Kassel.', 'Aylin'],
    ['gez. Dr. Petra Kowalczyk', 'Petra Kowalczyk'],
    ['Wagner, Sabine', 'Wagner, Sabine'],
    ['{"name":"Emily Johnson","city":"Boston"}', 'Emily Johnson'],
    ['Mr. O’Brien will see you now.', 'O’Brien'],
    ['Dr. Nguyen signed the discharge letter.', 'Nguyen'],
  ] as const) {
    test(JSON.stringify(text), () => assert.ok(found(text).includes(name), JSON.stringify(found(text))))
  }
})

describe('a near miss is no name', () => {
  for (const text of [
    'Der Hund liegt auf der Straße.',
    'Der Müller mahlt das Korn und der Schneider näht.',
    'Im Winter ist der Bach gefroren.',
    'Sehr geehrte Damen und Herren,',
    'Dear Sir or Madam,',
    'Dear customer, thank you for your order.',
    'I moved from Berlin to Munich.',
    'Das Büro liegt in Frankfurt, nicht in Hannover.',
    'Siemens und die Deutsche Bank haben den Vertrag unterschrieben.',
    'The Johnson & Johnson vaccine was approved.',
    'We compared the Ford Focus with the Mercedes Sprinter.',
    'Install Jenkins and Grafana on Ubuntu 24.04.',
    'Mark the page as read and bill the customer.',
    'Ruby on Rails, Django and Laravel are frameworks.',
    'Wende den Satz des Pythagoras an.',
    '{"name":"checkout-service","version":"1.4.0"}',
    'name: Build and Test\non: push',
    'const userName = new Map<string, User>()',
    'SELECT name FROM users WHERE id = 7;',
    'public static void main(String[] args) {',
    '2026-03-01T10:15:04Z INFO Scheduler: merged 12 batches',
    'anna.weber@example.org wrote to https://example.org/anna-weber',
    'Rename the variable `Anna Weber` in\n```\nconst name = "Klaus Müller"\n```',
  ]) {
    test(JSON.stringify(text), () => assert.deepEqual(found(text), []))
  }
})

test('one given name in an everyday sentence is a name by its sentence, not by the list alone', () => {
  assert.deepEqual(found('I gave the keys to Siobhan yesterday.'), ['Siobhan'])
  assert.deepEqual(found('Grace period, frank discussion and a rose garden'), [])
})

interface Sentence {
  readonly text: string
  readonly names: readonly unknown[]
}

const sentences = readFileSync(new URL('../../../../test/fixtures/names/sentences.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Sentence)

for (const { point, recall, flagged } of [
  { point: 'balanced', recall: 0.7, flagged: 0.1 },
  { point: 'strict', recall: 0.85, flagged: 0.3 },
] as const) {
  test(`at the ${point} point real sentences that it was not trained on are told apart`, () => {
    const share = (having: boolean) => {
      const some = sentences.filter(({ names }) => names.length > 0 === having)
      return some.filter(({ text }) => detectNames(text, { point }).length > 0).length / some.length
    }
    assert.ok(share(true) >= recall, `${share(true)} of the names`)
    assert.ok(share(false) <= flagged, `${share(false)} of the harmless ones`)
  })
}

test('off finds nothing', () => assert.deepEqual(detectNames('My name is Anna Weber.', { point: 'off' }), []))

test('once prepared, the same text has the same score', () => {
  const before = namesScore('My name is Anna Weber.')
  prepareNames()
  assert.equal(namesScore('My name is Anna Weber.'), before)
})

test('strict finds all that balanced finds', () => {
  assert.ok(namesThreshold('strict') < namesThreshold('balanced'))
  for (const { text } of sentences) {
    if (found(text).length > 0) assert.ok(found(text, 'strict').length > 0, text)
  }
})

test('the score of a text is that of its best span', () => {
  for (const { text } of sentences) {
    const spans = detectNames(text, { point: 'balanced' })
    const best = Math.max(0, ...spans.map(({ score }) => score))
    if (spans.length > 0) assert.equal(namesScore(text), best)
    else assert.ok(namesScore(text) < namesThreshold('balanced'))
  }
})

test('any string is read without an error, and spans lie inside it, in order', () => {
  const word = fc.constantFrom(
    'Anna',
    'Weber',
    'Frau',
    'Dr.',
    '@',
    '```',
    '`',
    'my name is',
    '\n',
    '://',
    'İ',
    '\ud800',
    'ß',
    ', ',
    ': "',
  )
  const mixed = fc
    .array(fc.oneof(word, fc.string({ unit: 'binary' })), { maxLength: 30 })
    .map((parts) => parts.join(' '))
  fc.assert(
    fc.property(mixed, (text) => {
      const score = namesScore(text)
      assert.ok(score >= 0 && score <= 1)
      let from = 0
      for (const span of detectNames(text, { point: 'strict' })) {
        assert.ok(span.start >= from && span.end > span.start && span.end <= text.length)
        assert.ok(span.score > 0 && span.score <= 1)
        from = span.end
      }
    }),
  )
})
