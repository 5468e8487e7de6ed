// Proves that OpenAI's own client, unmodified, gets from the gateway what OpenAI would give it, whatever wire answers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zodResponseFormat } from 'openai/helpers/zod'
import { z } from 'zod'
import { startOllamaUpstream, startOpenAIUpstream } from '../../src/testing/index.ts'
import { at, post } from '../../src/testing/raw-http.ts'
import { localOllama, openAIProvider, startGateway } from '../make/gateway.ts'
import { ask, costOf, declaredPublic, messages, openAIClient } from './openai-client.ts'
import { startWire, testEachWire } from './wires.ts'

testEachWire('a chat is answered with text, model, usage and cost', async ({ gateway, model }) => {
  const reply = await openAIClient(gateway).chat.completions.create(ask)
  assert.equal(reply.object, 'chat.completion')
  assert.equal(reply.model, model)
  assert.match(reply.choices[0]?.message.content ?? '', /You asked about 5 words/)
  assert.equal(reply.choices[0]?.message.role, 'assistant')
  assert.equal(reply.choices[0]?.finish_reason, 'stop')
  assert.equal(reply.usage?.prompt_tokens, 5)
  assert.equal(reply.usage?.total_tokens, 5 + (reply.usage?.completion_tokens ?? 0))
  assert.equal(typeof costOf(reply.usage), 'number')
  assert.ok(Math.abs(reply.created - Date.now() / 1000) < 3600, 'created is in seconds')
})

testEachWire('the headers say who answered, why and for how much', async ({ gateway, name, model }) => {
  const client = openAIClient(gateway)
  const { data, response, request_id: requestId } = await client.chat.completions.create(ask).withResponse()
  const header = (part: string) => response.headers.get(`x-aegis-${part}`)
  assert.equal(header('provider'), name)
  assert.equal(header('model'), model)
  assert.equal(header('location'), name === 'openai' ? 'cloud' : 'local')
  assert.equal(header('reason'), 'default_local')
  assert.equal(header('classification'), 'internal')
  assert.equal(header('attempts'), '1')
  assert.equal(Number(header('cost-usd')), costOf(data.usage))
  assert.match(header('request-id') ?? '', /^req_[0-9a-f]{32}$/)
  assert.equal(requestId, header('request-id'))
})

testEachWire('system and developer messages arrive in their order', async ({ gateway, name, lastSent }) => {
  await openAIClient(gateway).chat.completions.create({
    ...ask,
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'developer', content: 'Answer in German.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'First part.' },
          { type: 'text', text: 'Second part.' },
        ],
      },
      { role: 'assistant', content: 'Ja?' },
      ...messages,
    ],
  })
  const sent = lastSent().messages as readonly { role: string; content: unknown }[]
  const roles = name === 'openai' ? ['system', 'developer'] : ['system', 'system']
  assert.deepEqual(
    sent.map(({ role }) => role),
    [...roles, 'user', 'assistant', 'user'],
  )
  assert.equal(sent[1]?.content, 'Answer in German.')
  if (name === 'ollama') assert.equal(sent[2]?.content, 'First part.\nSecond part.')
})

testEachWire('sampling settings and stop sequences reach the model under its own names', async (wire) => {
  const settings = { temperature: 0.25, top_p: 0.5, seed: 7, presence_penalty: 0.5, frequency_penalty: -0.5 }
  const stop = [' asked', ' never']
  const reply = await openAIClient(wire.gateway).chat.completions.create({ ...ask, ...settings, stop })
  assert.match(reply.choices[0]?.message.content ?? '', /You$/, 'the text ends where the stop sequence begins')
  assert.equal(reply.choices[0]?.finish_reason, 'stop')
  const sent = wire.lastSent()
  const place = wire.name === 'openai' ? sent : (sent.options as object)
  assert.deepEqual({ ...place, ...settings, stop }, place)
})

for (const member of ['max_tokens', 'max_completion_tokens'] as const) {
  testEachWire(`${member} cuts the answer, and the finish reason says so`, async ({ gateway, name, lastSent }) => {
    const reply = await openAIClient(gateway).chat.completions.create({ ...ask, [member]: 3 })
    assert.equal(reply.choices[0]?.finish_reason, 'length')
    assert.equal(reply.usage?.completion_tokens, 3)
    assert.equal(at(lastSent(), name === 'openai' ? member : 'options.num_predict'), 3)
  })
}

testEachWire('a JSON schema is kept by the answer, and the client parses it', async ({ gateway, name, lastSent }) => {
  const client = openAIClient(gateway)
  const schema = { type: 'object', properties: { city: { type: 'string' }, warm: { type: 'boolean' } } }
  const json_schema = { name: 'weather', strict: true, schema }
  const plain = await client.chat.completions.parse({ ...ask, response_format: { type: 'json_schema', json_schema } })
  assert.deepEqual(plain.choices[0]?.message.parsed, { city: 'simulated', warm: true })
  assert.deepEqual(at(lastSent(), name === 'openai' ? 'response_format.json_schema.schema' : 'format'), schema)

  const shape = z.object({ city: z.string(), days: z.array(z.object({ high: z.number() })) })
  const parsed = await client.chat.completions.parse({ ...ask, response_format: zodResponseFormat(shape, 'forecast') })
  assert.equal(parsed.choices[0]?.message.parsed?.city, 'simulated')
  assert.equal(typeof parsed.choices[0]?.message.parsed?.days[0]?.high, 'number')
})

testEachWire('a JSON object is answered with one', async ({ gateway, name, lastSent }) => {
  const reply = await openAIClient(gateway).chat.completions.create({
    ...ask,
    response_format: { type: 'json_object' },
  })
  assert.equal(typeof JSON.parse(reply.choices[0]?.message.content ?? ''), 'object')
  assert.deepEqual(
    at(lastSent(), name === 'openai' ? 'response_format.type' : 'format'),
    name === 'openai' ? 'json_object' : 'json',
  )
})

test('several choices come from the OpenAI wire, and are refused by name where no provider can give them', async () => {
  await using openai = await startWire('openai')
  const reply = await openAIClient(openai.gateway).chat.completions.create({ ...ask, n: 3 })
  assert.deepEqual(
    reply.choices.map(({ index }) => index),
    [0, 1, 2],
  )
  await using ollama = await startWire('ollama')
  await assert.rejects(openAIClient(ollama.gateway).chat.completions.create({ ...ask, n: 3 }), {
    status: 400,
    code: 'invalid_request',
    message: /more than one choice \(n\)/,
  })
  assert.equal(ollama.upstream.journal.requests.length, 0)
})

test('several choices go to the provider that can give them when the first cannot', async () => {
  await using ollama = await startOllamaUpstream()
  await using openai = await startOpenAIUpstream()
  await using gateway = await startGateway({
    providers: { local: localOllama(ollama), openai: openAIProvider(openai) },
  })
  const { data, response } = await openAIClient(gateway)
    .chat.completions.create({ ...ask, n: 2 })
    .withResponse()
  assert.equal(data.choices.length, 2)
  assert.equal(response.headers.get('x-aegis-provider'), 'openai')
  assert.equal(response.headers.get('x-aegis-attempts'), '2')
})

testEachWire('an image as a data URL reaches a model that sees', async ({ gateway, name, lastSent }) => {
  const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
  const url = `data:image/png;base64,${pixel}`
  const content = [
    { type: 'text' as const, text: 'What is this?' },
    { type: 'image_url' as const, image_url: { url, detail: 'low' as const } },
  ]
  const model = name === 'openai' ? 'gpt-4o' : 'llava:13b'
  const asked = { model, messages: [{ role: 'user' as const, content }] }
  const reply = await openAIClient(gateway).chat.completions.create(asked, declaredPublic)
  assert.equal(reply.model, model)
  if (name === 'openai') assert.deepEqual(at(lastSent(), 'messages.0.content'), content)
  else assert.deepEqual(at(lastSent(), 'messages.0'), { role: 'user', content: 'What is this?', images: [pixel] })
})

test('an image by URL is refused on the Ollama wire, since nothing is fetched on behalf of a request', async () => {
  await using wire = await startWire('ollama')
  const content = [{ type: 'image_url' as const, image_url: { url: `${wire.upstream.url}/secret.png` } }]
  const asked = openAIClient(wire.gateway).chat.completions.create({ ...ask, messages: [{ role: 'user', content }] })
  await assert.rejects(asked, { status: 400, message: /data: URLs/ })
  assert.equal(wire.upstream.journal.requests.length, 0)
})

testEachWire('reasoning is shown, and its effort can be chosen', async ({ gateway, name, upstream, lastSent }) => {
  upstream.next({ thinking: 'Let me think.', text: 'Because.' })
  const model = name === 'openai' ? 'gpt-4o' : 'qwen3:8b'
  const reply = await openAIClient(gateway).chat.completions.create({ model, messages, reasoning_effort: 'low' })
  const message: object = reply.choices[0]?.message ?? {}
  assert.deepEqual({ ...message, reasoning_content: 'Let me think.', content: 'Because.' }, message)
  assert.equal(at(lastSent(), name === 'openai' ? 'reasoning_effort' : 'think'), 'low')
})

testEachWire('the model list has every name that can be asked for, and each can be retrieved', async (wire) => {
  const client = openAIClient(wire.gateway)
  const ids = (await client.models.list()).data.map(({ id }) => id)
  for (const id of ['auto', 'auto:local', 'auto:cloud', wire.model, `${wire.name}/${wire.model}`]) {
    assert.ok(ids.includes(id), `${id} is listed`)
    assert.equal((await client.models.retrieve(id)).id, id)
  }
  for (const model of [wire.model, `${wire.name}/${wire.model}`, `${wire.name}:${wire.model}`, 'aegis/auto']) {
    const reply = await client.chat.completions.create({ model, messages })
    assert.equal(reply.model, wire.model, `${model} is answered`)
  }
  await assert.rejects(client.models.retrieve('nobody-has-this'), { status: 404, code: 'unknown_model' })
})

testEachWire('the key and the headers of a client never reach the provider', async ({ gateway, upstream }) => {
  const headers = { cookie: 'CANARY-1', 'openai-organization': 'CANARY-2', baggage: 'CANARY-3' }
  await openAIClient(gateway, 'CANARY-4').chat.completions.create(ask, { headers })
  assert.doesNotMatch(upstream.journal.allBytes().toString('latin1'), /CANARY|stainless/i)
})

test('members that Aegis does not know arrive at an OpenAI wire untouched, and no others are added', async () => {
  await using wire = await startWire('openai')
  const vendor = { vendor_extension: { nested: [1, null, { deep: true }] }, top_k: 40, store: false, safety: null }
  const extended = { ...ask, model: 'gpt-4o', ...vendor, tool_choice: 'none' as const, service_tier: 'flex' as const }
  await openAIClient(wire.gateway).chat.completions.create(extended)
  assert.deepEqual(wire.lastSent(), extended)
})

test('a request that needs no change arrives at an OpenAI wire byte for byte', async () => {
  await using wire = await startWire('openai')
  const odd =
    '{ "messages" : [\n\t{"role":"user","content":"caf\\u00e9 \\ud83d\\ude00 \\/ 日本"} ] ,"big":12345678901234567890123,' +
    ' "exact":1.10, "huge":1e400,"model":"gpt-4o" ,"x-vendor":{"b":1,"a":-0.0}\r\n}'
  const reply = await post(`${wire.gateway.url}/v1/chat/completions`, odd)
  assert.equal(reply.status, 200)
  assert.equal(wire.upstream.journal.requests.at(-1)?.rawBody.toString('utf8'), odd)

  const routed = odd.replace('"gpt-4o"', '"auto"').replace('{ "messages"', '{"aegis":{"complexity":"low"},"messages"')
  assert.equal((await post(`${wire.gateway.url}/v1/chat/completions`, routed)).status, 200)
  const sent = wire.upstream.journal.requests.at(-1)?.rawBody.toString('utf8') ?? ''
  assert.equal(sent, odd.replace('{ "messages"', '{"messages"'), 'only the model and the hints were changed')
})

test('a body of eight megabytes is carried', async () => {
  await using wire = await startWire('openai')
  // An image: eight megabytes of text would fit into no window.
  const url = `data:image/png;base64,${'iVBORw0KGgoA'.repeat(700_000)}`
  const content = [{ type: 'image_url' as const, image_url: { url } }]
  const asked = { ...ask, messages: [{ role: 'user' as const, content }] }
  const reply = await openAIClient(wire.gateway).chat.completions.create(asked, declaredPublic)
  assert.equal(reply.object, 'chat.completion')
  assert.equal(at(wire.lastSent(), 'messages.0.content.0.image_url.url'), url)
})
