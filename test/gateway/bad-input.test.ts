// Proves that every bad request gets a 4xx that names the field and helps, and never the prompt back.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startOllamaUpstream, startOpenAIUpstream } from '../../src/testing/index.ts'
import { localOllama, openAIProvider, startGateway } from '../make/gateway.ts'
import { post, type Reply, send } from './http-client.ts'

const CANARY = 'canary-7f3a9'
const openai = await startOpenAIUpstream()
const ollama = await startOllamaUpstream()
const providers = { local: localOllama(ollama), openai: openAIProvider(openai) }
const gateway = await startGateway({ providers, server: { max_body_bytes: 65_536 } })
const chat = `${gateway.url}/v1/chat/completions`
const nativeChat = `${gateway.url}/api/chat`
const messages = [{ role: 'user', content: `Keep ${CANARY} to yourself` }]
const good = { model: 'auto', messages }

after(async () => {
  await gateway.close()
  await Promise.all([openai.close(), ollama.close()])
})

/** The refusal holds what a client needs and nothing of the request or of our code. */
function assertRefused(reply: Reply, status: number, code: string, param: string | null): void {
  assert.equal(reply.status, status, reply.text)
  assert.equal(reply.headers['content-type'], 'application/json')
  const { message, ...rest } = reply.error
  assert.equal(rest.code, code, reply.text)
  assert.equal(rest.param, param, reply.text)
  assert.equal(rest.source, 'gateway')
  assert.equal(rest.request_id, reply.headers['x-aegis-request-id'])
  assert.match(String(message), /^[\w`].*\.$/s, 'a sentence')
  assert.doesNotMatch(reply.text, /canary|\.ts\b|node:|Unexpected|undefined|\[object/i)
}

test('a good request is good', async () => {
  assert.equal((await post(chat, good)).status, 200)
  assert.equal((await post(nativeChat, { ...good, stream: false })).status, 200)
})

const notJson: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
  ['an empty body', '', /empty/],
  ['white space', ' \n\t', /not valid JSON: it ends too early/],
  ['a word', CANARY, /not valid JSON\.$/],
  ['half an object', `{"model":"auto","messages":[{"content":"${CANARY}`, /at line 1, column \d+/],
  ['a comma too many', `{"model":"${CANARY}",\n}`, /at line 2, column 1\./],
  ['a bare line feed in a string', `{"model":"auto",\n "x":"${CANARY}\n"}`, /at line 2, column 19\./],
  ['a NUL in a string', `{"model":"${CANARY}\0"}`, /at line 1, column 23\./],
  ['a false place in the text', `"${CANARY}" at position 3`, /at line 1, column 16\./],
  ['a quoted false place', `x at position 3`, /not valid JSON\.$/],
  ['two objects', `{"model":"auto"}{"x":"${CANARY}"}`, /at line 1, column 17/],
  ['a byte order mark', `\ufeff${JSON.stringify(good)}`, /not valid JSON/],
  ['UTF-16', Buffer.from(JSON.stringify(good), 'utf16le'), /not valid JSON/],
  ['UTF-16 with its mark', Buffer.from(`\ufeff${JSON.stringify(good)}`, 'utf16le'), /not valid UTF-8/],
  ['Latin-1', Buffer.from(`{"model":"caf\u00e9 ${CANARY}"}`, 'latin1'), /not valid UTF-8/],
  ['an encoded surrogate', Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d]), /not valid UTF-8/],
  ['an over-long encoding', Buffer.from([0x22, 0xc0, 0x80, 0x22]), /not valid UTF-8/],
  ['a form', `model=auto&prompt=${CANARY}`, /not valid JSON/],
  ['a list', `[${JSON.stringify(good)}]`, /must be a JSON object/],
  ['a text', `"${CANARY}"`, /must be a JSON object/],
  ['null', 'null', /must be a JSON object/],
  ['a hundred thousand brackets', '['.repeat(30_000) + ']'.repeat(30_000), /must be a JSON object/],
  ['deep nesting', `{"messages":${'['.repeat(200)}"${CANARY}"${']'.repeat(200)}}`, /deeper than 128 levels/],
  ['very deep nesting', `{"x":${'{"y":'.repeat(9_000)}1${'}'.repeat(9_000)}}`, /deeper than 128 levels/],
]
for (const [what, body, message] of notJson) {
  test(`${what} is refused with the place and without a quote`, async () => {
    for (const url of [chat, `${gateway.url}/v1/explain`]) {
      const reply = await post(url, body)
      assertRefused(reply, 400, 'invalid_request', null)
      assert.match(String(reply.error.message), message)
    }
    const native = await post(nativeChat, body)
    assert.equal(native.status, 400)
    assert.match(String(native.json.error), message, 'Ollama has the sentence itself as its error')
    assert.doesNotMatch(native.text, /canary/i)
  })
}

const duplicates: readonly (readonly [string, string])[] = [
  [`{"model":"auto","model":"gpt-4o","messages":[]}`, 'model'],
  [`{"model":"auto","m\\u006fdel":"gpt-4o","messages":[]}`, 'model'],
  [`{"aegis":{"data_classification":"pii","data_classification":"public"}}`, 'aegis.data_classification'],
  [
    `{"messages":[{"role":"user","content":"a"},{"role":"user","content":"${CANARY}","content":"b"}]}`,
    'messages[1].content',
  ],
  [`{"tools":[{"function":{"parameters":{"type":"object","type":"array"}}}]}`, 'tools[0].function.parameters.type'],
  [`{"a":[[],[{"b":{"c":1,"d":[],"c":2}}]]}`, 'a[1][0].b.c'],
]
for (const [body, path] of duplicates) {
  test(`a key that stands twice is refused by its path, ${path}`, async () => {
    assertRefused(await post(chat, body), 400, 'invalid_request', path)
  })
}

const wrongTypes: readonly (readonly [string, object, string?])[] = [
  ['model', { model: 5 }],
  ['model', { model: null }],
  ['model', { model: '' }],
  ['model', { model: [CANARY] }],
  ['messages', { messages: undefined }],
  ['messages', { messages: [] }],
  ['messages', { messages: CANARY }],
  ['messages', { messages: { role: 'user' } }],
  ['messages[0]', { messages: [CANARY] }],
  ['messages[0]', { messages: [null] }],
  ['messages[1]', { messages: [...messages, [messages]] }],
  ['messages[0].role', { messages: [{ content: CANARY }] }],
  ['messages[0].role', { messages: [{ role: 'User', content: CANARY }] }],
  ['messages[0].role', { messages: [{ role: CANARY, content: '' }] }],
  ['messages[0].content', { messages: [{ role: 'user' }] }],
  ['messages[0].content', { messages: [{ role: 'user', content: { text: CANARY } }] }],
  ['messages[0].content[1]', { messages: [{ role: 'user', content: [{ type: 'text', text: 'a' }, CANARY] }] }],
  ['messages[0].content[0]', { messages: [{ role: 'user', content: [{ text: CANARY }] }] }],
  ['temperature', { temperature: '1' }],
  ['temperature', { temperature: 2.1 }],
  ['top_p', { top_p: -0.1 }],
  ['max_tokens', { max_tokens: 0 }],
  ['max_tokens', { max_tokens: 1.5 }],
  ['max_completion_tokens', { max_completion_tokens: 1e300 }],
  ['n', { n: 129 }],
  ['presence_penalty', { presence_penalty: 3 }],
  ['frequency_penalty', { frequency_penalty: {} }],
  ['stream', { stream: 'true' }],
  ['stream', { stream: 1 }],
  ['stream_options', { stream: true, stream_options: true }],
  ['response_format', { response_format: 'json' }],
  ['tools', { tools: {} }],
  ['tools', { tools: [CANARY] }],
  ['logprobs', { logprobs: 3 }],
  ['top_logprobs', { top_logprobs: 21 }],
]
for (const [param, change] of wrongTypes) {
  const shown = JSON.stringify(change, (_, value: unknown) => (value === undefined ? 'absent' : value))
  test(`${param} is named when it is wrong: ${shown.slice(0, 70).replaceAll(CANARY, '…')}`, async () => {
    assertRefused(await post(chat, { ...good, ...change }), 400, 'invalid_request', param)
  })
}

const wrongForOllama: readonly (readonly [string, object])[] = [
  ['messages', { messages: [] }],
  ['messages[0].content', { messages: [{ role: 'user', content: { text: CANARY } }] }],
  ['messages[0].images[0]', { messages: [{ role: 'user', content: '', images: [{ data: CANARY }] }] }],
  [
    'messages[0].tool_calls[0].function.name',
    { messages: [{ role: 'assistant', tool_calls: [{ function: { name: { toString: CANARY } } }] }] },
  ],
  ['options', { options: [CANARY] }],
  ['options.temperature', { options: { temperature: 'hot' } }],
  ['options.num_predict', { options: { num_predict: '10' } }],
  ['options.num_predict', { options: { num_predict: 1e12 } }],
  ['format', { format: 'yaml' }],
  ['format', { format: 5 }],
  ['stream', { stream: 'no' }],
  ['tools', { tools: CANARY }],
  ['logprobs', { logprobs: 'yes' }],
]
for (const [param, change] of wrongForOllama) {
  test(`/api/chat names ${param} as Ollama's clients know it: ${JSON.stringify(change).slice(0, 50)}`, async () => {
    const { status, json, text } = await post(nativeChat, { ...good, stream: false, ...change })
    assert.equal(status, 400, text)
    assert.equal(json.param, param)
    assert.ok(String(json.error).startsWith(`${param} `), text)
    assert.doesNotMatch(text, /canary/i)
  })
}

const wrongFields = ['MESSAGES', 'Model', 'aeGIS', 'max_Tokens'] as const
for (const field of wrongFields) {
  test(`${field} is refused, because a server that ignores case would obey it`, async () => {
    assertRefused(await post(chat, { ...good, [field]: 1 }), 400, 'invalid_request', field.toLowerCase())
  })
}

test('an unknown model is a 404 that lists what there is', async () => {
  for (const model of [
    'gpt-99',
    CANARY,
    'local',
    'local/',
    '/llama',
    'Auto',
    'openai ',
    'aegis/',
    '__proto__',
    '\ud800',
    '😀'.repeat(500),
  ]) {
    const reply = await post(chat, { ...good, model })
    assertRefused(reply, 404, 'unknown_model', 'model')
    assert.match(String(reply.error.message), /"auto".*local\/llama3\.2:8b, openai\/gpt-4o/)
  }
})

test('a body over the cap is a 413, announced or not, and the answer can be read', async () => {
  const body = Buffer.from(JSON.stringify({ ...good, padding: CANARY.repeat(100_000) }))
  const announced = await post(chat, body)
  const chunks = Array.from({ length: Math.ceil(body.length / 4096) }, (_, at) =>
    body.subarray(at * 4096, at * 4096 + 4096),
  )
  const chunked = await send(chat, { method: 'POST', chunks })
  for (const reply of [announced, chunked]) {
    assertRefused(reply, 413, 'body_too_large', null)
    assert.equal(reply.error.max_body_bytes, 65_536)
    assert.match(String(reply.error.message), /server\.max_body_bytes/)
    assert.equal(reply.headers.connection, 'close')
  }
})

test('a body of exactly the cap is taken, and one byte more is not', async () => {
  const padded = (bytes: number) => JSON.stringify(good).padEnd(bytes, ' ')
  assert.equal((await post(chat, padded(65_536))).status, 200)
  assert.equal((await post(chat, padded(65_537))).status, 413)
  assert.equal((await send(chat, { method: 'POST', chunks: [padded(65_536)] })).status, 200)
  assert.equal((await send(chat, { method: 'POST', chunks: [padded(65_536), ' '] })).status, 413)
})

test('a compressed body is refused by its header', async () => {
  for (const encoding of ['gzip', 'br', 'deflate, gzip', 'GZIP']) {
    const reply = await post(chat, good, { 'content-encoding': encoding })
    assertRefused(reply, 400, 'invalid_request', 'content-encoding')
  }
  assert.equal((await post(chat, good, { 'content-encoding': 'identity' })).status, 200)
})

test('what is odd but valid is answered', async () => {
  const oddities: readonly object[] = [
    { messages: [{ role: 'user', content: 'lone \ud800 surrogate, NUL \0, bell \x07' }] },
    { messages: [{ role: 'user', content: '' }] },
    { messages: [{ role: 'user', content: [] }] },
    { messages: [{ role: 'assistant', content: null }] },
    { messages: [{ role: 'user', content: 'x'.repeat(50_000) }] },
    { temperature: null, stop: null, tools: null, stream: null, response_format: null },
    { tools: [] },
  ]
  for (const model of ['gpt-4o', 'llama3.2:8b']) {
    for (const oddity of oddities) {
      const reply = await post(chat, { ...good, ...oddity, model })
      assert.equal(reply.status, 200, `${model} ${JSON.stringify(oddity).slice(0, 80)}: ${reply.text}`)
    }
  }
  assert.equal((await post(chat, JSON.stringify(good, null, 3).replaceAll('\n', '\r\n'))).status, 200)
  assert.equal((await post(chat, good, { 'content-type': 'text/plain' })).status, 200)
})

test('no refusal was logged as a fault, and no log line has a word of a request', () => {
  assert.deepEqual(gateway.log, [])
  assert.doesNotMatch(JSON.stringify([gateway.log, gateway.aegis.gateway.systemStatus()]), /canary/i)
})
