// Proves that a request for a response passes through to a provider with the route as bytes, with every lock, cap and charge that holds elsewhere.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ConfigInput } from '../../src/config/schema.ts'
import { type JsonObject, startOllamaUpstream, startOpenAIUpstream, type Upstream } from '../../src/testing/index.ts'
import { assertAbsent, canaries, harmless } from '../make/canaries.ts'
import { localOllama, openAIProvider, type RunningGateway, startGateway } from '../make/gateway.ts'
import { type AskOptions, ask, events, get, member, type Reply } from './client.ts'

const price = { input_per_million: 1, output_per_million: 5, cached_input_per_million: 0.1 }
const pricing = { openai: { '*': price } }

interface Served extends AsyncDisposable {
  readonly openai: Upstream
  readonly local: Upstream
  readonly gateway: RunningGateway
  send(body: string | object, options?: AskOptions): Promise<Reply>
  /** The newest body that OpenAI received, as text. */
  received(): string
}

async function serve(more: Partial<ConfigInput> = {}): Promise<Served> {
  const openai = await startOpenAIUpstream({ apiKey: 'sk-openai-test' })
  const local = await startOllamaUpstream({ label: 'local', models: ['llama3.2:8b'] })
  const models = ['gpt-4o', 'gpt-4o-mini']
  const gateway = await startGateway({
    providers: { openai: openAIProvider(openai, { models, responses: true }), local: localOllama(local) },
    pricing,
    ...more,
  })
  const url = `${gateway.url}/v1/responses`
  return {
    openai,
    local,
    gateway,
    send: (body, options) => ask(url, typeof body === 'string' ? body : JSON.stringify(body), options),
    received: () => openai.journal.requests.findLast(({ method }) => method === 'POST')?.rawBody.toString() ?? '',
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await openai.close()
      await local.close()
    },
  }
}

const plain = { model: 'gpt-4o', input: 'Say hello.' }
const direct = { headers: { 'x-aegis-data-classification': 'public' } }
const idOf = (reply: Reply) => String(member(reply, 'id'))
/** What the newest request to the local model said, message by message. */
const heardHere = ({ local }: Served) => {
  const messages = local.journal.requests.at(-1)?.json?.messages
  return (Array.isArray(messages) ? (messages as JsonObject[]) : []).map(({ content }) => content)
}
const lastPath = ({ openai }: Served) => openai.journal.requests.at(-1)?.path

describe('the bytes of a request', () => {
  /** With odd spaces, escapes and number formats, members of tomorrow and sealed thoughts. */
  const odd = `{ "max_output_tokens" : 4096,"model":"gpt-4o","store":false,
  "of_tomorrow":{"x":[1.0,1e5]},"temperature":0.50,"include":["reasoning.encrypted_content"],
  "input":[{"role":"user","content":"caf\\u00e9"},
    {"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAAA-sealed_=="},
    {"type":"message","role":"assistant","id":"msg_1","content":[{"type":"output_text","text":"Yes?","annotations":[]}]},
    {"role":"user","content":[{"type":"input_text","text":"Go on.","of_tomorrow":1}]}],
  "metadata":{"team":"north"},"prompt_cache_key":"a"}\n`

  test('are the caller’s when nothing must change', async () => {
    await using served = await serve()
    const reply = await served.send(odd)
    assert.equal(reply.status, 200, reply.text)
    assert.equal(served.received(), odd)
    assert.equal(lastPath(served), '/v1/responses')
  })

  test('differ in the model, the hints and where it is kept alone, when those must change', async () => {
    await using served = await serve()
    const hinted = odd
      .replace('"model":"gpt-4o"', '"model":"openai/gpt-4o-mini"')
      .replace('"of_tomorrow":{', '"aegis":{"batch_size":2},"of_tomorrow":{')
      .replace('"store":false', '"store":true')
    assert.equal((await served.send(hinted)).status, 200)
    assert.equal(served.received(), odd.replace('gpt-4o', 'gpt-4o-mini'))
    assert.equal((await served.send(plain)).status, 200)
    assert.equal(served.received(), JSON.stringify({ ...plain, store: false }))
  })

  test('lose the thoughts that nobody sealed, which would have to be kept at OpenAI', async () => {
    await using served = await serve()
    const input = [
      { role: 'user', content: 'Hi' },
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm.' }] },
      { role: 'user', content: 'Go on.' },
    ]
    assert.equal((await served.send({ ...plain, input })).status, 200)
    assert.deepEqual(JSON.parse(served.received()).input, [input[0], input[2]])
  })

  test('are a chat at a provider that is not said to have the route', async () => {
    await using served = await serve({
      providers: { openai: { kind: 'openai', base_url: 'http://127.0.0.1:9', api_key: 'k', models: ['gpt-4o'] } },
    })
    const { providers } = served.gateway.aegis.gateway.proxy.policy
    assert.equal(providers[0]?.responses, false)
  })
})

describe('the bytes of an answer', () => {
  const usage = '"usage":{"input_tokens":110,"input_tokens_details":{"cached_tokens":100},"output_tokens":4}'
  const output = `"output":[{"id":"rs_9","type":"reasoning","summary":[]},
    {"id":"msg_9","type":"message","role":"assistant","content":[{"type":"output_text","text":"caf\\u00e9 \\"msg_9\\"","x":1.50}]}]`

  test('are the provider’s, with the ids and the place of here, and the cost in its usage', async () => {
    await using served = await serve()
    const body = `{ "id":"resp_9","object":"response","status":"completed",${output},"store":false,"of_tomorrow":1.0, ${usage} }\n`
    served.openai.next({ rawBody: body })
    const reply = await served.send(plain)
    const id = idOf(reply)
    const part = id.slice('resp_'.length)
    assert.match(part, /^[0-9a-f]{16,}$/)
    const expected = body
      .replace('"resp_9"', `"${id}"`)
      .replace('"id":"rs_9"', `"id":"rs_${part}00"`)
      .replace('"id":"msg_9"', `"id":"msg_${part}01"`)
      .replace('"store":false', '"store":true')
      .replace('"usage":{', '"usage":{"cost":0.00004,')
    assert.equal(reply.text, expected)
    assert.equal(reply.headers['x-aegis-cost-usd'], '0.00004')
    assert.deepEqual((await get(`${served.gateway.url}/v1/responses/${id}`)).json, reply.json)
  })

  test('come in the provider’s events, with the same changes', async () => {
    await using served = await serve()
    const frames = [
      'event: response.created\ndata: {"type":"response.created","sequence_number":0, "response":{"id":"resp_9","store":false,"output":[],"usage":null,"error":null}}\n\n',
      ': a comment\n\nevent: response.output_item.added\ndata: {"type":"response.output_item.added","output_index":0,"item":{"id":"msg_9","type":"message","content":[]}}\n\n',
      'event: response.output_text.delta\nid: 7\ndata: {"type":"response.output_text.delta","item_id":"msg_9","delta":"caf\\u00e9 \\"usage\\" \\"error\\""}\n\n',
      'event: of_tomorrow\ndata: {"type":"of_tomorrow","x":[1e5]}\n\n',
      'event: response.output_item.done\ndata: {"type":"response.output_item.done","output_index":0,"item":{"id":"msg_9","type":"message","content":[]}}\n\n',
      `event: response.completed\ndata: {"type":"response.completed","response":{"id":"resp_9","store":false,"output":[{"id":"msg_9","type":"message","content":[]}],${usage}}, "y":1.0}\n\n`,
    ]
    served.openai.next({ rawFrames: frames })
    const reply = await served.send({ ...plain, stream: true })
    const [id] = /resp_[0-9a-f]+/.exec(reply.text) ?? ['']
    const expected = frames
      .join('')
      .replaceAll('"resp_9"', `"${id}"`)
      .replaceAll('"msg_9"', `"msg_${id.slice('resp_'.length)}00"`)
      .replaceAll('"store":false', '"store":true')
      .replace('"usage":{', '"usage":{"cost":0.00004,')
    assert.equal(reply.text, expected)
    const { rows } = await served.gateway.aegis.gateway.proxy.ledger.usage({ limit: 10 })
    assert.deepEqual(
      rows.map(({ cost, usageQuality }) => [cost, usageQuality]),
      [[40_000, 'reported']],
    )
    const kept = await get(`${served.gateway.url}/v1/responses/${id}`)
    assert.equal(member(kept, 'output.0.id'), `msg_${id.slice('resp_'.length)}00`)
  })

  test('leave sealed thoughts their id, under which alone they can be opened', async () => {
    await using served = await serve()
    served.openai.next({ thinking: 'Hm.', text: 'Yes.' })
    const first = await served.send({ ...plain, include: ['reasoning.encrypted_content'] })
    const thought = member(first, 'output.0') as JsonObject
    assert.ok(!String(thought.id).includes(idOf(first).slice('resp_'.length)))
    await served.send({ ...plain, previous_response_id: idOf(first) })
    const { input } = JSON.parse(served.received()) as { input: JsonObject[] }
    assert.deepEqual(input[1], thought)
  })

  test('that stop without their end, or report an error, are a failed response and never a complete one', async () => {
    await using served = await serve()
    const error = { type: 'error', code: 'server_error', message: 'CANARY', param: null }
    const faults = [{ truncateAfter: 6 }, { disconnectAfter: 6 }, { inBandErrorAfter: 6, errorBody: error }]
    for (const fault of faults) {
      served.openai.next({ chunks: ['a', 'b', 'c', 'd', 'e', 'f'], ...fault })
      const reply = await served.send({ ...plain, stream: true })
      const types = events(reply.text).map((data) => JSON.parse(data).type)
      assert.deepEqual(types.slice(-2), ['response.failed', 'error'], reply.text)
      assert.ok(!types.includes('response.completed'))
      const [id] = /resp_[0-9a-f]+/.exec(reply.text) ?? ['']
      assert.equal((await get(`${served.gateway.url}/v1/responses/${id}`)).status, 404)
    }
  })

  test('of a refusal are the provider’s', async () => {
    await using served = await serve()
    const errorBody = { error: { message: 'No.', type: 'invalid_request_error', param: 'of_tomorrow', code: null } }
    served.openai.next({ status: 400, errorBody })
    const reply = await served.send({ ...plain, of_tomorrow: 1 })
    assert.equal(reply.status, 400)
    assert.deepEqual(reply.json, errorBody)
  })
})

describe('a conversation', () => {
  const turn = (text: string) => [{ role: 'user', content: text }]

  test('stands in the request itself, with nothing that OpenAI would look up', async () => {
    await using served = await serve()
    served.openai.next({ thinking: 'Hm.', text: 'One.' })
    const first = await served.send({ ...plain, input: turn('First.') })
    const second = await served.send(
      `{"model":"gpt-4o","previous_response_id":"${idOf(first)}","input":[ {"role":"user","content":"Sec\\u006fnd."} ]}`,
    )
    assert.equal(second.status, 200, second.text)
    const answer = {
      type: 'message',
      status: 'completed',
      role: 'assistant',
      content: member(first, 'output.1.content'),
    }
    const history = [...turn('First.'), answer].map((item) => JSON.stringify(item))
    // The fake refuses what OpenAI would look up; so do the thoughts that nobody sealed.
    assert.equal(
      served.received(),
      `{"model":"gpt-4o","input":${JSON.stringify(JSON.parse(`[${history},{"role":"user","content":"Second."}]`))},"store":false}`,
    )
    assert.equal(member(second, 'previous_response_id'), idOf(first))
  })

  test('goes on from OpenAI at a local model and back, whole and streamed', async () => {
    for (const stream of [false, true]) {
      await using served = await serve()
      const idIn = (reply: Reply) => /resp_[0-9a-f]+/.exec(reply.text)?.[0]
      served.openai.next({ text: 'One.' }, { text: 'Three.' })
      served.local.next({ text: 'Two.' })
      const first = await served.send({ ...plain, input: 'First.', stream })
      const second = await served.send({
        ...{ model: 'auto:local', input: 'Second.', previous_response_id: idIn(first), stream },
      })
      assert.equal(second.headers['x-aegis-provider'], 'local', second.text)
      assert.deepEqual(heardHere(served), ['First.', 'One.', 'Second.'])
      const third = await served.send({ ...plain, input: 'Third.', previous_response_id: idIn(second), stream })
      assert.equal(third.status, 200)
      assert.equal(third.headers['x-aegis-provider'], 'openai')
      const { input } = JSON.parse(served.received()) as { input: JsonObject[] }
      assert.deepEqual(
        input.map(({ content }) => (typeof content === 'string' ? content : (content as JsonObject[])[0]?.text)),
        ['First.', 'One.', 'Second.', 'Two.', 'Third.'],
      )
    }
  })

  test('finds an item by its id alone', async () => {
    await using served = await serve()
    const first = await served.send(plain)
    const reference = { type: 'item_reference', id: member(first, 'output.0.id') }
    assert.equal((await served.send({ ...plain, input: [reference, ...turn('Go on.')] })).status, 200)
    const { input } = JSON.parse(served.received()) as { input: JsonObject[] }
    assert.deepEqual(input[0]?.content, member(first, 'output.0.content'))
  })

  test('falls back to a local model as a chat when OpenAI fails before its first output', async () => {
    await using served = await serve()
    const failed =
      'event: response.failed\ndata: {"type":"response.failed","response":{"error":{"code":"server_error"}}}\n\n'
    for (const [stream, fault] of [
      [false, { status: 500 }],
      [true, { status: 500 }],
      [true, { rawFrames: [failed] }],
      [true, { disconnectAfter: 3 }],
      [false, { rawBody: '{"object":"response","status":"failed","error":{"code":"server_error"},"output":[]}' }],
    ] as const) {
      served.openai.next(fault)
      const reply = await served.send({ ...plain, stream })
      assert.equal(reply.headers['x-aegis-provider'], 'local', JSON.stringify(fault))
      assert.match(reply.text, /"status":"completed"/)
    }
  })
})

describe('what only the route can do', () => {
  const search = { type: 'web_search' }
  const cases: readonly (readonly [string, object])[] = [
    ['tools[0].type', { tools: [search] }],
    ['tools[0].type', { tools: [{ type: 'custom', name: 'write', format: { type: 'text' } }] }],
    ['tool_choice.type', { tools: [{ type: 'function', name: 'f' }], tool_choice: { type: 'custom', name: 'f' } }],
    ['input[0].type', { input: [{ type: 'web_search_call', id: 'ws_1', status: 'completed' }] }],
    [
      'input[0].content[0].file_id',
      { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'file-1' }] }] },
    ],
  ]
  const free = { pricing: { openai: { '*': { free: true } } } }

  test('reaches a provider that has it, as it came', async () => {
    await using served = await serve(free)
    for (const [param, more] of cases) {
      const reply = await served.send({ ...plain, ...more }, direct)
      assert.equal(reply.status, 200, `${param}: ${reply.text}`)
      assert.equal(served.received(), JSON.stringify({ ...plain, ...more, store: false }))
    }
  })

  test('is refused by name where the data is restricted, or nobody has the route, and nothing leaves', async () => {
    await using served = await serve(free)
    for (const [param, more] of cases) {
      const restricted = { headers: { 'x-aegis-data-classification': 'pii' } }
      for (const [body, options] of [
        [{ ...plain, ...more }, restricted],
        [{ ...plain, ...more, instructions: canaries['an IBAN'] }, {}],
        [{ ...plain, ...more, model: 'auto:local' }, direct],
      ] as const) {
        const reply = await served.send(body, options)
        assert.equal(reply.status, 400, `${param}: ${reply.text}`)
        assert.equal(member(reply, 'error.param'), param)
        assert.match(reply.text, /is run by OpenAI itself|is known to OpenAI alone|is not supported/)
        assertAbsent(reply.text, canaries['an IBAN'] ?? '', param)
      }
    }
    assert.equal(served.openai.journal.connections.length, 0)
    assert.equal(served.local.journal.requests.filter(({ method }) => method === 'POST').length, 0)
  })

  test('is not asked of a local provider with the route when data is restricted, and all else is', async () => {
    await using here = await startOpenAIUpstream({ label: 'here' })
    await using served = await serve({
      providers: {
        here: { kind: 'openai_compatible', location: 'local', base_url: here.url, models: ['m'], responses: true },
      },
      pricing: {},
    })
    const restricted = { headers: { 'x-aegis-data-classification': 'hipaa' } }
    assert.equal((await served.send({ ...plain, model: 'm', tools: [search] }, restricted)).status, 400)
    assert.equal(here.journal.requests.length, 0)
    const reply = await served.send({ ...plain, model: 'm' }, restricted)
    assert.equal(reply.headers['x-aegis-location'], 'local')
    assert.equal(here.journal.requests.at(-1)?.path, '/v1/responses')
  })

  test('is left out of a conversation that goes on elsewhere', async () => {
    await using served = await serve(free)
    const call = { id: 'ws_9', type: 'web_search_call', status: 'completed', action: { type: 'search', query: 'x' } }
    const text = { id: 'msg_9', type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Found.' }] }
    served.openai.next({ rawBody: JSON.stringify({ object: 'response', status: 'completed', output: [call, text] }) })
    const first = await served.send({ ...plain, tools: [search] }, direct)
    const second = await served.send({ model: 'auto:local', input: 'Go on.', previous_response_id: idOf(first) })
    assert.equal(second.status, 200, second.text)
    assert.deepEqual(heardHere(served), ['Say hello.', 'Found.', 'Go on.'])
    await served.send({ ...plain, previous_response_id: idOf(first) }, direct)
    const { input } = JSON.parse(served.received()) as { input: JsonObject[] }
    assert.deepEqual(input[1], { ...call, id: member(first, 'output.0.id') })
  })
})

describe('money', () => {
  test('lowers the cap of a request that passes through', async () => {
    await using served = await serve({ budgets: { monthly_limits: { openai: 0.025 }, min_output_tokens: 16 } })
    assert.equal((await served.send({ ...plain, max_output_tokens: 16_000 }, direct)).status, 200)
    const { max_output_tokens: cap } = JSON.parse(served.received()) as { max_output_tokens: number }
    assert.ok(cap < 5000 && cap > 2048, String(cap))
  })

  test('refuses tools that run there, unless their fee is told and the caller says how often', async () => {
    const asked = { ...plain, model: 'openai/gpt-4o', max_output_tokens: 100, tools: [{ type: 'web_search' }] }
    await using served = await serve()
    for (const more of [{}, { max_tool_calls: 2 }]) {
      const reply = await served.send({ ...asked, ...more }, direct)
      assert.equal(reply.status, 402, reply.text)
      assert.equal(member(reply, 'error.param'), 'tools')
    }
    assert.equal(served.openai.journal.connections.length, 0)
    await using told = await serve({ pricing: { openai: { '*': { ...price, per_request: 0.03 } } } })
    const unsaid = await told.send(asked, direct)
    assert.match(String(member(unsaid, 'error.message')), /max_tool_calls/)
    assert.equal(told.openai.journal.connections.length, 0)
    told.openai.next({ usage: { prompt_tokens: 1000, completion_tokens: 10 } })
    const reply = await told.send({ ...asked, max_tool_calls: 2 }, direct)
    assert.equal(reply.status, 200, reply.text)
    assert.equal(reply.headers['x-aegis-cost-usd'], '0.03105')
  })

  test('holds a context window for each time that such tools make the model read again', async () => {
    const models = [{ name: 'gpt-4o', context_tokens: 10_000 }]
    for (const [calls, limit, status] of [
      [1, 0.0215, 200],
      [3, 0.0215, 402],
      [3, 0.0415, 200],
    ] as const) {
      await using openai = await startOpenAIUpstream()
      await using served = await serve({
        providers: { openai: openAIProvider(openai, { models, responses: true }) },
        pricing: { openai: { '*': { ...price, per_request: 0.001 } } },
        budgets: { monthly_limits: { openai: limit } },
      })
      const more = { tools: [{ type: 'web_search' }], max_tool_calls: calls, max_output_tokens: 100 }
      assert.equal((await served.send({ ...plain, ...more }, direct)).status, status, `${calls} at ${limit}`)
    }
  })

  test('is charged at the bound when an answer reports no usage', async () => {
    await using served = await serve()
    for (const stream of [false, true]) {
      served.openai.next({ text: 'Hello.', usage: 'absent' })
      const reply = await served.send({ ...plain, max_output_tokens: 4096, stream })
      assert.match(reply.text, /Hello\./)
    }
    const { rows } = await served.gateway.aegis.gateway.proxy.ledger.usage({ limit: 10 })
    assert.deepEqual(
      rows.map(({ usageQuality, cost }) => [usageQuality, cost > 4096 * 5000]),
      [
        ['estimated', true],
        ['estimated', true],
      ],
    )
  })

  test('is charged for what was delivered when the caller leaves', async () => {
    await using served = await serve()
    served.openai.next({ chunks: Array.from({ length: 5000 }, () => 'word '), chunkGapMs: 2 })
    const controller = new AbortController()
    const reply = await fetch(`${served.gateway.url}/v1/responses`, {
      ...{ method: 'POST', body: JSON.stringify({ ...plain, stream: true, max_output_tokens: 16_000 }) },
      signal: controller.signal,
    })
    await reply.body?.getReader().read()
    controller.abort()
    const left = await served.openai.journal.waitFor(({ ended }) => ended !== 'open', 60_000)
    assert.equal(left.ended, 'client_closed')
    const { ledger } = served.gateway.aegis.gateway.proxy
    while ((await ledger.usage({ limit: 1 })).rows.length === 0) await new Promise((done) => setImmediate(done))
    const { rows } = await ledger.usage({ limit: 1 })
    assert.equal(rows[0]?.usageQuality, 'estimated')
    assert.ok((rows[0]?.cost ?? 0) > 0 && (rows[0]?.cost ?? 0) < 16_000 * 5000)
  })
})

describe('data that nobody declared stays at home', () => {
  const user = (content: unknown) => ({ role: 'user', content })
  const carriers: Readonly<Record<string, (text: string) => object>> = {
    'the input': (text) => ({ input: text }),
    'a member of tomorrow': (text) => ({ of_tomorrow: { note: text } }),
    metadata: (text) => ({ metadata: { note: text } }),
    'a summary of thoughts': (text) => ({
      input: [{ type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text }] }, user('Go on.')],
    }),
    'the query of a search': (text) => ({
      input: [{ type: 'web_search_call', id: 'ws_1', action: { type: 'search', query: text } }, user('Go on.')],
    }),
    'the input of a tool of one’s own': (text) => ({
      input: [{ type: 'custom_tool_call', call_id: 'c', name: 'f', input: text }, user('Go on.')],
    }),
    'the address of a server': (text) => ({
      tools: [{ type: 'mcp', server_label: 'x', server_url: 'https://example.com', headers: { note: text } }],
    }),
    'a place that is said of a search': (text) => ({
      tools: [{ type: 'web_search', user_location: { type: 'approximate', city: text } }],
    }),
    'an unknown part': (text) => ({ input: [user([{ type: 'of_tomorrow', note: text }])] }),
    'the key of a cache': (text) => ({ prompt_cache_key: text }),
  }
  const free = { pricing: { openai: { '*': { free: true } } } }

  for (const [what, make] of Object.entries(carriers)) {
    test(`in ${what}`, async () => {
      await using served = await serve(free)
      for (const stream of [false, true]) {
        for (const [name, canary] of Object.entries(canaries)) {
          const reply = await served.send({ ...plain, model: 'openai/gpt-4o', ...make(canary), stream })
          assert.ok([200, 400].includes(reply.status), `${name}: ${reply.text}`)
          if (reply.status === 400) assertAbsent(reply.text, canary, name)
          else assert.equal(reply.headers['x-aegis-location'], 'local', name)
        }
      }
      assert.equal(served.openai.journal.connections.length, 0)
      const reply = await served.send({ ...plain, model: 'openai/gpt-4o', ...make(harmless) })
      assert.equal(reply.headers['x-aegis-provider'], 'openai', reply.text)
    })
  }

  test('in what was answered here, when the conversation would go on there', async () => {
    await using served = await serve(free)
    for (const [name, canary] of Object.entries(canaries)) {
      served.local.next({ text: canary })
      const first = await served.send({ model: 'auto:local', input: harmless })
      const next = await served.send({ ...plain, model: 'openai/gpt-4o', previous_response_id: idOf(first) })
      assert.equal(next.headers['x-aegis-location'], 'local', name)
    }
    assert.equal(served.openai.journal.connections.length, 0)
  })
})

test('limits of a key hold, and its streams stay the provider’s', async () => {
  const master = 'sk-aegis-right-key'
  await using served = await serve({
    auth: { master_key: master },
    limits: { per_key: { requests_per_minute: 100, tokens_per_minute: 100_000 } },
  })
  const headers = { authorization: `Bearer ${master}` }
  const made = await ask(`${served.gateway.url}/v1/keys`, '{"key_name":"a"}', { headers })
  const key = String(member(made, 'key'))
  const reply = await served.send({ ...plain, stream: true }, { headers: { authorization: `Bearer ${key}` } })
  assert.equal(lastPath(served), '/v1/responses')
  assert.match(reply.text, /event: response\.completed\n/)
  assert.ok(reply.headers['x-ratelimit-remaining-tokens'])
})
