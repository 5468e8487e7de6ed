// Proves the wire of the simulated OpenAI byte by byte, over plain HTTP.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startOpenAIUpstream } from '../index.ts'
import { type JsonObject, parseJson } from '../json-value.ts'
import { at, get, post, sseData, sseJson } from '../raw-http.ts'
import { simulatedTokens } from '../simulated-tokens.ts'

const messages = [{ role: 'user', content: 'Why is the sky blue?' }]
const ask = { model: 'gpt-4o', messages }
const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}
const clock = { type: 'function', function: { name: 'get_time', parameters: { type: 'object', properties: {} } } }

async function chat(body: JsonObject) {
  await using upstream = await startOpenAIUpstream()
  return await post(`${upstream.url}/v1/chat/completions`, body)
}

test('a completion has the fields of the real one, a simulated mark, and its own count of tokens', async () => {
  const reply = await chat(ask)
  assert.equal(reply.status, 200)
  assert.equal(reply.headers['content-type'], 'application/json')
  assert.match(String(reply.headers['x-request-id']), /^req_[0-9a-f]{32}$/)
  assert.equal(reply.headers['x-simulated'], 'true')
  assert.match(String(reply.json.id), /^chatcmpl-[0-9a-f]{29}$/)
  assert.equal(reply.json.object, 'chat.completion')
  assert.equal(reply.json.system_fingerprint, 'simulated')
  const content = String(at(reply.json, 'choices.0.message.content'))
  assert.match(content, /^\[simulated openai gpt-4o\] You asked about 5 words\./)
  assert.equal(at(reply.json, 'choices.0.finish_reason'), 'stop')
  assert.equal(at(reply.json, 'usage.prompt_tokens'), simulatedTokens('Why is the sky blue?'))
  assert.equal(at(reply.json, 'usage.completion_tokens'), simulatedTokens(content))
  assert.equal(at(reply.json, 'usage.prompt_tokens_details.cached_tokens'), 0)
})

test('without the mark nothing says simulated', async () => {
  await using upstream = await startOpenAIUpstream({ simulated: false, label: 'primary' })
  const reply = await post(`${upstream.url}/v1/chat/completions`, ask)
  assert.equal(reply.headers['x-simulated'], undefined)
  assert.doesNotMatch(reply.text, /simulated/)
  assert.match(reply.text, /\[primary gpt-4o\]/)
})

test('the prompt never comes back, unless echo asks for it', async () => {
  const canary = { model: 'gpt-4o', messages: [{ role: 'user', content: 'canary-7f3a' }] }
  assert.doesNotMatch((await chat(canary)).text, /canary/)
  await using upstream = await startOpenAIUpstream({ echo: true })
  assert.match((await post(`${upstream.url}/v1/chat/completions`, canary)).text, /You said: canary-7f3a/)
})

test('a stream is a role chunk, content chunks, a finish chunk and [DONE], with one id', async () => {
  const reply = await chat({ ...ask, stream: true })
  assert.equal(reply.headers['content-type'], 'text/event-stream; charset=utf-8')
  const chunks = sseJson(reply.text)
  assert.deepEqual(at(chunks[0], 'choices.0.delta'), { role: 'assistant', content: '', refusal: null })
  assert.deepEqual(at(chunks.at(-1), 'choices.0'), { index: 0, delta: {}, logprobs: null, finish_reason: 'stop' })
  const text = chunks.map((chunk) => at(chunk, 'choices.0.delta.content') ?? '').join('')
  assert.equal(text, at((await chat(ask)).json, 'choices.0.message.content'))
  assert.equal(new Set(chunks.map((chunk) => chunk.id)).size, 1)
  assert.ok(chunks.every((chunk) => chunk.object === 'chat.completion.chunk' && !('usage' in chunk)))
  assert.equal(sseData(reply.text).at(-1), '[DONE]')
  assert.ok(reply.text.endsWith('data: [DONE]\n\n'))
})

test('usage is streamed only if asked for: last, without choices, and null before', async () => {
  const reply = await chat({ ...ask, stream: true, stream_options: { include_usage: true } })
  const chunks = sseJson(reply.text)
  const last = chunks.at(-1)
  assert.deepEqual(last?.choices, [])
  assert.equal(at(last, 'usage.prompt_tokens'), 5)
  assert.ok(chunks.slice(0, -1).every((chunk) => chunk.usage === null))
})

test('max_tokens and max_completion_tokens cut the reply and say length', async () => {
  for (const limit of [{ max_tokens: 3 }, { max_completion_tokens: 3, max_tokens: 90 }]) {
    const reply = await chat({ ...ask, ...limit })
    assert.equal(at(reply.json, 'choices.0.finish_reason'), 'length')
    assert.equal(at(reply.json, 'usage.completion_tokens'), 3)
  }
})

test('stop ends the reply before the stop text', async () => {
  for (const stop of ['about', ['nowhere', 'about']]) {
    const reply = await chat({ ...ask, stop })
    assert.equal(at(reply.json, 'choices.0.message.content'), '[simulated openai gpt-4o] You asked ')
    assert.equal(at(reply.json, 'choices.0.finish_reason'), 'stop')
  }
})

test('n gives as many choices, whole and streamed, and is counted in the usage', async () => {
  const whole = await chat({ ...ask, n: 3 })
  const one = Number(at((await chat(ask)).json, 'usage.completion_tokens'))
  assert.equal(at(whole.json, 'choices.2.index'), 2)
  assert.equal(at(whole.json, 'usage.completion_tokens'), one * 3)
  const chunks = sseJson((await chat({ ...ask, n: 2, stream: true })).text)
  for (const index of [0, 1]) {
    const own = chunks.filter((chunk) => at(chunk, 'choices.0.index') === index)
    assert.equal(own.map((chunk) => at(chunk, 'choices.0.delta.content') ?? '').join('').length > 0, true)
    assert.equal(at(own.at(-1), 'choices.0.finish_reason'), 'stop')
  }
})

test('an offered tool is called with arguments that fit its schema', async () => {
  const { json } = await chat({ ...ask, tools: [weather, clock] })
  assert.equal(at(json, 'choices.0.finish_reason'), 'tool_calls')
  assert.equal(at(json, 'choices.0.message.content'), null)
  assert.equal(at(json, 'choices.0.message.tool_calls.0.function.name'), 'get_weather')
  assert.equal(at(json, 'choices.0.message.tool_calls.0.function.arguments'), '{"city":"simulated"}')
  assert.equal(at(json, 'choices.0.message.tool_calls.1'), undefined)
})

test('tool_choice and a tool result decide whether and which tool is called', async () => {
  const none = await chat({ ...ask, tools: [weather], tool_choice: 'none' })
  assert.equal(at(none.json, 'choices.0.finish_reason'), 'stop')
  const forced = { type: 'function', function: { name: 'get_time' } }
  const chosen = await chat({ ...ask, tools: [weather, clock], tool_choice: forced })
  assert.equal(at(chosen.json, 'choices.0.message.tool_calls.0.function.name'), 'get_time')
  const answered = [...messages, { role: 'tool', tool_call_id: 'call_1', content: '18 degrees' }]
  const after = await chat({ ...ask, messages: answered, tools: [weather] })
  assert.equal(at(after.json, 'choices.0.finish_reason'), 'stop')
})

test('parallel tool calls are streamed in fragments, each with its own index', async () => {
  const reply = await chat({ ...ask, tools: [weather, clock], parallel_tool_calls: true, stream: true })
  const deltas = sseJson(reply.text).flatMap((chunk) => at(chunk, 'choices.0.delta.tool_calls.0') ?? [])
  const names = deltas.filter((delta) => at(delta, 'id') !== undefined)
  assert.deepEqual(
    names.map((delta) => [at(delta, 'index'), at(delta, 'function.name')]),
    [
      [0, 'get_weather'],
      [1, 'get_time'],
    ],
  )
  const fragments = deltas.filter((delta) => at(delta, 'index') === 0).map((delta) => at(delta, 'function.arguments'))
  assert.ok(fragments.length >= 3)
  assert.equal(fragments.join(''), '{"city":"simulated"}')
})

test('a response format gives JSON that fits', async () => {
  const schema = { type: 'object', properties: { mood: { enum: ['good'] } }, required: ['mood'] }
  const json_schema = { name: 'mood', strict: true, schema }
  const strict = await chat({ ...ask, response_format: { type: 'json_schema', json_schema } })
  assert.equal(at(strict.json, 'choices.0.message.content'), '{"mood":"good"}')
  const loose = await chat({ ...ask, response_format: { type: 'json_object' } })
  assert.ok(parseJson(String(at(loose.json, 'choices.0.message.content'))))
})

test('every route is there with and without /v1, and any other is a 404 in the envelope', async () => {
  await using upstream = await startOpenAIUpstream({ models: ['gpt-4o', 'ft:gpt-4o:acme::x/y'] })
  for (const prefix of ['', '/v1']) {
    assert.equal((await post(`${upstream.url}${prefix}/chat/completions`, ask)).status, 200)
    assert.equal((await post(`${upstream.url}${prefix}/embeddings`, { model: 'gpt-4o', input: 'a' })).status, 200)
    assert.equal(at((await get(`${upstream.url}${prefix}/models`)).json, 'data.1.id'), 'ft:gpt-4o:acme::x/y')
    assert.equal((await get(`${upstream.url}${prefix}/models/ft%3Agpt-4o%3Aacme%3A%3Ax%2Fy?x=1`)).json.object, 'model')
  }
  const missing = await get(`${upstream.url}/v1/nothing`)
  assert.equal(missing.status, 404)
  assert.deepEqual(missing.json.error, {
    message: 'Invalid URL (GET /v1/nothing)',
    type: 'invalid_request_error',
    param: null,
    code: null,
  })
})

test('bad keys, unknown models, missing fields and broken JSON are refused as OpenAI does', async () => {
  await using upstream = await startOpenAIUpstream({ models: ['gpt-4o'], apiKey: 'sk-test' })
  const url = `${upstream.url}/v1/chat/completions`
  const headers = { authorization: 'Bearer sk-test' }
  const refusals = [
    [await post(url, ask, { headers: { authorization: 'Bearer sk-wrong' } }), 401, 'invalid_api_key', null],
    [await post(url, ask), 401, null, null],
    [await get(`${upstream.url}/v1/models`), 401, null, null],
    [await post(url, { ...ask, model: 'gpt-9' }, { headers }), 404, 'model_not_found', null],
    [await post(url, { model: 'gpt-4o' }, { headers }), 400, 'missing_required_parameter', 'messages'],
    [await post(url, { messages }, { headers }), 400, null, null],
    [await post(url, '{"model":', { headers }), 400, null, null],
  ] as const
  for (const [reply, status, code, param] of refusals) {
    assert.equal(reply.status, status)
    assert.equal(at(reply.json, 'error.code'), code)
    assert.equal(at(reply.json, 'error.param'), param)
    assert.doesNotMatch(reply.text, /sk-wrong/)
  }
  assert.equal((await post(url, ask, { headers })).status, 200)
})

test('embeddings are deterministic unit vectors, as floats or base64, for texts and token ids', async () => {
  await using upstream = await startOpenAIUpstream()
  const url = `${upstream.url}/v1/embeddings`
  const model = 'text-embedding-3-small'
  const floats = await post(url, { model, input: ['red', 'blue'], dimensions: 8 })
  const red = at(floats.json, 'data.0.embedding') as readonly number[]
  assert.equal(red.length, 8)
  assert.ok(Math.abs(Math.hypot(...red) - 1) < 1e-6)
  assert.notDeepEqual(red, at(floats.json, 'data.1.embedding'))
  assert.deepEqual(floats.json.usage, { prompt_tokens: 2, total_tokens: 2 })
  const base64 = await post(url, { model, input: 'red', dimensions: 8, encoding_format: 'base64' })
  const bytes = Buffer.from(String(at(base64.json, 'data.0.embedding')), 'base64')
  assert.deepEqual(
    red,
    Array.from({ length: 8 }, (_, index) => bytes.readFloatLE(index * 4)),
  )
  const ids = await post(url, { model, input: [1, 2, 3] })
  assert.equal((at(ids.json, 'data.0.embedding') as readonly number[]).length, 1536)
  assert.equal(at(ids.json, 'usage.prompt_tokens'), 3)
})
