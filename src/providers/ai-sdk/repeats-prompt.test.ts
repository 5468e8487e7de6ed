// Proves when a provider's words count as a quotation of the request.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chatBody } from '../../../test/make/chat-body.ts'
import fc from '../../../test/make/property.ts'
import { repeatsPrompt } from './repeats-prompt.ts'

const letters = (minimum: number, maximum: number) =>
  fc.string({ unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'), minLength: minimum, maxLength: maximum })

test('a run of 24 characters of the prompt is always found, wherever it stands', () => {
  fc.assert(
    fc.property(letters(24, 24), letters(0, 60), letters(0, 60), letters(0, 60), (quoted, before, after, around) => {
      const body = chatBody({
        messages: [{ role: 'user', content: [{ type: 'text', text: around + quoted + around }] }],
      })
      assert.equal(repeatsPrompt(`${before}${quoted}${after}`, body), true)
    }),
  )
})

test('words that share no run of 16 characters with the prompt do not repeat it', () => {
  fc.assert(
    fc.property(letters(0, 80), letters(0, 80), (words, prompt) => {
      const shares = Array.from({ length: Math.max(0, words.length - 15) }, (_, at) => words.slice(at, at + 16))
      fc.pre(!shares.some((run) => prompt.includes(run)))
      assert.equal(repeatsPrompt(words, chatBody({ messages: [{ role: 'user', content: prompt }] })), false)
    }),
  )
})

test('texts of tools and schemas count as well, the model’s name does not', () => {
  const secret = 'the name of a secret project'
  const tool = { type: 'function', function: { name: 'f', description: secret } }
  const format = { type: 'json_schema', json_schema: { schema: { type: 'object', title: secret } } }
  assert.equal(repeatsPrompt(`invalid: ${secret}`, chatBody({ tools: [tool] })), true)
  assert.equal(repeatsPrompt(`invalid: ${secret}`, chatBody({ response_format: format })), true)
  assert.equal(
    repeatsPrompt('model: claude-of-tomorrow-20261127', chatBody({ model: 'claude-of-tomorrow-20261127' })),
    false,
  )
})

test('of a request that is too long to be searched nothing is passed on', () => {
  const content = 'x'.repeat(1024 * 1024)
  assert.equal(repeatsPrompt('a word', chatBody({ messages: [{ role: 'user', content }] })), true)
})
