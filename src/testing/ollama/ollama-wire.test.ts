// Proves what the simulated Ollama does with a request, over plain HTTP; its shapes are proven by the recordings.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startOllamaUpstream } from '../index.ts'
import type { JsonObject } from '../json-value.ts'
import { at, get, lineJson, post, sseJson } from '../raw-http.ts'
import { simulatedTokens } from '../simulated-tokens.ts'

const messages = [{ role: 'user', content: 'Why is the sky blue?' }]
const ask = { model: 'llama3.2:8b', messages, stream: false }
const words = (count: number) => 'word '.repeat(count)

async function chat(body: JsonObject) {
  await using upstream = await startOllamaUpstream({ thinkingModels: ['qwen3'] })
  return await post(`${upstream.url}/api/chat`, body)
}

test('a stream is the default; its last line has the figures of the whole', async () => {
  const reply = await chat({ model: 'llama3.2:8b', messages })
  assert.equal(reply.headers['content-type'], 'application/x-ndjson')
  const lines = lineJson(reply.text)
  const last = lines.at(-1)
  const text = lines.map((line) => at(line, 'message.content')).join('')
  assert.equal(last?.done, true)
  assert.equal(last?.done_reason, 'stop')
  assert.equal(last?.prompt_eval_count, simulatedTokens('Why is the sky blue?'))
  assert.equal(last?.eval_count, simulatedTokens(text))
  assert.ok(lines.slice(0, -1).every((line) => line.done === false && !('eval_count' in line)))
  assert.equal(text, at((await chat(ask)).json, 'message.content'))
})

test('timestamps have nine digits and do not go back', async () => {
  const times = lineJson((await chat({ model: 'llama3.2:8b', messages })).text).map((line) => String(line.created_at))
  assert.match(times[0] ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/)
  assert.deepEqual(times, [...times].sort())
})

test('options limit and stop the reply', async () => {
  const short = await chat({ ...ask, options: { num_predict: 4 } })
  assert.deepEqual([short.json.done_reason, short.json.eval_count], ['length', 4])
  const stopped = await chat({ ...ask, options: { stop: ['about'] } })
  assert.equal(at(stopped.json, 'message.content'), '[simulated ollama llama3.2:8b] You asked ')
  assert.equal(stopped.json.done_reason, 'stop')
})

test('a prompt longer than the context is cut silently, to the context', async () => {
  const long = [{ role: 'user', content: words(1_000) }]
  assert.equal((await chat({ ...ask, messages: long, options: { num_ctx: 128 } })).json.prompt_eval_count, 128)
  assert.equal((await chat({ ...ask, messages: long })).json.prompt_eval_count, 1_250)
  await using small = await startOllamaUpstream({ numCtx: 256 })
  assert.equal((await post(`${small.url}/api/chat`, { ...ask, messages: long })).json.prompt_eval_count, 256)
  const compatible = await post(`${small.url}/v1/chat/completions`, { model: 'llama3.2:8b', messages: long })
  assert.equal(at(compatible.json, 'usage.prompt_tokens'), 256)
})

test('old messages are dropped whole before the last one is cut, and system messages stay', async () => {
  const history = [
    { role: 'system', content: words(8) },
    { role: 'user', content: words(400) },
    { role: 'assistant', content: words(400) },
    { role: 'user', content: words(16) },
  ]
  const reply = await chat({ ...ask, messages: history, options: { num_ctx: 128 } })
  assert.equal(reply.json.prompt_eval_count, 10 + 20)
})

test('with shift false the reply ends when the context is full', async () => {
  const options = { num_ctx: 12 }
  const text = words(100)
  await using upstream = await startOllamaUpstream()
  upstream.next({ text }, { text })
  const shifted = await post(`${upstream.url}/api/chat`, { ...ask, options })
  assert.equal(shifted.json.eval_count, simulatedTokens(text))
  const ended = await post(`${upstream.url}/api/chat`, { ...ask, options, shift: false })
  assert.deepEqual([ended.json.eval_count, ended.json.done_reason], [8, 'length'])
})

test('a context is never longer than the model was trained for', async () => {
  await using upstream = await startOllamaUpstream({ models: [{ name: 'tiny', contextLength: 64 }] })
  const body = {
    model: 'tiny',
    stream: false,
    messages: [{ role: 'user', content: words(1_000) }],
    options: { num_ctx: 9_999 },
  }
  assert.equal((await post(`${upstream.url}/api/chat`, body)).json.prompt_eval_count, 64)
})

test('a thinking model thinks first, unless told not to; another one refuses', async () => {
  const lines = lineJson((await chat({ model: 'qwen3', messages })).text)
  const firstContent = lines.findIndex((line) => at(line, 'message.content') !== '')
  assert.ok(firstContent > 0)
  assert.ok(lines.slice(0, firstContent).every((line) => at(line, 'message.thinking') !== undefined))
  assert.equal(at((await chat({ ...ask, model: 'qwen3', think: false })).json, 'message.thinking'), undefined)
  assert.equal((await chat({ ...ask, think: true })).status, 400)
  await using upstream = await startOllamaUpstream({ thinkingModels: ['qwen3'] })
  const body = { model: 'qwen3', messages, stream: true }
  const chunks = sseJson((await post(`${upstream.url}/v1/chat/completions`, body)).text)
  assert.equal(at(chunks[0], 'choices.0.delta.reasoning'), 'The')
})

test('tool arguments are an object natively and a string on /v1', async () => {
  const parameters = { type: 'object', properties: { days: { type: 'integer' } } }
  const tools = [{ type: 'function', function: { name: 'forecast', parameters } }]
  await using upstream = await startOllamaUpstream()
  const native = await post(`${upstream.url}/api/chat`, { ...ask, tools })
  assert.deepEqual(at(native.json, 'message.tool_calls.0.function.arguments'), { days: 1 })
  const compatible = await post(`${upstream.url}/v1/chat/completions`, { ...ask, tools })
  assert.equal(at(compatible.json, 'choices.0.message.tool_calls.0.function.arguments'), '{"days":1}')
  assert.equal(at(compatible.json, 'choices.0.message.content'), '')
})

test('/v1 ignores max_completion_tokens and n, and honours max_tokens', async () => {
  await using upstream = await startOllamaUpstream()
  const url = `${upstream.url}/v1/chat/completions`
  const ignored = await post(url, { ...ask, max_completion_tokens: 3, n: 2 })
  assert.equal(at(ignored.json, 'choices.0.finish_reason'), 'stop')
  assert.equal(at(ignored.json, 'choices.1'), undefined)
  const honoured = await post(url, { ...ask, max_tokens: 3 })
  assert.equal(at(honoured.json, 'usage.completion_tokens'), 3)
})

test('names are found in any case, with latest for a missing tag', async () => {
  await using upstream = await startOllamaUpstream({ models: ['llama3.2'] })
  for (const model of ['llama3.2', 'LLAMA3.2:latest']) {
    assert.equal((await post(`${upstream.url}/api/chat`, { ...ask, model })).json.model, model)
  }
  assert.equal((await post(`${upstream.url}/api/chat`, { ...ask, model: 'llama3.2:8b' })).status, 404)
})

test('an embedding model refuses to chat', async () => {
  await using upstream = await startOllamaUpstream({ models: ['nomic-embed-text'] })
  const reply = await post(`${upstream.url}/api/chat`, { ...ask, model: 'nomic-embed-text' })
  assert.deepEqual([reply.status, reply.json.error], [400, '"nomic-embed-text" does not support chat'])
})

test('a model is loaded by its first request with that context, and unloaded by keep_alive 0', async () => {
  await using upstream = await startOllamaUpstream()
  const loaded = async () => at((await get(`${upstream.url}/api/ps`)).json, 'models')
  await post(`${upstream.url}/api/chat`, { ...ask, options: { num_ctx: 2_048 } })
  assert.equal(at(await loaded(), '0.context_length'), 2_048)
  await post(`${upstream.url}/api/generate`, { model: ask.model, keep_alive: 0 })
  assert.deepEqual(await loaded(), [])
})

test('a remote model says where it ran, in replies, in show and in tags, but not on /v1', async () => {
  const remote = { name: 'gpt-oss:120b-cloud', remoteHost: 'https://ollama.com:443' }
  await using upstream = await startOllamaUpstream({ models: ['llama3.2:8b', remote] })
  const body = { ...ask, model: remote.name }
  const said = { remote_model: 'gpt-oss:120b', remote_host: remote.remoteHost }
  const replies = [
    (await post(`${upstream.url}/api/chat`, body)).json,
    (await post(`${upstream.url}/api/generate`, { ...body, prompt: 'Hi' })).json,
    (await post(`${upstream.url}/api/show`, { model: remote.name })).json,
    at((await get(`${upstream.url}/api/tags`)).json, 'models.1'),
    ...lineJson((await post(`${upstream.url}/api/chat`, { ...body, stream: true })).text),
  ]
  for (const reply of replies) assert.partialDeepStrictEqual(reply, said)
  assert.doesNotMatch((await post(`${upstream.url}/v1/chat/completions`, body)).text, /remote/)
  assert.equal(upstream.journal.requests.filter((request) => request.forwardedTo === remote.remoteHost).length, 4)
})

test('a name with -cloud or :cloud is forwarded and the reply does not say so; the journal does', async () => {
  await using upstream = await startOllamaUpstream({ models: ['llama3.2:8b'] })
  for (const model of ['llama3.2:8b-cloud', 'LLAMA3.2:CLOUD']) {
    const reply = await post(`${upstream.url}/api/chat`, { ...ask, model })
    assert.equal(reply.json.model, model.replace(/[-:]cloud$/i, ''))
    assert.doesNotMatch(reply.text, /remote|cloud/i)
  }
  await post(`${upstream.url}/v1/chat/completions`, { ...ask, MODEL: 'llama3.2:8b-cloud' })
  await post(`${upstream.url}/api/embed`, { model: 'nomic-embed-text:cloud', input: 'a' })
  await post(`${upstream.url}/api/chat`, { ...ask, model: 'llama3.2:8b:local' })
  const hosts = upstream.journal.requests.map((request) => request.forwardedTo)
  const host = 'https://ollama.com:443'
  assert.deepEqual(hosts, [host, host, host, host, undefined])
})

test('with the cloud disabled nothing is forwarded', async () => {
  const remote = { name: 'looks-local', remoteHost: 'https://ollama.com:443' }
  await using upstream = await startOllamaUpstream({ models: ['llama3.2:8b', remote], cloudDisabled: true })
  assert.deepEqual((await get(`${upstream.url}/api/status`)).json, { cloud: { disabled: true, source: 'env' } })
  for (const model of ['llama3.2:8b-cloud', 'looks-local']) {
    for (const path of ['/api/chat', '/v1/chat/completions', '/api/show']) {
      assert.equal((await post(upstream.url + path, { ...ask, model })).status, 403)
    }
  }
  assert.ok(upstream.journal.requests.every((request) => request.forwardedTo === undefined))
})

test('a cloud with a key serves its lists to everybody and its models to those with the key', async () => {
  await using upstream = await startOllamaUpstream({ models: ['gpt-oss:120b'], apiKey: 'secret' })
  const body = { ...ask, model: 'gpt-oss:120b' }
  assert.equal((await get(`${upstream.url}/api/tags`)).status, 200)
  const refused = await post(`${upstream.url}/api/chat`, body)
  assert.deepEqual([refused.status, refused.json], [401, { error: 'unauthorized' }])
  assert.equal((await post(`${upstream.url}/v1/chat/completions`, body)).status, 401)
  const headers = { authorization: 'Bearer secret' }
  assert.equal((await post(`${upstream.url}/api/chat`, body, { headers })).status, 200)
})

test('the server tells that it is there', async () => {
  await using upstream = await startOllamaUpstream()
  assert.equal((await get(upstream.url)).text, 'Ollama is running')
  assert.equal((await get(upstream.url, { method: 'HEAD' })).status, 200)
})
