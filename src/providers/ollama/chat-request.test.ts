// Proves how each field of an OpenAI chat request is said to Ollama, and what cannot be said.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fundedAttempt } from '../../../test/make/attempt.ts'
import { chatBody } from '../../../test/make/chat-body.ts'
import { ollamaRecording } from '../../../test/make/ollama-recording.ts'
import { cloudProvider, localProvider } from '../../../test/make/provider.ts'
import { task } from '../../../test/make/task.ts'
import { type OllamaSettings, ollamaRequest } from './chat-request.ts'

const settings: OllamaSettings = { keepAlive: undefined, maxContextTokens: 32_768 }
interface Asked {
  readonly [key: string]: unknown
  readonly messages: readonly Record<string, unknown>[]
  readonly options: Record<string, unknown>
}

function request(more: object = {}, own: Partial<OllamaSettings> = {}, outputTokenCap?: number) {
  const attempt = fundedAttempt({ provider: localProvider(), task: task({ body: chatBody(more) }), outputTokenCap })
  const { body, ...rest } = ollamaRequest(attempt, 'wire:model', { ...settings, ...own })
  return { asked: JSON.parse(body.toString()) as Asked, ...rest }
}
const ask = (...args: Parameters<typeof request>) => request(...args).asked
const message = (more: object) => ask({ messages: [more] }).messages[0]
const refuses = (more: object, words: RegExp) =>
  assert.throws(() => request(more), { kind: 'unsupported', dispatched: false, fallback: true, message: words })

test('a model at a cloud is told no window: it has the largest that it can', () => {
  const attempts = [
    fundedAttempt({ provider: cloudProvider(), task: task() }),
    fundedAttempt({ provider: localProvider(), model: 'gpt-oss:120b-cloud', task: task() }),
  ]
  for (const attempt of attempts) {
    const { body, uncertainWindow } = ollamaRequest(attempt, 'wire:model', settings)
    assert.deepEqual((JSON.parse(body.toString()) as Asked).options, {})
    assert.equal(uncertainWindow, undefined)
  }
})

describe('a plain request', () => {
  test('is its model, its messages, a window, and no silent truncation', () => {
    assert.deepEqual(ask(), {
      model: 'wire:model',
      messages: [{ role: 'user', content: 'Say hello.' }],
      stream: false,
      options: { num_ctx: 4096 },
      truncate: false,
      shift: false,
    })
  })

  test('says nothing that the caller said only with null', () => {
    const nulls = { temperature: null, top_p: null, seed: null, stop: null, n: null, max_tokens: null, tools: null }
    const more = {
      tool_choice: null,
      response_format: null,
      reasoning_effort: null,
      logprobs: null,
      top_logprobs: null,
    }
    assert.deepEqual(ask({ ...nulls, ...more }), ask())
  })

  test('has only members that a real Ollama was seen to take', () => {
    const { asked } = request({ temperature: 0, seed: 1, max_tokens: 12 })
    const recorded = ollamaRecording('chat').request.body as Asked
    for (const option of Object.keys(recorded.options)) assert.ok(option in asked.options, option)
    assert.equal(typeof asked.model, typeof recorded.model)
    assert.deepEqual(Object.keys(asked.messages[0] ?? {}).sort(), Object.keys(recorded.messages[0] ?? {}).sort())
  })

  test('asks for a stream when its caller does', () => assert.equal(ask({ stream: true }).stream, true))
})

describe('options', () => {
  const sampling = {
    temperature: 0.5,
    top_p: 0.9,
    seed: 7,
    frequency_penalty: 0.1,
    presence_penalty: -0.1,
    top_k: 40,
    min_p: 0.05,
    repeat_penalty: 1.1,
  }
  for (const [name, value] of Object.entries(sampling)) {
    test(`${name} is one, zero included`, () => {
      assert.deepEqual(ask({ [name]: value }).options, { [name]: value, num_ctx: 4096 })
      assert.deepEqual(ask({ [name]: 0 }).options, { [name]: 0, num_ctx: 4096 })
    })
  }

  test('stop is a list of one or of many', () => {
    assert.deepEqual(ask({ stop: 'END' }).options.stop, ['END'])
    assert.deepEqual(ask({ stop: ['a', 'b'] }).options.stop, ['a', 'b'])
  })

  test('the output cap is the smallest that anybody set', () => {
    assert.equal(ask({ max_tokens: 10 }).options.num_predict, 10)
    assert.equal(ask({ max_completion_tokens: 20 }).options.num_predict, 20)
    assert.equal(ask({ max_tokens: 10, max_completion_tokens: 20 }).options.num_predict, 10)
    assert.equal(ask({ max_tokens: 100 }, {}, 64).options.num_predict, 64)
    assert.equal(ask({ max_tokens: 10 }, {}, 64).options.num_predict, 10)
    assert.equal(ask({}, {}, 64).options.num_predict, 64)
    assert.equal('num_predict' in ask().options, false)
  })

  test('of Ollama itself go along, but never decide the window', () => {
    const aegis = { ollama: { options: { mirostat: 2, num_ctx: 99, temperature: 0.1 }, think: true, keep_alive: '1h' } }
    const asked = ask({ aegis, temperature: 0.5 })
    assert.deepEqual(asked.options, { mirostat: 2, temperature: 0.5, num_ctx: 4096 })
    assert.deepEqual([asked.think, asked.keep_alive], [true, '1h'])
  })

  test('the window grows with the text, the tools and the answer, up to what is allowed', () => {
    const long = { messages: [{ role: 'user', content: 'é'.repeat(10_000) }] }
    assert.equal(ask(long).options.num_ctx, 16_384)
    assert.equal(ask(long, { maxContextTokens: 8192 }).options.num_ctx, 8192)
    assert.equal(ask({ max_tokens: 5000 }).options.num_ctx, 8192)
    const tools = [{ type: 'function', function: { name: 'f', description: 'x'.repeat(10_000) } }]
    assert.equal(ask({ tools }).options.num_ctx, 8192)
  })

  test('a prompt certainly fits when the window has a token for each of its bytes', () => {
    const text = (length: number) => ({ messages: [{ role: 'user', content: 'x'.repeat(length) }] })
    assert.equal(request(text(4000)).certainlyFits, true)
    assert.equal(request(text(4000)).uncertainWindow, undefined)
    assert.equal(request(text(4096)).uncertainWindow, 4096)
    assert.equal(request(text(4096)).certainlyFits, false)
    assert.equal(request(text(40_000), { maxContextTokens: 8192 }).certainlyFits, false)
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }
    assert.equal(request({ messages: [{ role: 'user', content: [image] }] }).certainlyFits, false)
  })
})

describe('keep_alive, think and log probabilities', () => {
  test('keep_alive is the caller’s, else the configured one', () => {
    assert.equal(ask({}, { keepAlive: '5m' }).keep_alive, '5m')
    assert.equal(ask({ keep_alive: -1 }, { keepAlive: '5m' }).keep_alive, -1)
    assert.equal(ask({ keep_alive: 0 }, { keepAlive: '5m' }).keep_alive, 0)
  })

  const efforts: readonly (readonly [object, unknown])[] = [
    [{ think: true }, true],
    [{ think: false, reasoning_effort: 'high' }, false],
    [{ think: 'high' }, 'high'],
    [{ reasoning_effort: 'none' }, false],
    [{ reasoning_effort: 'minimal' }, 'low'],
    [{ reasoning_effort: 'low' }, 'low'],
    [{ reasoning_effort: 'medium' }, 'medium'],
    [{ reasoning_effort: 'high' }, 'high'],
    [{ reasoning_effort: 'xhigh' }, 'high'],
    [{ reasoning: { effort: 'low' } }, 'low'],
    [{ reasoning: {} }, undefined],
    [{}, undefined],
  ]
  for (const [more, think] of efforts) {
    test(`${JSON.stringify(more)} thinks ${think}`, () => assert.equal(ask(more).think, think))
  }

  test('log probabilities are asked for as with OpenAI', () => {
    const asked = ask({ logprobs: true, top_logprobs: 3 })
    assert.deepEqual([asked.logprobs, asked.top_logprobs], [true, 3])
    assert.equal('logprobs' in ask({ logprobs: false }), false)
  })
})

describe('messages', () => {
  test('keep their roles, but for developers, who are the system here', () => {
    const roles = ['system', 'developer', 'user', 'assistant', 'tool'].map((role) => ({ role, content: 'x' }))
    assert.deepEqual(
      ask({ messages: roles }).messages.map(({ role }) => role),
      ['system', 'system', 'user', 'assistant', 'tool'],
    )
  })

  test('of parts are one text and a list of images, in order', () => {
    const parts = [
      { type: 'text', text: 'one' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,QUFB' } },
      { type: 'text', text: 'two' },
      { type: 'image_url', image_url: 'data:image/jpeg;charset=x;base64,QkJC' },
      { type: 'refusal', refusal: 'no' },
      { type: 'text' },
    ]
    assert.deepEqual(message({ role: 'user', content: parts }), {
      role: 'user',
      content: 'one\ntwo\nno\n',
      images: ['QUFB', 'QkJC'],
    })
  })

  test('without content are an empty text', () => {
    assert.deepEqual(message({ role: 'assistant', content: null }), { role: 'assistant', content: '' })
    assert.deepEqual(message({ role: 'user', content: [] }), { role: 'user', content: '' })
  })

  test('keep their reasoning under Ollama’s name', () => {
    assert.equal(message({ role: 'assistant', content: 'x', reasoning_content: 'hm' })?.thinking, 'hm')
    assert.equal(message({ role: 'assistant', content: 'x', reasoning: 'hm' })?.thinking, 'hm')
  })

  test('with images by address are not fetched but refused', () => {
    for (const url of [
      'https://example.com/x.png',
      'http://169.254.169.254/',
      'file:///etc/passwd',
      'data:image/png,raw',
      '',
      7,
    ]) {
      refuses({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] }, /base64 only/)
    }
  })

  test('with parts that this wire has no word for are refused', () => {
    for (const type of ['input_audio', 'file', 'video_url']) {
      refuses({ messages: [{ role: 'user', content: [{ type }] }] }, new RegExp(`part of type ${type}`))
    }
    refuses({ messages: [{ role: 'user', content: [{ type: 'text', text: { x: 1 } }] }] }, /text of a content part/)
  })

  test('several choices are refused', () => {
    refuses({ n: 2 }, /more than one choice/)
    assert.ok(ask({ n: 1 }))
  })
})

describe('tools', () => {
  const tool = (name: string) => ({ type: 'function', function: { name, parameters: { type: 'object' } } })
  const tools = [tool('a'), tool('b')]

  test('go along as they are', () => {
    assert.deepEqual(ask({ tools }).tools, tools)
    assert.deepEqual(ask({ tools, tool_choice: 'auto' }).tools, tools)
    assert.deepEqual(ask({ tools, tool_choice: 'required' }).tools, tools)
    assert.equal('tools' in ask({ tools: [] }), false)
  })

  test('that may not be called are not offered, and of one that must be called only that one is', () => {
    assert.equal('tools' in ask({ tools, tool_choice: 'none' }), false)
    assert.deepEqual(ask({ tools, tool_choice: { type: 'function', function: { name: 'b' } } }).tools, [tool('b')])
    const allowed = { mode: 'auto', tools: [{ type: 'function', function: { name: 'a' } }] }
    assert.deepEqual(ask({ tools, tool_choice: { type: 'allowed_tools', allowed_tools: allowed } }).tools, [tool('a')])
  })

  test('that were called have their arguments as an object', () => {
    const called = (args: unknown) =>
      message({
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'a', arguments: args } }],
      })
    const calls = (args: unknown) => [{ id: 'call_1', function: { name: 'a', arguments: args } }]
    assert.deepEqual(called('{"city":"Paris"}')?.tool_calls, calls({ city: 'Paris' }))
    assert.deepEqual(called('')?.tool_calls, calls({}))
    assert.deepEqual(called(undefined)?.tool_calls, calls({}))
    assert.deepEqual(called({ city: 'Paris' })?.tool_calls, calls({ city: 'Paris' }))
  })

  test('calls that are not JSON or name no tool are refused, with no word of theirs', () => {
    const call = (func: object) => ({
      messages: [{ role: 'assistant', content: '', tool_calls: [{ function: func }] }],
    })
    refuses(call({ name: 'a', arguments: '{CANARY' }), /^local_ollama needs the arguments of a tool call to be JSON\.$/)
    refuses(call({ arguments: '{}' }), /name its tool/)
  })

  test('answers name their tool, by themselves or by the call that they answer', () => {
    const messages = [
      { role: 'assistant', content: '', tool_calls: [{ id: 'c1', function: { name: 'weather', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: 'c1', content: '18' },
      { role: 'tool', tool_call_id: 'c2', name: 'time', content: 'noon' },
      { role: 'tool', tool_call_id: 'unknown', content: 'x' },
    ]
    const [, one, two, three] = ask({ messages }).messages
    assert.deepEqual(one, { role: 'tool', content: '18', tool_name: 'weather', tool_call_id: 'c1' })
    assert.equal(two?.tool_name, 'time')
    assert.deepEqual(three, { role: 'tool', content: 'x', tool_call_id: 'unknown' })
    const recorded = ollamaRecording('chat-tool-result').request.body as Asked
    assert.ok(recorded.messages.some((seen) => seen.tool_name === 'get_weather'))
  })
})

describe('a response format', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } }
  const formats: readonly (readonly [object, unknown])[] = [
    [{ type: 'json_object' }, 'json'],
    [{ type: 'json_schema', json_schema: { name: 'x', schema } }, schema],
    [{ type: 'json_schema', json_schema: { name: 'x' } }, 'json'],
    [{ type: 'text' }, undefined],
    [{}, undefined],
  ]
  for (const [response_format, format] of formats) {
    test(`${JSON.stringify(response_format).slice(0, 60)} is ${JSON.stringify(format)?.slice(0, 20)}`, () => {
      assert.deepEqual(ask({ response_format }).format, format)
    })
  }

  test('whose schema is not an object is refused', () => {
    refuses({ response_format: { type: 'json_schema', json_schema: { schema: [1] } } }, /schema to be an object/)
  })
})
