// Proves which shapes of a chat request are refused, with the path of the member at fault, and which are left alone.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from './chat-body.ts'
import { checkChat } from './check-chat.ts'
import { AegisError } from './errors.ts'

const user = { role: 'user', content: 'Hello.' }
const chat = (more: JsonObject = {}): JsonObject => ({ model: 'auto', messages: [user], ...more })
const said = (...messages: readonly JsonObject['x'][]): JsonObject => ({ messages: messages as JsonObject['x'][] })

const refused: readonly (readonly [string, JsonObject])[] = [
  ['messages', { model: 'auto' }],
  ['messages', { messages: null }],
  ['messages', { messages: 'Hello.' }],
  ['messages', { messages: {} }],
  ['messages', { messages: [] }],
  ['messages[1]', said(user, null)],
  ['messages[0]', said('Hello.')],
  ['messages[0]', said([user])],
  ['messages[0].role', said({ content: 'Hello.' })],
  ['messages[0].role', said({ role: 'User', content: 'Hello.' })],
  ['messages[0].role', said({ role: 'toString', content: 'Hello.' })],
  ['messages[0].role', said({ role: 3, content: 'Hello.' })],
  ['messages[0].content', said({ role: 'user' })],
  ['messages[0].content', said({ role: 'user', content: null })],
  ['messages[0].content', said({ role: 'tool', tool_call_id: 'x' })],
  ['messages[0].content', said({ role: 'user', content: 7 })],
  ['messages[0].content', said({ role: 'user', content: { type: 'text', text: 'x' } })],
  ['messages[1].content[1]', said(user, { role: 'user', content: [{ type: 'text', text: 'x' }, 'x'] })],
  ['messages[0].content[0]', said({ role: 'user', content: [{ text: 'x' }] })],
  ['messages[0].content[0]', said({ role: 'user', content: [null] })],
  ['temperature', chat({ temperature: '1' })],
  ['temperature', chat({ temperature: -0.1 })],
  ['temperature', chat({ temperature: 2.1 })],
  ['top_p', chat({ top_p: 1.01 })],
  ['max_tokens', chat({ max_tokens: 0 })],
  ['max_tokens', chat({ max_tokens: 1.5 })],
  ['max_tokens', chat({ max_tokens: '10' })],
  ['max_tokens', chat({ max_tokens: 10_000_001 })],
  ['max_completion_tokens', chat({ max_completion_tokens: -5 })],
  ['n', chat({ n: 0 })],
  ['n', chat({ n: 129 })],
  ['n', chat({ n: 1.5 })],
  ['presence_penalty', chat({ presence_penalty: 3 })],
  ['frequency_penalty', chat({ frequency_penalty: true })],
  ['top_logprobs', chat({ top_logprobs: 21 })],
  ['stream', chat({ stream: 'true' })],
  ['stream', chat({ stream: 1 })],
  ['logprobs', chat({ logprobs: 5 })],
  ['parallel_tool_calls', chat({ parallel_tool_calls: 'no' })],
  ['stream_options', chat({ stream_options: true })],
  ['stream_options', chat({ stream_options: [] })],
  ['response_format', chat({ response_format: 'json' })],
  ['metadata', chat({ metadata: 'x' })],
  ['logit_bias', chat({ logit_bias: [1] })],
  ['tools', chat({ tools: {} })],
  ['tools', chat({ tools: ['search'] })],
  ['tools', chat({ tools: [null] })],
  ['data_classification', chat({ data_classification: 'pii' })],
  ['dataClassification', chat({ dataClassification: 'pii' })],
  ['quality_requirement', chat({ quality_requirement: 'high' })],
  ['batch_size', chat({ batch_size: null })],
]

const accepted: readonly (readonly [string, JsonObject])[] = [
  ['the smallest request', chat()],
  ['an empty text', said({ role: 'user', content: '' })],
  [
    'parts of any type',
    said({
      role: 'user',
      content: [
        { type: 'text', text: 'x' },
        { type: 'of_tomorrow', x: 1 },
      ],
    }),
  ],
  ['no parts', said({ role: 'user', content: [] })],
  ['an assistant with calls and no content', said(user, { role: 'assistant', tool_calls: [{ id: 'a' }] })],
  ['an assistant whose content is null', said(user, { role: 'assistant', content: null })],
  [
    'each role',
    said(...['system', 'developer', 'user', 'assistant', 'tool', 'function'].map((role) => ({ role, content: 'x' }))),
  ],
  [
    'null for every optional member',
    chat({
      temperature: null,
      n: null,
      max_tokens: null,
      stream: null,
      tools: null,
      stop: null,
      stream_options: null,
      response_format: null,
      metadata: null,
      logit_bias: null,
      logprobs: null,
    }),
  ],
  [
    'the ends of every range',
    chat({
      temperature: 0,
      top_p: 1,
      n: 128,
      max_tokens: 1,
      presence_penalty: -2,
      frequency_penalty: 2,
      top_logprobs: 0,
    }),
  ],
  ['members that nobody knows', chat({ reasoning_effort: 'high', tool_choice: 7, vendor: { x: [1] } })],
  ['no tools', chat({ tools: [] })],
]

describe('a chat request', () => {
  for (const [param, view] of refused) {
    test(`with ${JSON.stringify(view).slice(0, 90)} is at fault at ${param}`, () => {
      assert.throws(
        () => checkChat(view),
        (error: unknown) => {
          assert.ok(error instanceof AegisError)
          assert.equal(error.code, 'invalid_request')
          assert.equal(error.status, 400)
          assert.equal(error.param, param)
          assert.ok(error.message.startsWith(`${param} `), error.message)
          return true
        },
      )
    })
  }
  for (const [what, view] of accepted) {
    test(`with ${what} is right`, () => assert.doesNotThrow(() => checkChat(view)))
  }

  test('that declares its classification at the top is told where it belongs, and is not forwarded without it', () => {
    for (const name of ['data_classification', 'dataClassification']) {
      assert.throws(() => checkChat(chat({ [name]: 'pii' })), /\{"aegis": \{"data_classification": …\}\}/)
    }
  })

  test('that is wrong in two places is told the first', () => {
    assert.throws(() => checkChat({ messages: [], temperature: 9 }), { param: 'messages' })
  })
})
