// Proves that programs which call Ollama's /api/generate move here by their host alone, whatever wire answers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type GenerateResponse, Ollama } from 'ollama'
import { startOllamaUpstream } from '../../src/testing/index.ts'
import { at, post } from '../../src/testing/raw-http.ts'
import { localOllama, startGateway } from '../make/gateway.ts'
import { endless, patienceMs, testEachWire, type Wire } from './wires.ts'

const ask = { model: 'auto', prompt: 'Why is the sky blue?' }

function client({ gateway }: Pick<Wire, 'gateway'>, headers: Record<string, string> = {}): Ollama {
  return new Ollama({ host: gateway.url, headers })
}

async function linesOf(stream: AsyncIterable<GenerateResponse>): Promise<GenerateResponse[]> {
  const lines: GenerateResponse[] = []
  for await (const line of stream) lines.push(line)
  return lines
}

testEachWire('a prompt is answered whole, with counts and durations', async (wire) => {
  const reply = await client(wire).generate(ask)
  assert.equal(reply.model, wire.model)
  assert.match(reply.response ?? '', /You asked about 5 words/)
  assert.deepEqual([reply.done, reply.done_reason], [true, 'stop'])
  assert.equal(reply.prompt_eval_count, 5)
  assert.ok(reply.eval_count > 0)
  assert.ok(!Number.isNaN(new Date(reply.created_at).getTime()))
})

testEachWire('a stream gives lines, then one line that is done, with counts', async (wire) => {
  wire.upstream.next({ chunks: ['The ', 'sky ', 'is ', 'blue.'] })
  const lines = await linesOf(await client(wire).generate({ ...ask, stream: true }))
  assert.deepEqual(
    lines.map((line) => [line.response, line.done]),
    [
      ['The ', false],
      ['sky ', false],
      ['is ', false],
      ['blue.', false],
      ['', true],
    ],
  )
  assert.equal(lines.at(-1)?.done_reason, 'stop')
  assert.equal(lines.at(-1)?.prompt_eval_count, 5)
})

testEachWire('system, prompt and options reach the model as a chat', async (wire) => {
  const options = { temperature: 0.25, num_predict: 3, stop: ['#'] }
  const reply = await client(wire).generate({ ...ask, system: 'Be brief.', options })
  assert.equal(reply.done_reason, 'length')
  const sent = wire.lastSent()
  assert.deepEqual(sent.messages, [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: ask.prompt },
  ])
  const where = wire.name === 'openai' ? '' : 'options.'
  assert.equal(at(sent, `${where}temperature`), 0.25)
  assert.deepEqual(at(sent, `${where}stop`), ['#'])
  assert.equal(at(sent, wire.name === 'openai' ? 'max_tokens' : 'options.num_predict'), 3)
})

testEachWire('a JSON schema as format is kept by the answer', async (wire) => {
  const format = { type: 'object', properties: { city: { type: 'string' } } }
  const reply = await client(wire).generate({ ...ask, format })
  assert.deepEqual(JSON.parse(reply.response ?? ''), { city: 'simulated' })
})

testEachWire('images reach a model that sees', async (wire) => {
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ', 'base64')
  const model = wire.name === 'openai' ? 'gpt-4o' : 'llava:13b'
  const declared = client(wire, { 'x-aegis-data-classification': 'public' })
  assert.equal((await declared.generate({ ...ask, model, images: [png] })).model, model)
  const shown = png.toString('base64')
  if (wire.name === 'ollama') assert.deepEqual(at(wire.lastSent(), 'messages.0.images'), [shown])
  else assert.equal(at(wire.lastSent(), 'messages.0.content.1.image_url.url'), `data:image/png;base64,${shown}`)
})

for (const stream of [false, true]) {
  testEachWire(`thinking is shown beside the text${stream ? ', streaming' : ''}`, async (wire) => {
    wire.upstream.next({ thinking: 'Hm, well.', text: 'Blue.' })
    const model = wire.name === 'openai' ? 'gpt-4o' : 'qwen3:8b'
    const thought = { ...ask, model, think: true }
    const replies = stream
      ? await linesOf(await client(wire).generate({ ...thought, stream }))
      : [await client(wire).generate({ ...thought, stream })]
    assert.equal(replies.map((reply) => reply.thinking ?? '').join(''), 'Hm, well.')
    assert.equal(replies.map((reply) => reply.response).join(''), 'Blue.')
  })
}

testEachWire('without a prompt a model is loaded or unloaded, and nobody is asked', async (wire) => {
  const load = await client(wire).generate({ model: wire.model, prompt: '' })
  assert.deepEqual([load.response, load.done, load.done_reason], ['', true, 'load'])
  const unload = await client(wire).generate({ model: wire.model, prompt: '', keep_alive: 0 })
  assert.equal(unload.done_reason, 'unload')
  const unknown = client(wire).generate({ model: 'nobody-has-this', prompt: '' })
  await assert.rejects(unknown, { name: 'ResponseError', status_code: 404 })
  assert.equal(wire.upstream.journal.requests.length, 0)
})

testEachWire('what a chat cannot say is refused by name, and a context is left out', async (wire) => {
  const refused = { suffix: 'the end', raw: true, template: '{{ .Prompt }}' }
  for (const [name, value] of Object.entries(refused)) {
    const asked = client(wire).generate({ ...ask, [name]: value })
    await assert.rejects(asked, { status_code: 400, message: new RegExp(`^${name} is not supported`) })
    const empty = client(wire).generate({ ...ask, prompt: '', [name]: value })
    await assert.rejects(empty, { status_code: 400 })
  }
  assert.equal(wire.upstream.journal.requests.length, 0)
  await client(wire).generate({ ...ask, suffix: '', raw: false, template: '', context: [1, 2, 3] })
  assert.equal(wire.lastSent().context, undefined)
})

testEachWire('wrong types are a 400 that names the field and quotes nothing', async (wire) => {
  const cases = [
    { prompt: { a: 'CANARY' } },
    { prompt: 'x', system: ['CANARY'] },
    { prompt: 'x', options: 'CANARY' },
    { prompt: 'x', images: [7] },
    { prompt: 'x', format: 'CANARY' },
    { prompt: 'x', stream: 'CANARY' },
    { prompt: 'x', options: { temperature: 'CANARY' } },
  ]
  for (const body of cases) {
    const reply = await post(`${wire.gateway.url}/api/generate`, { model: 'auto', ...body } as never)
    assert.equal(reply.status, 400, JSON.stringify(body))
    assert.equal(typeof reply.json.error, 'string')
    assert.doesNotMatch(reply.text, /CANARY/)
    const param = String(at(reply.json, 'param'))
    const named = Object.keys(body).at(-1) ?? ''
    assert.ok(param.startsWith(named), `${param} instead of ${named}`)
  }
})

testEachWire('an abort in mid-stream closes the connection to the provider', async (wire) => {
  wire.upstream.next(endless)
  const stream = await client(wire).generate({ ...ask, stream: true })
  let seen = 0
  const read = async () => {
    for await (const _ of stream) {
      seen += 1
      if (seen === 5) stream.abort()
    }
  }
  await assert.rejects(read(), { name: 'AbortError' })
  const left = await wire.upstream.journal.waitFor(({ ended }) => ended !== 'open', patienceMs)
  assert.equal(left.ended, 'client_closed')
})

testEachWire('an error is a ResponseError with a sentence, also after the text of a broken stream', async (wire) => {
  wire.upstream.next({ status: 500 })
  await assert.rejects(client(wire).generate(ask), { name: 'ResponseError', status_code: 502 })
  wire.upstream.next({ chunks: ['One ', 'two ', 'three '], truncateAfter: 2 })
  const lines: GenerateResponse[] = []
  const read = async () => {
    for await (const line of await client(wire).generate({ ...ask, stream: true })) lines.push(line)
  }
  await assert.rejects(read(), /openai|ollama/)
  assert.ok(lines.length > 0 && lines.every((line) => !line.done))
})

test('a path below /api that is no route is an error that the client of Ollama can read', async () => {
  await using upstream = await startOllamaUpstream()
  await using gateway = await startGateway({ providers: { local: localOllama(upstream) } })
  const pull = client({ gateway }).pull({ model: 'llama3.2:8b' })
  await assert.rejects(pull, { name: 'ResponseError', status_code: 404, message: /There is no such route/ })
})
