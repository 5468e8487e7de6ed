// Proves that Ollama's own client, unmodified, gets from the gateway what an Ollama would give it, whatever wire answers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ChatResponse, Ollama, type Tool } from 'ollama'
import { startOllamaUpstream, startOpenAIUpstream } from '../../src/testing/index.ts'
import { at, get } from '../../src/testing/raw-http.ts'
import { localOllama, openAIProvider, type RunningGateway, startGateway } from '../make/gateway.ts'
import { endless, patienceMs, testEachWire } from './wires.ts'

const messages = [{ role: 'user', content: 'Why is the sky blue?' }]
const ask = { model: 'auto', messages }
const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const tools: Tool[] = [{ type: 'function', function: { name: 'get_weather', description: 'Weather', parameters } }]
const twoCalls = {
  toolCalls: [
    { name: 'get_weather', arguments: { city: 'Bern' } },
    { name: 'get_weather', arguments: { city: 'Zürich "Stadt"' } },
  ],
}

function ollamaClient(gateway: RunningGateway, headers: Record<string, string> = {}): Ollama {
  return new Ollama({ host: gateway.url, headers })
}

async function linesOf(stream: AsyncIterable<ChatResponse>): Promise<ChatResponse[]> {
  const lines: ChatResponse[] = []
  for await (const line of stream) lines.push(line)
  return lines
}

function textOf(lines: readonly ChatResponse[]): string {
  return lines.map((line) => line.message.content).join('')
}

testEachWire('a chat is answered whole, with counts and durations', async ({ gateway, model }) => {
  const reply = await ollamaClient(gateway).chat(ask)
  assert.equal(reply.model, model)
  assert.match(reply.message.content, /You asked about 5 words/)
  assert.equal(reply.message.role, 'assistant')
  assert.deepEqual([reply.done, reply.done_reason], [true, 'stop'])
  assert.equal(reply.prompt_eval_count, 5)
  assert.ok(reply.eval_count > 0)
  assert.ok(reply.total_duration >= 0)
  assert.ok(!Number.isNaN(new Date(reply.created_at).getTime()))
})

testEachWire('a stream gives lines, then one line that is done, with counts', async ({ gateway, model, upstream }) => {
  upstream.next({ chunks: ['The ', 'sky ', 'is ', 'blue.'] })
  const lines = await linesOf(await ollamaClient(gateway).chat({ ...ask, stream: true }))
  assert.deepEqual(
    lines.map((line) => line.message.content),
    ['The ', 'sky ', 'is ', 'blue.', ''],
  )
  assert.deepEqual(
    lines.map((line) => line.done),
    [false, false, false, false, true],
  )
  const last = lines.at(-1)
  assert.equal(last?.done_reason, 'stop')
  assert.equal(last?.prompt_eval_count, 5)
  assert.ok((last?.eval_count ?? 0) > 0)
  assert.ok(lines.every((line) => line.model === model && line.message.role === 'assistant'))
})

for (const stream of [false, true]) {
  testEachWire(`num_predict ends the answer with the reason length${stream ? ', streaming' : ''}`, async (wire) => {
    const client = ollamaClient(wire.gateway)
    const limited = { ...ask, options: { num_predict: 3 } }
    const last = stream
      ? (await linesOf(await client.chat({ ...limited, stream }))).at(-1)
      : await client.chat({ ...limited, stream })
    assert.equal(last?.done_reason, 'length')
    assert.equal(last?.eval_count, 3)
    assert.equal(at(wire.lastSent(), wire.name === 'openai' ? 'max_tokens' : 'options.num_predict'), 3)
  })
}

testEachWire('tools are called with arguments as objects', async ({ gateway, lastSent }) => {
  const reply = await ollamaClient(gateway).chat({ ...ask, tools })
  const [call] = reply.message.tool_calls ?? []
  assert.deepEqual(call?.function.arguments, { city: 'simulated' })
  assert.equal(call?.function.name, 'get_weather')
  assert.equal(reply.done_reason, 'stop', 'Ollama has no reason of its own for tool calls')
  assert.deepEqual(lastSent().tools, tools)
})

for (const stream of [false, true]) {
  testEachWire(`parallel tool calls arrive whole${stream ? ', streaming' : ''}`, async ({ gateway, upstream }) => {
    upstream.next(twoCalls)
    const client = ollamaClient(gateway)
    const replies = stream
      ? await linesOf(await client.chat({ ...ask, tools, stream }))
      : [await client.chat({ ...ask, tools, stream })]
    const calls = replies.flatMap((reply) => reply.message.tool_calls ?? [])
    assert.deepEqual(
      calls.map((call) => [call.function.name, call.function.arguments]),
      twoCalls.toolCalls.map((call) => [call.name, call.arguments]),
    )
  })
}

testEachWire(
  'the result of a tool goes back to the model with its call',
  async ({ gateway, name, upstream, lastSent }) => {
    const client = ollamaClient(gateway)
    upstream.next(twoCalls, { text: 'Sunny in both.' })
    const { message } = await client.chat({ ...ask, tools })
    const results = [
      { role: 'tool', tool_name: 'get_weather', content: '20 degrees' },
      { role: 'tool', tool_name: 'get_weather', content: '25 degrees' },
    ]
    const reply = await client.chat({ ...ask, tools, messages: [...messages, message, ...results] })
    assert.equal(reply.message.content, 'Sunny in both.')
    const sent = lastSent()
    if (name === 'ollama') {
      assert.deepEqual(at(sent, 'messages.1.tool_calls.1.function.arguments'), { city: 'Zürich "Stadt"' })
      assert.equal(at(sent, 'messages.2.tool_name'), 'get_weather')
    } else {
      const ids = [at(sent, 'messages.1.tool_calls.0.id'), at(sent, 'messages.1.tool_calls.1.id')]
      assert.equal(new Set(ids).size, 2)
      const answered = [at(sent, 'messages.2.tool_call_id'), at(sent, 'messages.3.tool_call_id')]
      assert.deepEqual(answered, ids, 'each result answers its own call')
      assert.equal(at(sent, 'messages.1.tool_calls.1.function.arguments'), '{"city":"Zürich \\"Stadt\\""}')
    }
  },
)

testEachWire('a JSON schema as format is kept by the answer', async ({ gateway, name, lastSent }) => {
  const format = { type: 'object', properties: { city: { type: 'string' }, warm: { type: 'boolean' } } }
  const reply = await ollamaClient(gateway).chat({ ...ask, format })
  assert.deepEqual(JSON.parse(reply.message.content), { city: 'simulated', warm: true })
  assert.deepEqual(at(lastSent(), name === 'openai' ? 'response_format.json_schema.schema' : 'format'), format)
  const loose = await ollamaClient(gateway).chat({ ...ask, format: 'json' })
  assert.equal(typeof JSON.parse(loose.message.content), 'object')
})

for (const stream of [false, true]) {
  testEachWire(`thinking is shown beside the text${stream ? ', streaming' : ''}`, async (wire) => {
    wire.upstream.next({ thinking: 'Hm, well.', text: 'Blue.' })
    const model = wire.name === 'openai' ? 'gpt-4o' : 'qwen3:8b'
    const client = ollamaClient(wire.gateway)
    const thought = { model, messages, think: 'high' as const }
    const replies = stream
      ? await linesOf(await client.chat({ ...thought, stream }))
      : [await client.chat({ ...thought, stream })]
    assert.equal(replies.map((reply) => reply.message.thinking ?? '').join(''), 'Hm, well.')
    assert.equal(textOf(replies), 'Blue.')
    assert.equal(wire.lastSent().think, wire.name === 'openai' ? undefined : 'high')
  })
}

testEachWire('images reach a model that sees', async ({ gateway, name, lastSent }) => {
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ', 'base64')
  const jpeg = Buffer.from('/9j/4AAQSkZJRgABAQEAYABgAAD/2wBD', 'base64')
  const model = name === 'openai' ? 'gpt-4o' : 'llava:13b'
  const shown = [{ role: 'user', content: 'What is this?', images: [png, jpeg] }]
  // Nobody can read an image, so without a word of the caller's it would stay at home.
  const client = ollamaClient(gateway, { 'x-aegis-data-classification': 'public' })
  assert.equal((await client.chat({ model, messages: shown })).model, model)
  const [first, second] = [png.toString('base64'), jpeg.toString('base64')]
  if (name === 'ollama') {
    assert.deepEqual(at(lastSent(), 'messages.0.images'), [first, second])
  } else {
    assert.equal(at(lastSent(), 'messages.0.content.0.text'), 'What is this?')
    assert.equal(at(lastSent(), 'messages.0.content.1.image_url.url'), `data:image/png;base64,${first}`)
    assert.equal(at(lastSent(), 'messages.0.content.2.image_url.url'), `data:image/jpeg;base64,${second}`)
  }
})

testEachWire("options that both wires have reach either; Ollama's own reach an Ollama only", async (wire) => {
  const shared = { temperature: 0.25, top_p: 0.5, seed: 7, stop: [' asked'], presence_penalty: 0.5 }
  const own = { top_k: 20, min_p: 0.1, repeat_penalty: 1.5, mirostat: 2, num_gpu: 3, penalize_newline: false }
  const options = { ...shared, ...own, num_ctx: 1_000_000 }
  const reply = await ollamaClient(wire.gateway).chat({ ...ask, options, keep_alive: '7m' })
  assert.match(reply.message.content, /You$/, 'the stop sequence was kept')
  const sent = wire.lastSent()
  if (wire.name === 'ollama') {
    const arrived = sent.options as object
    assert.deepEqual({ ...arrived, ...shared, ...own }, arrived)
    assert.equal(sent.keep_alive, '7m')
    assert.equal(sent.truncate, false)
    assert.ok(Number(at(sent, 'options.num_ctx')) < 1_000_000, 'the window is for the gateway to choose')
  } else {
    assert.deepEqual(sent, { model: 'gpt-4o', messages, stream: false, ...shared })
  }
})

testEachWire('the version and the models are listed as Ollama lists them', async ({ gateway, model }) => {
  const { models } = await ollamaClient(gateway).list()
  const names = models.map(({ name }) => name)
  assert.equal(names[0], 'auto')
  assert.ok(names.includes(model))
  for (const one of models) {
    assert.equal(one.model, one.name)
    assert.ok(Array.isArray(one.details.families))
    assert.ok(!Number.isNaN(new Date(one.modified_at).getTime()))
  }
  assert.match((await ollamaClient(gateway).version()).version, /^\d+\.\d+\.\d+$/)
  assert.equal((await get(`${gateway.url}/api/version`)).headers['content-type'], 'application/json')
})

testEachWire('an abort in mid-stream closes the connection to the provider', async ({ gateway, upstream }) => {
  upstream.next(endless)
  const stream = await ollamaClient(gateway).chat({ ...ask, stream: true })
  let seen = 0
  const read = async () => {
    for await (const _ of stream) {
      seen += 1
      if (seen === 5) stream.abort()
    }
  }
  await assert.rejects(read(), { name: 'AbortError' })
  const left = await upstream.journal.waitFor(({ ended }) => ended !== 'open', patienceMs)
  assert.equal(left.ended, 'client_closed')
})

testEachWire('an error is a ResponseError with a sentence and a status', async ({ gateway, upstream, name, model }) => {
  const client = ollamaClient(gateway)
  const failing = (status_code: number, message: RegExp) => ({ name: 'ResponseError', status_code, message })
  await assert.rejects(client.chat({ ...ask, messages: [] }), failing(400, /^messages must not be empty/))
  await assert.rejects(client.chat({ ...ask, model: 'nobody-has-this' }), failing(404, new RegExp(`${name}/${model}`)))
  upstream.next({ status: 500 }, { status: 429 }, { disconnectAfter: -1 }, { disconnectAfter: -1 })
  await assert.rejects(client.chat(ask), failing(502, /failed \(HTTP 500\)/))
  await assert.rejects(client.chat({ ...ask, stream: true }), failing(429, /too many requests/))
  await assert.rejects(client.chat(ask), failing(502, /could not be reached/))
  const words = 'this model does not support tools'
  const errorBody = name === 'openai' ? { error: { message: words, type: 'x' } } : { error: words }
  upstream.next({ status: 400, errorBody })
  await assert.rejects(client.chat(ask), failing(400, new RegExp(`^${words}$`)))
})

testEachWire('a stream that breaks off throws after the text that came before', async ({ gateway, upstream }) => {
  for (const fault of [{ disconnectAfter: 3 }, { truncateAfter: 3 }, { inBandErrorAfter: 3 }]) {
    upstream.next({ chunks: ['One ', 'two ', 'three ', 'four'], ...fault })
    const lines: ChatResponse[] = []
    const read = async () => {
      for await (const line of await ollamaClient(gateway).chat({ ...ask, stream: true })) lines.push(line)
    }
    await assert.rejects(read(), /openai|ollama/)
    assert.match(textOf(lines), /^One two/)
    assert.ok(lines.every((line) => !line.done))
  }
})

test('a master key is asked for, in the header that the client is given', async () => {
  await using upstream = await startOllamaUpstream()
  const auth = { master_key: 'sk-aegis-right-key' }
  await using gateway = await startGateway({ providers: { local: localOllama(upstream) }, auth })
  const refused = { name: 'ResponseError', status_code: 401, message: /Send a key/ }
  await assert.rejects(ollamaClient(gateway).chat(ask), refused)
  await assert.rejects(ollamaClient(gateway).list(), refused)
  const keyed = ollamaClient(gateway, { authorization: 'Bearer sk-aegis-right-key' })
  assert.equal((await keyed.chat(ask)).done, true)
})

test('restricted data, said in a header, stays with the local Ollama', async () => {
  await using ollama = await startOllamaUpstream()
  await using openai = await startOpenAIUpstream()
  await using gateway = await startGateway({
    providers: { local: localOllama(ollama), openai: openAIProvider(openai) },
  })
  const client = ollamaClient(gateway, { 'x-aegis-data-classification': 'pii' })
  assert.equal((await client.chat({ ...ask, model: 'gpt-4o' })).model, 'llama3.2:8b')
  await ollama.stopListening()
  await assert.rejects(client.chat(ask), { status_code: 503, message: /only go to a local provider/ })
  assert.equal(openai.journal.connections.length, 0)
})
