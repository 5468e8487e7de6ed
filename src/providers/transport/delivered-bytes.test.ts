// Proves that the count of delivered text is never below the tokens in it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from '../../../test/make/property.ts'
import { deliveredBytes } from './delivered-bytes.ts'

const event = (delta: object) =>
  `data: ${JSON.stringify({ id: 'x', choices: [{ index: 0, delta, finish_reason: null }] })}\n\n`
const count = (...events: string[]) => deliveredBytes(Buffer.from(events.join('')))

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom('"', '\\', '\\"', '"content":"', '\\\\', '\n', '😀', '"arguments"', ':', ''),
)
const deltas = fc.oneof(
  texts.map((content) => ({ text: content, delta: { role: 'assistant', content } as object })),
  texts.map((thought) => ({ text: thought, delta: { reasoning_content: thought } })),
  texts.map((reasoning) => ({ text: reasoning, delta: { reasoning } })),
  texts.map((refusal) => ({ text: refusal, delta: { content: null, refusal } })),
  fc.tuple(texts, texts).map(([name, args]) => ({
    text: name + args,
    delta: { tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name, arguments: args } }] },
  })),
  // Parts, as Mistral streams them.
  texts.map((text) => ({ text, delta: { content: [{ type: 'text', text }] } })),
  texts.map((text) => ({ text, delta: { content: [{ type: 'thinking', thinking: [{ type: 'text', text }] }] } })),
  // Tools with a text for their input, and sound.
  fc.tuple(texts, texts).map(([name, input]) => ({
    text: name + input,
    delta: { tool_calls: [{ index: 0, id: 'call_1', type: 'custom', custom: { name, input } }] },
  })),
  fc
    .tuple(texts, texts)
    .map(([data, transcript]) => ({ text: data + transcript, delta: { audio: { data, transcript } } })),
  fc.constant({ text: '', delta: { content: null, tool_calls: [] } }),
)

describe('the delivered bytes', () => {
  test('are at least the bytes of all text, and so at least its tokens', () => {
    fc.assert(
      fc.property(fc.array(deltas, { maxLength: 6 }), (drawn) => {
        const delivered = drawn.reduce((sum, { text }) => sum + Buffer.byteLength(text.toWellFormed()), 0)
        assert.ok(count(...drawn.map(({ delta }) => event(delta))) >= delivered)
      }),
      { numRuns: 2000 },
    )
  })

  test('of plain text are its bytes and not those of its envelope', () => {
    assert.equal(count(event({ content: 'Hello' })), 5)
    assert.equal(count(event({ content: 'Hello' }), event({ content: ' world' })), 11)
    assert.equal(count(event({ content: 'é漢😀' })), 9)
    assert.equal(count(event({ role: 'assistant', content: '' })), 0)
    assert.equal(count('data: {"choices":[{"delta":{"content" : "Hello"}}]}\n\n'), 5)
  })

  test('of what holds no text are none', () => {
    assert.equal(count(), 0)
    assert.equal(count(': ping\n\n', 'data: [DONE]\n\n', event({ role: 'assistant' }), event({ content: null })), 0)
    assert.equal(count('data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5}}\n\n'), 0)
  })

  test('of text that speaks of members are those of the text', () => {
    assert.equal(count(event({ content: '"content":"x"' })), Buffer.byteLength('\\"content\\":\\"x\\"'))
  })

  test('of a buffer that was cut within a text go to its end', () => {
    assert.equal(count('data: {"choices":[{"delta":{"content":"Hel'), 3)
  })
})
