// Proves that Anthropic's own client, unmodified, gets from the gateway what Anthropic would give it, whatever wire answers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type Anthropic from '@anthropic-ai/sdk'
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod'
import { z } from 'zod'
import type { JsonValue } from '../../src/testing/index.ts'
import { at } from '../../src/testing/raw-http.ts'
import {
  anthropicClient,
  ask,
  declaredPublic,
  messages,
  startMessageWire,
  testEachMessageWire,
  weather,
} from './anthropic-wires.ts'

type Message = Anthropic.Message

const twoCalls = {
  toolCalls: [
    { name: 'get_weather', arguments: { city: 'Bern' } },
    { name: 'get_weather', arguments: { city: 'Zürich "Stadt"' } },
  ],
}

function textOf({ content }: Message): string {
  return content.map((block) => (block.type === 'text' ? block.text : '')).join('')
}

function callsOf({ content }: Message): Anthropic.ToolUseBlock[] {
  return content.filter((block) => block.type === 'tool_use')
}

/** What Aegis adds to the usage of an answer. */
function costOf(usage: object): unknown {
  return 'cost' in usage ? usage.cost : undefined
}

testEachMessageWire('a message is answered whole, with its usage and its cost', async ({ gateway, model }) => {
  const { data, response, request_id } = await anthropicClient(gateway).messages.create(ask).withResponse()
  assert.equal(data.type, 'message')
  assert.equal(data.role, 'assistant')
  assert.equal(data.model, model)
  assert.match(data.id, /^msg_/)
  assert.match(textOf(data), /You asked about 5 words/)
  assert.deepEqual([data.stop_reason, data.stop_sequence], ['end_turn', null])
  assert.equal(data.usage.input_tokens, 5)
  assert.ok(data.usage.output_tokens > 0)
  assert.equal(typeof costOf(data.usage), 'number')
  assert.match(request_id ?? '', /^req_/)
  assert.equal(response.headers.get('x-aegis-model'), model)
  assert.match(response.headers.get('x-aegis-cost-usd') ?? '', /^\d/)
})

testEachMessageWire('a stream is Anthropic’s events in their order, with usage and cost at the end', async (wire) => {
  wire.upstream.next({ chunks: ['The ', 'sky ', 'is ', 'blue.'] })
  const asked = anthropicClient(wire.gateway).messages.create({ ...ask, stream: true })
  const { data: stream, response } = await asked.withResponse()
  assert.equal(response.headers.get('x-aegis-model'), wire.model)
  assert.match(response.headers.get('request-id') ?? '', /^req_/)
  const events: Anthropic.RawMessageStreamEvent[] = []
  for await (const event of stream) events.push(event)
  const types = events.map(({ type }) => type)
  assert.deepEqual(types, [
    'message_start',
    'content_block_start',
    ...Array.from({ length: 4 }, () => 'content_block_delta'),
    'content_block_stop',
    'message_delta',
    'message_stop',
  ])
  const [start] = events
  assert.ok(start?.type === 'message_start')
  assert.deepEqual([start.message.model, start.message.content, start.message.stop_reason], [wire.model, [], null])
  const end = events.find((event) => event.type === 'message_delta')
  assert.equal(end?.delta.stop_reason, 'end_turn')
  assert.ok((end?.usage.output_tokens ?? 0) > 0)
  assert.equal(typeof costOf(end?.usage ?? {}), 'number')
})

testEachMessageWire('the helper .stream() emits the text and puts the message together', async ({ gateway }) => {
  const stream = anthropicClient(gateway).messages.stream(ask)
  let deltas = ''
  stream.on('text', (delta) => {
    deltas += delta
  })
  const message = await stream.finalMessage()
  assert.equal(textOf(message), deltas)
  assert.match(deltas, /You asked about 5 words/)
  assert.equal(message.stop_reason, 'end_turn')
  assert.equal(message.usage.input_tokens, 5)
})

for (const stream of [false, true]) {
  const name = stream ? ', streaming' : ''
  testEachMessageWire(`parallel tool calls arrive whole${name}`, async ({ gateway, upstream }) => {
    upstream.next(twoCalls)
    const body = { ...ask, tools: [weather] }
    const client = anthropicClient(gateway)
    const message = await (stream ? client.messages.stream(body).finalMessage() : client.messages.create(body))
    const calls = callsOf(message)
    assert.deepEqual(
      calls.map((call) => [call.name, call.input]),
      twoCalls.toolCalls.map((call) => [call.name, call.arguments]),
    )
    assert.equal(new Set(calls.map(({ id }) => id)).size, 2)
    assert.equal(message.stop_reason, 'tool_use')
  })

  testEachMessageWire(`max_tokens ends the answer with its reason${name}`, async ({ gateway }) => {
    const body = { ...ask, max_tokens: 3 }
    const client = anthropicClient(gateway)
    const message = await (stream ? client.messages.stream(body).finalMessage() : client.messages.create(body))
    assert.deepEqual([message.stop_reason, message.usage.output_tokens], ['max_tokens', 3])
  })

  testEachMessageWire(`thinking is a block before the text${name}`, async (wire) => {
    wire.upstream.next({ thinking: 'Hm, well.', text: 'Blue.' })
    const model = wire.name === 'ollama' ? 'qwen3:8b' : wire.model
    const thinking = { type: 'enabled' as const, budget_tokens: 1024 }
    const body = { ...ask, model, max_tokens: 4096, thinking }
    const client = anthropicClient(wire.gateway)
    const message = await (stream ? client.messages.stream(body).finalMessage() : client.messages.create(body))
    const [thought, text] = message.content
    assert.ok(thought?.type === 'thinking')
    assert.equal(thought.thinking, 'Hm, well.')
    assert.equal(typeof thought.signature, 'string')
    assert.deepEqual(text?.type === 'text' && text.text, 'Blue.')
    if (wire.name === 'ollama') assert.equal(wire.lastSent().think, 'low')
  })
}

testEachMessageWire('the results of tools go back to the model with their calls', async (wire) => {
  const { upstream, name } = wire
  const client = anthropicClient(wire.gateway)
  upstream.next(twoCalls, { text: 'Sunny in both.' })
  const asked = await client.messages.create({ ...ask, tools: [weather] })
  const [first, second] = callsOf(asked)
  const results = [
    { type: 'tool_result' as const, tool_use_id: first?.id ?? '', content: '20 degrees' },
    {
      type: 'tool_result' as const,
      tool_use_id: second?.id ?? '',
      content: [{ type: 'text' as const, text: '25 degrees' }],
    },
    { type: 'text' as const, text: 'Which is warmer?' },
  ]
  const conversation = [
    ...messages,
    { role: 'assistant' as const, content: asked.content },
    { role: 'user' as const, content: results },
  ]
  const reply = await client.messages.create({ ...ask, tools: [weather], messages: conversation })
  assert.equal(textOf(reply), 'Sunny in both.')
  const sent = wire.lastSent()
  if (name === 'anthropic') {
    assert.deepEqual(sent.messages, JSON.parse(JSON.stringify(conversation)))
    return
  }
  const roles = (sent.messages as { role: string }[]).map(({ role }) => role)
  assert.deepEqual(roles, ['user', 'assistant', 'tool', 'tool', 'user'])
  assert.deepEqual(
    [at(sent, 'messages.2.content'), at(sent, 'messages.3.content'), at(sent, 'messages.4.content')],
    ['20 degrees', '25 degrees', 'Which is warmer?'],
  )
  const ids = [at(sent, 'messages.1.tool_calls.0.id'), at(sent, 'messages.1.tool_calls.1.id')]
  assert.deepEqual([at(sent, 'messages.2.tool_call_id'), at(sent, 'messages.3.tool_call_id')], ids)
  const argumentsSent = at(sent, 'messages.1.tool_calls.1.function.arguments')
  assert.deepEqual(typeof argumentsSent === 'string' ? JSON.parse(argumentsSent) : argumentsSent, {
    city: 'Zürich "Stadt"',
  })
})

testEachMessageWire('the helper that runs tools runs them to the end', async ({ gateway, upstream }) => {
  upstream.next(twoCalls, { text: 'It is sunny.' })
  const cities: unknown[] = []
  const tool = {
    ...weather,
    run: (input: unknown) => {
      cities.push((input as { city: string }).city)
      return 'sunny'
    },
    parse: (content: unknown) => content,
  }
  const runner = anthropicClient(gateway).beta.messages.toolRunner({ ...ask, tools: [{ ...tool, type: 'custom' }] })
  const message = await runner
  assert.deepEqual(cities, ['Bern', 'Zürich "Stadt"'])
  assert.equal(message.content.map((block) => (block.type === 'text' ? block.text : '')).join(''), 'It is sunny.')
})

testEachMessageWire('a JSON schema is kept by the answer and parsed by the helper', async ({ gateway }) => {
  const format = zodOutputFormat(z.object({ city: z.string(), warm: z.boolean() }))
  const message = await anthropicClient(gateway).messages.parse({ ...ask, output_config: { format } })
  assert.deepEqual(message.parsed_output, { city: 'simulated', warm: true })
})

const choices: readonly (readonly [Anthropic.ToolChoice, unknown, unknown])[] = [
  [{ type: 'auto' }, 'auto', undefined],
  [{ type: 'any', disable_parallel_tool_use: true }, 'required', false],
  [{ type: 'tool', name: 'get_weather' }, { type: 'function', function: { name: 'get_weather' } }, undefined],
  [{ type: 'none' }, 'none', undefined],
]
for (const [choice, expected, parallel] of choices) {
  testEachMessageWire(`tool_choice ${choice.type} is obeyed`, async ({ gateway, name, lastSent }) => {
    const reply = await anthropicClient(gateway).messages.create({ ...ask, tools: [weather], tool_choice: choice })
    if (name !== 'ollama' || choice.type === 'none') {
      assert.equal(callsOf(reply).length, choice.type === 'none' ? 0 : 1)
    }
    const { tool_choice: sent, parallel_tool_calls: sentParallel } = lastSent()
    if (name === 'openai') assert.deepEqual([sent, sentParallel], [expected, parallel])
    if (name === 'anthropic') assert.deepEqual(sent, choice)
  })
}

testEachMessageWire('the system’s words, stop sequences, sampling and the user reach the model', async (wire) => {
  const { gateway, name } = wire
  const sampling = { temperature: 0.25, top_p: 0.5, top_k: 20, stop_sequences: [' asked'] }
  const metadata = { user_id: 'user-7' }
  const system = [
    { type: 'text' as const, text: 'Be kind.', cache_control: { type: 'ephemeral' as const } },
    { type: 'text' as const, text: 'Be brief.' },
  ]
  const reply = await anthropicClient(gateway).messages.create({ ...ask, ...sampling, metadata, system })
  assert.match(textOf(reply), /You$/, 'the stop sequence was kept')
  const sent = wire.lastSent()
  if (name === 'anthropic') {
    const expected = { model: wire.model, max_tokens: 1024, messages, ...sampling, metadata, system }
    assert.deepEqual(sent, expected)
  } else if (name === 'openai') {
    const texts = ['Be kind.', 'Be brief.'].map((text) => ({ type: 'text', text }))
    assert.deepEqual(sent, {
      model: wire.model,
      messages: [{ role: 'system', content: texts }, ...messages],
      temperature: 0.25,
      top_p: 0.5,
      stop: [' asked'],
      user: 'user-7',
      max_completion_tokens: 1024,
    })
  } else {
    assert.equal(at(sent, 'messages.0.content'), 'Be kind.\nBe brief.')
    const { temperature, top_p, top_k, stop, num_predict } = sent.options as Record<string, unknown>
    assert.deepEqual([temperature, top_p, top_k, stop, num_predict], [0.25, 0.5, 20, [' asked'], 1024])
  }
})

testEachMessageWire('images reach a model that sees, also in the answer of a tool', async (wire) => {
  const data = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ'
  const image = { type: 'image' as const, source: { type: 'base64' as const, media_type: 'image/png' as const, data } }
  const model = wire.name === 'ollama' ? 'llava:13b' : wire.model
  const use = { type: 'tool_use' as const, id: 'toolu_1', name: 'get_weather', input: { city: 'Bern' } }
  const conversation = [
    { role: 'user' as const, content: [image, { type: 'text' as const, text: 'What is this?' }] },
    { role: 'assistant' as const, content: [use] },
    { role: 'user' as const, content: [{ type: 'tool_result' as const, tool_use_id: 'toolu_1', content: [image] }] },
  ]
  const body = { ...ask, model, messages: conversation, tools: [weather] }
  await anthropicClient(wire.gateway).messages.create(body, declaredPublic)
  const sent = wire.lastSent()
  const url = `data:image/png;base64,${data}`
  if (wire.name === 'anthropic') assert.deepEqual(sent.messages, conversation)
  if (wire.name === 'openai') {
    assert.equal(at(sent, 'messages.0.content.0.image_url.url'), url)
    assert.equal(at(sent, 'messages.2.role'), 'tool')
    assert.equal(at(sent, 'messages.3.content.1.image_url.url'), url)
  }
  if (wire.name === 'ollama') {
    assert.deepEqual(at(sent, 'messages.0.images'), [data])
    assert.deepEqual(at(sent, 'messages.3.images'), [data])
  }
})

test('the address of an image is passed on to a provider that fetches it', async () => {
  for (const name of ['openai', 'anthropic'] as const) {
    await using wire = await startMessageWire(name)
    const image = { type: 'image' as const, source: { type: 'url' as const, url: 'https://example.com/a.png' } }
    const content = [image, { type: 'text' as const, text: 'What is this?' }]
    const body = { ...ask, messages: [{ role: 'user' as const, content }] }
    await anthropicClient(wire.gateway).messages.create(body, declaredPublic)
    const sent = JSON.stringify(wire.lastSent().messages)
    assert.ok(sent.includes('"https://example.com/a.png"'), sent)
  }
})

testEachMessageWire('tokens are counted, by Anthropic where it would answer, and free of charge', async (wire) => {
  const { gateway, upstream, name } = wire
  const { messages: client } = anthropicClient(gateway)
  const short = await client.countTokens({ model: 'auto', messages })
  const longer = await client.countTokens({ model: 'auto', messages, system: 'Be kind.', tools: [weather] })
  // "Why is the sky blue?" is six tokens in OpenAI's encoding; a message has a few around it.
  const [least, most] = name === 'anthropic' ? [5, 5] : [6, 16]
  assert.ok(short.input_tokens >= least && short.input_tokens <= most, String(short.input_tokens))
  assert.ok(longer.input_tokens > short.input_tokens + 10, String(longer.input_tokens))
  const paths = upstream.journal.requests.map(({ path }) => path)
  assert.deepEqual(paths, name === 'anthropic' ? Array(2).fill('/v1/messages/count_tokens') : [])
  assert.deepEqual((await gateway.aegis.gateway.proxy.ledger.usage({ limit: 10 })).rows, [])
})

testEachMessageWire('both routes answer without /v1 as well', async ({ gateway }) => {
  const post = async (path: string, body: object) => {
    const reply = await fetch(`${gateway.url}${path}`, { method: 'POST', body: JSON.stringify(body) })
    return [reply.status, (await reply.json()) as JsonValue] as const
  }
  const [status, message] = await post('/messages', ask)
  assert.deepEqual([status, at(message, 'type')], [200, 'message'])
  const [counted, tokens] = await post('/messages/count_tokens', { model: 'auto', messages })
  assert.deepEqual([counted, typeof at(tokens, 'input_tokens')], [200, 'number'])
})
