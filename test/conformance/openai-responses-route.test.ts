// Proves /v1/responses with OpenAI's own client, where the provider has the route and its answers pass through.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zodTextFormat } from 'openai/helpers/zod'
import type { ResponseInputItem, ResponseStreamEvent } from 'openai/resources/responses/responses'
import { z } from 'zod'
import { at } from '../../src/testing/raw-http.ts'
import { costOf, openAIClient } from './openai-client.ts'
import { endless, patienceMs, startWire, type Wire } from './wires.ts'

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

function testRoute(sentence: string, prove: (wire: Wire) => Promise<void>): void {
  test(sentence, async () => {
    await using wire = await startWire('openai', { responses: true })
    await prove(wire)
    const inferred = wire.upstream.journal.requests.filter(({ method }) => method === 'POST')
    for (const { path, json } of inferred) assert.deepEqual([path, json?.store], ['/v1/responses', false])
  })
}

testRoute('a response has text, model, usage and cost, and can be read again', async (wire) => {
  const { data, response: http } = await client(wire).responses.create(ask).withResponse()
  assert.match(data.id, /^resp_[0-9a-f]+$/)
  assert.deepEqual([data.object, data.status, data.model], ['response', 'completed', 'gpt-4o'])
  assert.match(data.output_text, /You asked about 5 words/)
  assert.equal(data.usage?.input_tokens, 5)
  assert.equal(Number(http.headers.get('x-aegis-cost-usd')), costOf(data.usage))
  assert.ok((costOf(data.usage) ?? 0) > 0)
  assert.equal(at(data as never, 'store'), true)
  const read = await client(wire).responses.retrieve(data.id)
  assert.deepEqual(read.output, data.output)
  const items = await client(wire).responses.inputItems.list(data.id)
  assert.equal(at(items.data as never, '0.content'), ask.input)
  await client(wire).responses.delete(data.id)
  await assert.rejects(client(wire).responses.retrieve(data.id), { status: 404 })
})

testRoute('the helper .stream() puts text, thoughts and calls together, and the end is kept', async (wire) => {
  wire.upstream.next({ thinking: 'Hm, well.', chunks: ['The ', 'sky.'] }, twoCalls)
  const seen: ResponseStreamEvent['type'][] = []
  const stream = client(wire).responses.stream(ask)
  stream.on('event', ({ type }) => seen.push(type))
  const text = await stream.finalResponse()
  assert.equal(text.output_text, 'The sky.')
  assert.equal(at(text.output as never, '0.summary.0.text'), 'Hm, well.')
  assert.deepEqual([seen[0], seen.at(-1)], ['response.created', 'response.completed'])
  assert.ok((costOf(text.usage) ?? 0) > 0)
  assert.equal((await client(wire).responses.retrieve(text.id)).output_text, 'The sky.')
  const called = await client(wire)
    .responses.stream({ ...ask, tools: [weather] })
    .finalResponse()
  const calls = called.output.filter((item) => item.type === 'function_call')
  assert.deepEqual(
    calls.map((call) => JSON.parse(call.arguments)),
    twoCalls.toolCalls.map((call) => call.arguments),
  )
})

testRoute(
  'functions are called, and their outputs go back, by the items, by their ids and by the response’s',
  async (wire) => {
    wire.upstream.next(twoCalls)
    const asked = await client(wire).responses.create({ ...ask, tools: [weather] })
    const calls = asked.output.filter((item) => item.type === 'function_call')
    assert.equal(calls.length, 2)
    const outputs = calls.map(({ call_id }) => ({ type: 'function_call_output' as const, call_id, output: 'warm' }))
    const references = asked.output.map(({ id }) => ({ type: 'item_reference' as const, id: id as string }))
    const opening = { role: 'user' as const, content: ask.input }
    for (const more of [
      { input: [opening, ...asked.output, ...outputs] as ResponseInputItem[] },
      { input: [opening, ...references, ...outputs] },
      { input: outputs, previous_response_id: asked.id },
    ]) {
      wire.upstream.next({ text: 'Fine.' })
      const reply = await client(wire).responses.create({ ...ask, ...more, tools: [weather] })
      assert.equal(reply.output_text, 'Fine.')
      const sent = wire.lastSent().input as readonly Record<string, unknown>[]
      assert.deepEqual(
        sent.map(({ type, role }) => type ?? role),
        [
          ...['previous_response_id' in more ? 'message' : 'user'],
          'function_call',
          'function_call',
          ...Array(2).fill('function_call_output'),
        ],
      )
    }
  },
)

testRoute('a schema is kept by the answer, and the client parses it', async (wire) => {
  const shape = z.object({ city: z.string(), warm: z.boolean() })
  const reply = await client(wire).responses.parse({ ...ask, text: { format: zodTextFormat(shape, 'weather') } })
  assert.deepEqual(reply.output_parsed, { city: 'simulated', warm: true })
})

testRoute('an answer that is cut is incomplete, whole and streamed, and says why', async (wire) => {
  const whole = await client(wire).responses.create({ ...ask, max_output_tokens: 3 })
  assert.deepEqual([whole.status, whole.incomplete_details?.reason], ['incomplete', 'max_output_tokens'])
  const events: ResponseStreamEvent[] = []
  const stream = await client(wire).responses.create({ ...ask, max_output_tokens: 3, stream: true })
  for await (const event of stream) events.push(event)
  assert.equal(events.at(-1)?.type, 'response.incomplete')
})

testRoute('an abort in mid-stream closes the connection to the provider, and nothing is kept', async (wire) => {
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

testRoute('errors have their classes, and what may pass is tried again as often as it was told', async (wire) => {
  wire.upstream.next({ status: 500 })
  await assert.rejects(client(wire).responses.create(ask), { status: 502, code: 'upstream_error' })
  wire.upstream.next({ status: 400 })
  await assert.rejects(client(wire).responses.create(ask), { status: 400 })
  const patient = openAIClient(wire.gateway, 'any', 2)
  wire.upstream.always({ status: 503, headers: { 'retry-after': '0' } })
  const before = wire.upstream.journal.requests.length
  await assert.rejects(patient.responses.create(ask), { status: 503 })
  assert.ok(wire.upstream.journal.requests.length - before <= 4)
})

testRoute('a tool that OpenAI runs is offered as it came', async () => {
  await using free = await startWire('openai', { responses: true }, { openai: { '*': { free: true } } })
  const tools = [{ type: 'web_search' as const, search_context_size: 'low' as const }]
  const reply = await client(free).responses.create({ ...ask, tools })
  assert.equal(reply.status, 'completed')
  assert.deepEqual(free.lastSent().tools, tools)
})
