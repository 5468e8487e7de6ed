// Proves which ids of earlier answers are seen in a request, and which are read from an answer.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { chatBody } from '../../../test/make/chat-body.ts'
import { mintedIds } from './minted-ids.ts'
import { namedIds } from './named-ids.ts'

const named = (more: Parameters<typeof chatBody>[0]) =>
  [...namedIds({ body: chatBody({ model: 'm', messages: [], ...more }) })].toSorted()

describe('the ids that a request names', () => {
  test('are those of calls and of their results, once each', () => {
    const messages = [
      { role: 'assistant', content: null, tool_calls: [{ id: 'call_1', type: 'function' }, { id: 'call_2' }] },
      { role: 'tool', tool_call_id: 'call_1', content: 'x' },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_3', content: 'y' }] },
    ]
    assert.deepEqual(named({ messages }), ['call_1', 'call_2', 'toolu_3'])
  })

  test('are those of a previous response, a conversation and of items of an input', () => {
    const input = [
      { type: 'function_call_output', call_id: 'call_4', output: '1' },
      { type: 'item_reference', id: 'msg_5' },
    ]
    assert.deepEqual(named({ previous_response_id: 'resp_1', conversation: 'conv_2', input }), [
      'call_4',
      'conv_2',
      'msg_5',
      'resp_1',
    ])
    assert.deepEqual(named({ conversation: { id: 'conv_3' } }), ['conv_3'])
  })

  test('are also those that a surface hands over beside the body', () => {
    const body = chatBody({ model: 'm', messages: [] })
    assert.deepEqual([...namedIds({ body, namedIds: ['resp_9'] })], ['resp_9'])
  })

  test('are none where nothing is a text, or the text is far too long for an id', () => {
    const messages = [null, 7, 'x', { id: 5, tool_calls: 'no' }, { id: 'x'.repeat(600) }]
    assert.deepEqual(named({ messages, previous_response_id: null, conversation: [] }), [])
  })
})

describe('the ids that an answer brings', () => {
  test('are found in a whole answer and in events of a stream', () => {
    const answer = { id: 'chatcmpl-1', choices: [{ message: { content: '', tool_calls: [{ id: 'call_8a1b2c' }] } }] }
    assert.deepEqual(mintedIds(Buffer.from(JSON.stringify(answer, null, 2))), ['chatcmpl-1', 'call_8a1b2c'])
    const events = [answer, answer].map((one) => `data: ${JSON.stringify(one)}\n\n`).join('')
    assert.deepEqual(mintedIds(Buffer.from(events)), ['chatcmpl-1', 'call_8a1b2c'])
  })

  test('are not what a model writes about ids in its text', () => {
    const answer = { id: 'chatcmpl-2', choices: [{ message: { content: 'Use {"id": "call_8a1b2c"} here' } }] }
    assert.deepEqual(mintedIds(Buffer.from(JSON.stringify(answer))), ['chatcmpl-2'])
  })

  test('are none that a server counts anew in each answer', () => {
    assert.deepEqual(mintedIds(Buffer.from('{"id":"call_0","x":[{"id":"0"},{"call_id":"call_12"}]}')), [])
  })

  test('are read as they are meant when they are written with escapes', () => {
    assert.deepEqual(mintedIds(Buffer.from('{"id":"call_caf\\u00e9"}')), ['call_café'])
  })
})
