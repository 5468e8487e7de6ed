// Proves that the cheap count never says more tokens than a prompt has.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from '../../test/make/property.ts'
import { leastTokens, leastTokensOf } from './prompt-size.ts'

const counts: readonly (readonly [text: string, tokens: number])[] = [
  ['', 0],
  [' \n\t ', 0],
  ['word', 1],
  ['one two  three\nfour', 4],
  ['The quick brown fox jumps over the lazy dog, and then it does so again.', 15],
  // Indentation is no text: 3 words.
  [`{${' '.repeat(5000)}"a": ${'\n'.repeat(5000)}1 }`, 4],
  // Scripts without spaces: 16 letters of three bytes each, of which two are counted.
  ['東京都の天気はどうですか教えてください', 4],
  // A line of dashes is a token or a few.
  ['-'.repeat(800), 1],
  ['abcdefgh'.repeat(100), 100],
]

for (const [text, tokens] of counts) {
  test(`${JSON.stringify(text.slice(0, 40))} has at least ${tokens} tokens`, () => {
    assert.equal(leastTokens(text), tokens)
  })
}

test('is never more than a token a byte, whatever the text', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => leastTokens(text) <= Buffer.byteLength(text)))
})

test('counts every text of a list of messages and no image', () => {
  const messages = [
    { role: 'user', content: 'one two three' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'four five' },
        { type: 'image_url', image_url: { url: 'x'.repeat(9000) } },
      ],
    },
    null,
  ]
  assert.equal(leastTokensOf(messages), 1 + 3 + 1 + 1 + 2 + 1)
})
