// Proves /v1/responses with OpenAI's own client, whatever wire answers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zodTextFormat } from 'openai/helpers/zod'
import type { Response, ResponseInputItem, ResponseStreamEvent } from 'openai/resources/responses/responses'
import { z } from 'zod'
import { at, post } from '../../src/testing/raw-http.ts'
import { costOf, declaredPublic, openAIClient } from './openai-client.ts'
import { endless, patienceMs, startWire, testEachWire, type Wire } from './wires.ts'

const ask = { model: 'auto', input: 'Why is the sky blue?' }
const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const weather = { type: 'function' as const, name: 'get_weather', parameters, strict: true }
const twoCalls = {
  toolCalls: [
    { name: 'get_weather', arguments: { city: 'Bern' } },
    { name: 'get_weather', arguments: { city: 'Zürich "Stadt"' } },
  ],
}

const client = ({ gateway }: Pick<Wire, 'gateway'>) => openAIClient(gateway)

async function eventsOf(stream: AsyncIterable<ResponseStreamEvent>): Promise<ResponseStreamEvent[]> {
  const events: ResponseStreamEvent[] = []
  for await (const event of stream) events.push(event)
  return events
}

/** Without the moment at which it ended. */
const lasting = ({ completed_at: _, ...response }: Response) => response

testEachWire('a response has text, model, usage and cost', async (wire) => {
  const { data, response: http } = await client(wire).responses.create(ask).withResponse()
  assert.match(data.id, /^resp_[0-9a-f]+$/)
  assert.deepEqual([data.object, data.status, data.error], ['response', 'completed', null])
  assert.equal(data.model, wire.model)
  assert.match(data.output_text, /You asked about 5 words/)
  assert.equal(data.usage?.input_tokens, 5)
  assert.equal(data.usage?.total_tokens, 5 + (data.usage?.output_tokens ?? 0))
  assert.equal(Number(http.headers.get('x-aegis-cost-usd')), costOf(data.usage))
  assert.equal(at(data as never, 'store'), true)
})

testEachWire('instructions, settings and every kind of message reach the model as a chat', async (wire) => {
  const input: ResponseInputItem[] = [
    { role: 'developer', content: 'Answer in German.' },
    { role: 'user', content: [{ type: 'input_text', text: 'First.' }] },
    { type: 'message', role: 'assistant', content: 'Ja?' },
    { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm.' }] },
    { role: 'user', content: 'Why?' },
  ]
  const settings = { temperature: 0.25, top_p: 0.5 }
  await client(wire).responses.create({
    ...ask,
    ...settings,
    input,
    instructions: 'Be brief.',
    max_output_tokens: 7,
    metadata: { a: 'b' },
    truncation: 'auto',
    include: ['reasoning.encrypted_content'],
  })
  const sent = wire.lastSent()
  const developer = wire.name === 'openai' ? 'developer' : 'system'
  assert.deepEqual(sent.messages, [
    { role: 'system', content: 'Be brief.' },
    { role: developer, content: 'Answer in German.' },
    { role: 'user', content: 'First.' },
    { role: 'assistant', content: 'Ja?' },
    { role: 'user', content: 'Why?' },
  ])
  const place = wire.name === 'openai' ? sent : (sent.options as object)
  const cap = wire.name === 'openai' ? 'max_completion_tokens' : 'num_predict'
  assert.deepEqual({ ...place, ...settings, [cap]: 7 }, place)
})

testEachWire('an answer that is cut is incomplete, and says why', async (wire) => {
  const whole = await client(wire).responses.create({ ...ask, max_output_tokens: 3 })
  assert.deepEqual([whole.status, whole.incomplete_details?.reason], ['incomplete', 'max_output_tokens'])
  const events = await eventsOf(await client(wire).responses.create({ ...ask, max_output_tokens: 3, stream: true }))
  assert.equal(events.at(-1)?.type, 'response.incomplete')
})

testEachWire('a stream tells each step, in order, and ends with the response that is kept', async (wire) => {
  wire.upstream.next({ chunks: ['The ', 'sky.'] })
  const events = await eventsOf(await client(wire).responses.create({ ...ask, stream: true }))
  assert.deepEqual(
    events.map(({ type }) => type),
    [
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ],
  )
  assert.deepEqual(
    events.map((event) => ('sequence_number' in event ? event.sequence_number : -1)),
    events.map((_, index) => index),
  )
  const last = events.at(-1)
  assert.ok(last?.type === 'response.completed')
  assert.equal(at(last.response as never, 'output.0.content.0.text'), 'The sky.')
  assert.equal(last.response.usage?.input_tokens, 5)
  assert.equal(typeof costOf(last.response.usage), 'number')
  const kept = await client(wire).responses.retrieve(last.response.id)
  assert.deepEqual(kept.output, last.response.output)
})

testEachWire('the helper .stream() puts text and calls together', async (wire) => {
  wire.upstream.next({ chunks: ['The ', 'sky.'] }, twoCalls)
  const text = await client(wire).responses.stream(ask).finalResponse()
  assert.equal(text.output_text, 'The sky.')
  const called = await client(wire)
    .responses.stream({ ...ask, tools: [weather] })
    .finalResponse()
  const calls = called.output.filter((item) => item.type === 'function_call')
  assert.deepEqual(
    calls.map((call) => JSON.parse(call.arguments)),
    twoCalls.toolCalls.map((call) => call.arguments),
  )
  assert.equal(new Set(calls.map((call) => call.call_id)).size, 2)
})

for (const stream of [false, true]) {
  testEachWire(`thinking is a reasoning item before the message${stream ? ', streaming' : ''}`, async (wire) => {
    wire.upstream.next({ thinking: 'Let me think.', text: 'Because.' })
    const model = wire.name === 'openai' ? 'gpt-4o' : 'qwen3:8b'
    const asked = { ...ask, model, reasoning: { effort: 'low' as const, summary: 'auto' as const } }
    const reply = stream
      ? await client(wire).responses.stream(asked).finalResponse()
      : await client(wire).responses.create(asked)
    assert.deepEqual(
      reply.output.map(({ type }) => type),
      ['reasoning', 'message'],
    )
    assert.equal(at(reply.output as never, '0.summary.0.text'), 'Let me think.')
    assert.equal(reply.output_text, 'Because.')
    assert.equal(at(wire.lastSent(), wire.name === 'openai' ? 'reasoning_effort' : 'think'), 'low')
  })
}

testEachWire('functions are called, and their outputs go back with their calls', async (wire) => {
  wire.upstream.next(twoCalls, { text: 'Fine.' })
  const asked = await client(wire).responses.create({ ...ask, tools: [weather], tool_choice: 'auto' })
  const calls = asked.output.filter((item) => item.type === 'function_call')
  assert.equal(calls.length, 2)
  const sentTool = at(wire.lastSent(), 'tools.0.function') as object
  assert.deepEqual({ ...sentTool, name: 'get_weather', parameters }, sentTool)
  const outputs = calls.map((call, index) => ({
    type: 'function_call_output' as const,
    call_id: call.call_id,
    output: `${index} degrees`,
  }))
  const input = [{ role: 'user' as const, content: ask.input }, ...asked.output, ...outputs] as ResponseInputItem[]
  const reply = await client(wire).responses.create({ ...ask, input, tools: [weather] })
  assert.equal(reply.output_text, 'Fine.')
  const messages = wire.lastSent().messages as readonly Record<string, unknown>[]
  assert.deepEqual(
    messages.map(({ role }) => role),
    ['user', 'assistant', 'tool', 'tool'],
  )
  assert.equal((messages.at(1)?.tool_calls as unknown[] | undefined)?.length, 2)
  assert.equal(messages[3]?.content, '1 degrees')
})

test('pictures that tools give follow the answers of all tools, since a chat has texts only there', async () => {
  await using wire = await startWire('openai')
  const called = ['call_1', 'call_2'].map((call_id) => ({
    type: 'function_call' as const,
    ...{ call_id, name: 'get_weather', arguments: '{"city":"Bern"}' },
  }))
  const url = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ'
  const input: ResponseInputItem[] = [
    { role: 'user', content: ask.input },
    ...called,
    {
      type: 'function_call_output',
      call_id: 'call_1',
      output: [
        { type: 'input_text', text: 'A map.' },
        { type: 'input_image', image_url: url },
      ],
    },
    { type: 'function_call_output', call_id: 'call_2', output: 'warm' },
  ]
  await client(wire).responses.create({ ...ask, input, tools: [weather] }, declaredPublic)
  assert.deepEqual((wire.lastSent().messages as readonly unknown[]).slice(2), [
    { role: 'tool', tool_call_id: 'call_1', content: 'A map.' },
    { role: 'tool', tool_call_id: 'call_2', content: 'warm' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Shown by the tool of call call_1:' },
        { type: 'image_url', image_url: { url } },
      ],
    },
  ])
})

testEachWire('thoughts go back with what was said after them, to a model that takes any', async (wire) => {
  wire.upstream.next({ thinking: 'Hm, well.', text: 'Blue.' }, { text: 'Black.' })
  const asked = { ...ask, model: wire.name === 'openai' ? 'gpt-4o' : 'qwen3:8b' }
  const first = await client(wire).responses.create(asked)
  const next = await client(wire).responses.create({ ...asked, input: 'At night?', previous_response_id: first.id })
  assert.equal(next.output_text, 'Black.')
  const [, said] = wire.lastSent().messages as readonly Record<string, unknown>[]
  const thinking = wire.name === 'openai' ? {} : { thinking: 'Hm, well.' }
  assert.deepEqual(said, { role: 'assistant', content: 'Blue.', ...thinking })
})

testEachWire('a schema is kept by the answer, and the client parses it', async (wire) => {
  const shape = z.object({ city: z.string(), warm: z.boolean() })
  const reply = await client(wire).responses.parse({ ...ask, text: { format: zodTextFormat(shape, 'weather') } })
  assert.deepEqual(reply.output_parsed, { city: 'simulated', warm: true })
})

testEachWire('an image reaches a model that sees', async (wire) => {
  const url =
    'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
  const model = wire.name === 'openai' ? 'gpt-4o' : 'llava:13b'
  const content = [
    { type: 'input_text' as const, text: 'What is this?' },
    { type: 'input_image' as const, image_url: url, detail: 'low' as const },
  ]
  await client(wire).responses.create({ model, input: [{ role: 'user', content }] }, declaredPublic)
  if (wire.name === 'openai') assert.equal(at(wire.lastSent(), 'messages.0.content.1.image_url.url'), url)
  else assert.equal((at(wire.lastSent(), 'messages.0.images') as unknown[]).length, 1)
})

testEachWire('a conversation goes on by the id of its last response', async (wire) => {
  wire.upstream.next({ text: 'One.' }, twoCalls, { text: 'Three.' })
  const first = await client(wire).responses.create({ ...ask, instructions: 'Of the first turn only.' })
  const second = await client(wire).responses.create({
    model: 'auto',
    input: 'And in Bern?',
    previous_response_id: first.id,
    tools: [weather],
  })
  const calls = second.output.filter((item) => item.type === 'function_call')
  const input = calls.map((call) => ({
    ...{ type: 'function_call_output' as const, call_id: call.call_id },
    output: 'warm',
  }))
  const third = await client(wire).responses.create({ model: 'auto', input, previous_response_id: second.id })
  assert.equal(third.previous_response_id, second.id)
  const messages = wire.lastSent().messages as readonly Record<string, unknown>[]
  assert.deepEqual(
    messages.map(({ role, content }) => [role, content ?? '']),
    [
      ['user', ask.input],
      ['assistant', 'One.'],
      ['user', 'And in Bern?'],
      ['assistant', ''],
      ['tool', 'warm'],
      ['tool', 'warm'],
    ],
  )
})

testEachWire('an item of a response can be sent by its id alone, as some clients do', async (wire) => {
  wire.upstream.next(twoCalls, { text: 'Fine.' })
  const first = await client(wire).responses.create({ ...ask, tools: [weather] })
  const references = first.output.map(({ id }, index) => ({
    // Its type may be left out.
    ...(index === 0 ? {} : { type: 'item_reference' as const }),
    id: id as string,
  }))
  const calls = first.output.filter((item) => item.type === 'function_call')
  const outputs = calls.map(({ call_id }) => ({ type: 'function_call_output' as const, call_id, output: 'warm' }))
  const input = [{ role: 'user' as const, content: ask.input }, ...references, ...outputs]
  const reply = await client(wire).responses.create({ ...ask, input, tools: [weather] })
  assert.equal(reply.output_text, 'Fine.')
  const messages = wire.lastSent().messages as readonly Record<string, unknown>[]
  assert.deepEqual(
    messages.map(({ role }) => role),
    ['user', 'assistant', 'tool', 'tool'],
  )
  assert.equal((messages.at(1)?.tool_calls as unknown[] | undefined)?.length, 2)
})

testEachWire('what was kept can be read, listed and removed, and store: false keeps nothing', async (wire) => {
  const made = await client(wire).responses.create({ ...ask, metadata: { team: 'north' } })
  const read = await client(wire).responses.retrieve(made.id)
  assert.deepEqual(lasting(read), lasting(made))
  const items = await client(wire).responses.inputItems.list(made.id)
  assert.equal(at(items.data as never, '0.content'), ask.input)
  await client(wire).responses.delete(made.id)
  await assert.rejects(client(wire).responses.retrieve(made.id), { status: 404, code: 'not_found' })
  await assert.rejects(client(wire).responses.delete(made.id), { status: 404 })
  const gone = client(wire).responses.create({ ...ask, previous_response_id: made.id })
  await assert.rejects(gone, { status: 400, param: 'previous_response_id' })
  const unkept = await client(wire).responses.create({ ...ask, store: false })
  assert.equal(at(unkept as never, 'store'), false)
  await assert.rejects(client(wire).responses.retrieve(unkept.id), { status: 404 })
})

testEachWire('what only OpenAI itself can do is refused by name, and nothing is sent or quoted', async (wire) => {
  const cases: readonly (readonly [string, object])[] = [
    ['input', { input: undefined }],
    ['input', { input: 7 }],
    ['input', { input: [] }],
    ['input[0].role', { input: [{ role: 'CANARY', content: 'x' }] }],
    ['input[0].content', { input: [{ role: 'user', content: { CANARY: 1 } }] }],
    ['input[0].id', { input: [{ type: 'item_reference', id: 'CANARY' }] }],
    ['input[0].id', { input: [{ type: 'item_reference', id: `msg_${'0'.repeat(34)}` }] }],
    ['input[0].type', { input: [{ type: 'web_search_call', id: 'CANARY' }] }],
    [
      'input[0].content[0].file_id',
      { input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'CANARY' }] }] },
    ],
    ['input[0].call_id', { input: [{ type: 'function_call_output', output: 'CANARY' }] }],
    ['tools[0].type', { tools: [{ type: 'web_search' }] }],
    ['tools[1].type', { tools: [weather, { type: 'file_search', vector_store_ids: ['CANARY'] }] }],
    ['tool_choice.type', { tools: [weather], tool_choice: { type: 'web_search' } }],
    ['background', { background: true }],
    ['conversation', { conversation: 'CANARY' }],
    ['prompt', { prompt: { id: 'CANARY' } }],
    ['text.format.type', { text: { format: { type: 'CANARY' } } }],
    ['store', { store: 'CANARY' }],
    ['previous_response_id', { previous_response_id: 7 }],
    ['max_output_tokens', { max_output_tokens: 'CANARY' }],
    ['temperature', { temperature: 9 }],
  ]
  for (const [param, more] of cases) {
    const reply = await post(`${wire.gateway.url}/v1/responses`, { ...ask, ...more } as never)
    assert.equal(reply.status, 400, `${param}: ${reply.text}`)
    assert.equal(at(reply.json, 'error.param'), param)
    assert.doesNotMatch(reply.text, /CANARY/)
  }
  assert.equal(wire.upstream.journal.requests.length, 0)
})

testEachWire('an abort in mid-stream closes the connection to the provider, and nothing is kept', async (wire) => {
  wire.upstream.next(endless)
  const stream = await client(wire).responses.create({ ...ask, stream: true })
  let id = ''
  let seen = 0
  for await (const event of stream) {
    if (event.type === 'response.created') id = event.response.id
    seen += 1
    if (seen === 9) stream.controller.abort()
  }
  const left = await wire.upstream.journal.waitFor(({ ended }) => ended !== 'open', patienceMs)
  assert.equal(left.ended, 'client_closed')
  await assert.rejects(client(wire).responses.retrieve(id), { status: 404 })
})

testEachWire('a stream that breaks off fails, is never complete, and is not kept', async (wire) => {
  for (const fault of [{ disconnectAfter: 3 }, { truncateAfter: 3 }, { inBandErrorAfter: 3 }]) {
    wire.upstream.next({ chunks: ['One ', 'two ', 'three ', 'four'], ...fault })
    const events: ResponseStreamEvent[] = []
    const read = async () => {
      for await (const event of await client(wire).responses.create({ ...ask, stream: true })) events.push(event)
    }
    await assert.rejects(read())
    const failed = events.at(-1)
    assert.ok(failed?.type === 'response.failed')
    assert.equal(failed.response.status, 'failed')
    await assert.rejects(client(wire).responses.retrieve(failed.response.id), { status: 404 })
  }
})

testEachWire('errors have their classes, and what may pass is tried again as often as it was told', async (wire) => {
  wire.upstream.next({ status: 500 })
  await assert.rejects(client(wire).responses.create(ask), { status: 502, code: 'upstream_error' })
  await assert.rejects(client(wire).responses.create({ ...ask, model: 'nobody' }), {
    status: 404,
    code: 'unknown_model',
  })
  const patient = openAIClient(wire.gateway, 'any', 2)
  wire.upstream.always({ status: 503, headers: { 'retry-after': '0' } })
  const before = wire.upstream.journal.requests.length
  await assert.rejects(patient.responses.create(ask), { status: 503 })
  assert.ok(wire.upstream.journal.requests.length - before <= 4)
})

test('a method that a path does not have says which ones it has', async () => {
  const { startWire } = await import('./wires.ts')
  await using wire = await startWire('openai')
  const reply = await fetch(`${wire.gateway.url}/v1/responses/resp_1`, { method: 'PUT', body: '{}' })
  assert.equal(reply.status, 405)
  assert.equal(reply.headers.get('allow'), 'GET, DELETE')
})
