// Proves the translation of recorded answers of a real Ollama into OpenAI's.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ollamaRecording } from '../../../test/make/ollama-recording.ts'
import { usage } from '../../../test/make/usage.ts'
import {
  type AnswerIdentity,
  chatCompletion,
  finishReason,
  namesRemoteHost,
  type OllamaReply,
  toolCallsOf,
  usageObject,
  usageOf,
} from './chat-reply.ts'

const identity: AnswerIdentity = {
  id: 'chatcmpl-req_0123456789abcdef',
  created: 1795435200,
  model: 'm',
  simulated: false,
}
const recorded = (name: string) => JSON.parse(ollamaRecording(name).body) as OllamaReply

describe('a recorded answer', () => {
  test('is a chat completion', () => {
    assert.deepEqual(chatCompletion(recorded('chat'), identity), {
      id: 'chatcmpl-req_0123456789abcdef',
      object: 'chat.completion',
      created: 1795435200,
      model: 'm',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: 'The primary colours are the three fundamental colors of the electromagnetic spectrum',
          },
          finish_reason: 'length',
        },
      ],
      usage: { prompt_tokens: 14, completion_tokens: 12, total_tokens: 26 },
    })
  })

  test('that calls a tool has its arguments as text, no content, and says so', () => {
    const { choices } = chatCompletion(recorded('chat-tools-forced'), identity) as { choices: unknown }
    const call = {
      id: 'call_h6hpmrsh',
      type: 'function',
      function: { name: 'get_weather', arguments: '{"city":"Paris"}' },
    }
    assert.deepEqual(choices, [
      { index: 0, message: { role: 'assistant', content: null, tool_calls: [call] }, finish_reason: 'tool_calls' },
    ])
  })

  test('with log probabilities has them where OpenAI has them', () => {
    const { choices } = chatCompletion(recorded('chat-logprobs'), identity) as {
      choices: { logprobs: { content: { token: string; top_logprobs: unknown[] }[] } }[]
    }
    const [first] = choices[0]?.logprobs.content ?? []
    assert.deepEqual([first?.token, first?.top_logprobs.length], ['The', 2])
  })

  test('that a remote host gave says so, and one that was given here does not', () => {
    assert.equal(namesRemoteHost(recorded('cloud-stub-chat')), true)
    assert.equal(namesRemoteHost(recorded('chat')), false)
    assert.equal(namesRemoteHost({ remote_host: '', remote_model: '' }), false)
    assert.equal(namesRemoteHost({ remote_model: 'x' }), true)
  })

  test('without counts has no usage', () => {
    assert.equal(usageOf(recorded('chat-load')), undefined)
    assert.equal('usage' in chatCompletion(recorded('chat-load'), identity), false)
  })
})

describe('the parts of an answer', () => {
  test('a count that is left out is zero beside one that is not, and one that cannot be is none', () => {
    assert.deepEqual(usageOf({ eval_count: 5 }), usage(0, 5))
    assert.deepEqual(usageOf({ prompt_eval_count: 5 }), usage(5, 0))
    assert.equal(usageOf({ prompt_eval_count: -1, eval_count: '5' }), undefined)
    assert.equal(usageOf({ prompt_eval_count: 1e15, eval_count: 1.5 }), undefined)
    assert.deepEqual(usageObject(usage(9, 5)), { prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 })
  })

  test('reasoning is kept beside the text', () => {
    const reply = { message: { content: 'x', thinking: 'hm' }, done: true }
    const { choices } = chatCompletion(reply, identity) as { choices: { message: object }[] }
    assert.deepEqual(choices[0]?.message, { role: 'assistant', content: 'x', reasoning_content: 'hm' })
  })

  test('a finish reason is length, tool_calls or stop', () => {
    assert.equal(finishReason({ done_reason: 'length' }, true), 'length')
    assert.equal(finishReason({ done_reason: 'stop' }, true), 'tool_calls')
    assert.equal(finishReason({ done_reason: 'stop' }, false), 'stop')
    assert.equal(finishReason({}, false), 'stop')
  })

  test('tool calls have different ids and go on counting, also where Ollama gives neither', () => {
    const call = { function: { name: 'f', arguments: { a: 1 } } }
    const calls = toolCallsOf({ message: { tool_calls: [call, { ...call, id: 'own' }, call] } }, identity, 2)
    assert.deepEqual(
      calls.map(({ index, id }) => [index, id]),
      [
        [2, 'call_req_0123456789abcdef_2'],
        [3, 'own'],
        [4, 'call_req_0123456789abcdef_4'],
      ],
    )
  })

  test('tool calls of any shape become calls of OpenAI’s shape', () => {
    const odd = [
      null,
      7,
      {},
      { function: null },
      { function: { name: 7 } },
      { id: '', function: { arguments: 'text' } },
    ]
    for (const { function: called, id, type } of toolCallsOf({ message: { tool_calls: odd } }, identity, 0)) {
      assert.deepEqual([typeof called.name, typeof called.arguments, type], ['string', 'string', 'function'])
      assert.notEqual(id, '')
    }
    assert.deepEqual(toolCallsOf({ message: { tool_calls: {} } }, identity, 0), [])
    assert.deepEqual(toolCallsOf({ message: null }, identity, 0), [])
  })

  test('a simulated answer is marked', () => {
    const marked = chatCompletion(recorded('chat'), { ...identity, simulated: true }) as { system_fingerprint?: string }
    assert.equal(marked.system_fingerprint, 'simulated')
  })
})
