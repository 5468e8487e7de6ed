// Proves that a Messages request passes through to Anthropic as bytes, with every lock, cap and charge that holds elsewhere.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ConfigInput } from '../../src/config/schema.ts'
import { startAnthropicUpstream, startOllamaUpstream, type Upstream } from '../../src/testing/index.ts'
import { assertAbsent, canaries } from '../make/canaries.ts'
import { localOllama, type RunningGateway, startGateway } from '../make/gateway.ts'
import { type AskOptions, ask, events, member, type Reply } from './client.ts'

const price = { input_per_million: 1, output_per_million: 5, cached_input_per_million: 0.1, cache_write_per_million: 2 }
const pricing = { anthropic: { '*': price } }

interface Served extends AsyncDisposable {
  readonly anthropic: Upstream
  readonly local: Upstream
  readonly gateway: RunningGateway
  send(body: string | object, options?: AskOptions): Promise<Reply>
  /** The newest body that Anthropic received, as text. */
  received(): string
}

async function serve(more: Partial<ConfigInput> = {}): Promise<Served> {
  const anthropic = await startAnthropicUpstream({ apiKey: 'sk-ant-test' })
  const local = await startOllamaUpstream({ label: 'local', models: ['llama3.2:8b'] })
  const models = ['claude-haiku-4-5', 'claude-sonnet-5']
  const entry = { kind: 'anthropic' as const, base_url: anthropic.url, api_key: 'sk-ant-test', models }
  const gateway = await startGateway({ providers: { anthropic: entry, local: localOllama(local) }, pricing, ...more })
  const url = `${gateway.url}/v1/messages`
  return {
    anthropic,
    local,
    gateway,
    send: (body, options) => ask(url, typeof body === 'string' ? body : JSON.stringify(body), options),
    received: () => anthropic.journal.requests.findLast(({ method }) => method === 'POST')?.rawBody.toString() ?? '',
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await anthropic.close()
      await local.close()
    },
  }
}

const user = [{ role: 'user', content: 'Say hello.' }]
const plain = { model: 'claude-haiku-4-5', max_tokens: 4096, messages: user }

describe('the bytes of a request', () => {
  /** With odd spaces, escapes and number formats, members of tomorrow, marks and signatures. */
  const odd = `{ "max_tokens" : 4096,"model":"claude-haiku-4-5",
  "of_tomorrow":{"x":[1.0,1e5]},"temperature":0.50,
  "system":[{"type":"text","text":"caf\\u00e9","cache_control":{"type":"ephemeral","ttl":"5m"}}],
  "thinking":{"type":"enabled","budget_tokens":2000},
  "messages":[{"role":"user","content":"Hi"},
    {"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"EqQBCkYIARgC+/=="},
      {"type":"redacted_thinking","data":"c2VhbGVk"},{"type":"text","text":"Yes?","citations":null}]},
    {"role":"user","content":[{"type":"text","text":"Go on.","cache_control":{"type":"ephemeral"}}]}]}\n`

  test('are the caller’s when nothing must change', async () => {
    await using served = await serve()
    assert.equal((await served.send(odd)).status, 200)
    assert.equal(served.received(), odd)
  })

  test('differ in the model and in the hints alone when those must change', async () => {
    await using served = await serve()
    const hinted = odd
      .replace('"model":"claude-haiku-4-5"', '"model":"anthropic/claude-sonnet-5"')
      .replace('"of_tomorrow"', '"aegis":{"batch_size":2},"of_tomorrow"')
    assert.equal((await served.send(hinted)).status, 200)
    assert.equal(served.received(), odd.replace('claude-haiku-4-5', 'claude-sonnet-5'))
  })

  test('lose the thoughts that nobody has signed, which Anthropic would refuse', async () => {
    await using served = await serve()
    const content = [
      { type: 'thinking', thinking: 'Hm.', signature: '' },
      { type: 'text', text: 'Yes?' },
    ]
    const only = { role: 'assistant', content: content.slice(0, 1) }
    const messages = [user[0], { role: 'assistant', content }, user[0], only, user[0]]
    assert.equal((await served.send({ ...plain, messages })).status, 200)
    const kept = [user[0], { role: 'assistant', content: content.slice(1) }, user[0], user[0]]
    assert.deepEqual(JSON.parse(served.received()), { ...plain, messages: kept })
  })

  test('go with the caller’s version and beta features, and with our key', async () => {
    await using served = await serve()
    const headers = {
      'anthropic-version': '2023-01-01',
      'anthropic-beta': 'one-2025-01-01, two',
      'x-api-key': 'theirs',
    }
    assert.equal((await served.send(plain, { headers })).status, 200)
    const sent = served.anthropic.journal.requests.at(-1)?.headers ?? {}
    assert.equal(sent['anthropic-version'], '2023-01-01')
    assert.equal(sent['anthropic-beta'], 'one-2025-01-01,two')
    assert.equal(sent['x-api-key'], 'sk-ant-test')
    assert.equal((await served.send(plain)).status, 200)
    assert.equal(served.anthropic.journal.requests.at(-1)?.headers['anthropic-version'], '2023-06-01')
  })
})

describe('the bytes of an answer', () => {
  test('are the provider’s, with the cost in its usage', async () => {
    await using served = await serve()
    const text = `{ "type":"message","id":"msg_1","content":[{"type":"text","text":"caf\\u00e9","citations":null}],"x":1.50,
      "usage":{"input_tokens":10,"output_tokens":4,"cache_read_input_tokens":100,"cache_creation_input_tokens":20} }\n`
    served.anthropic.next({ rawBody: text })
    const reply = await served.send(plain)
    assert.equal(reply.text, text.replace('"usage":{', '"usage":{"cost":0.00008,'))
    assert.equal(reply.headers['x-aegis-cost-usd'], '0.00008')
  })

  test('come in the provider’s events, with the cost in the last usage', async () => {
    await using served = await serve()
    const usage = '"usage":{"input_tokens":10,"cache_read_input_tokens":100,"cache_creation_input_tokens":20,'
    const frames = [
      `event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","content":[],${usage}"output_tokens":1}}, "y":1.0}\n\n`,
      'event: ping\ndata: {"type": "ping"}\n\n',
      'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n',
      ': a comment\n\nevent: content_block_delta\nid: 7\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"caf\\u00e9 \\"usage\\""}}\n\n',
      'event: of_tomorrow\ndata: {"type":"of_tomorrow","x":[1e5]}\n\n',
      'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n',
      'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":4}}\n\n',
      'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    ]
    served.anthropic.next({ rawFrames: frames })
    const reply = await served.send({ ...plain, stream: true })
    const expected = frames.join('').replace('"usage":{"output_tokens"', '"usage":{"cost":0.00008,"output_tokens"')
    assert.equal(reply.text, expected)
    const { rows } = await served.gateway.aegis.gateway.proxy.ledger.usage({ limit: 10 })
    assert.equal(rows[0]?.cost, 80_000)
  })

  test('end without message_stop when the provider reports an error, which passes on as it is', async () => {
    await using served = await serve()
    const delta =
      'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}\n\n'
    const error =
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_9"}\n\n'
    served.anthropic.next({ rawFrames: [delta, error] })
    const reply = await served.send({ ...plain, stream: true })
    assert.equal(reply.text, delta + error)
  })

  test('that stop without their end are an error event and never a message_stop', async () => {
    await using served = await serve()
    for (const fault of [{ truncateAfter: 5 }, { disconnectAfter: 5 }]) {
      served.anthropic.next({ chunks: ['a', 'b', 'c', 'd', 'e', 'f'], ...fault })
      const reply = await served.send({ ...plain, stream: true })
      const last = events(reply.text).at(-1) ?? ''
      assert.match(last, /^\{"type":"error","error":\{"type":"api_error"/)
      assert.ok(reply.text.includes('\n\nevent: error\ndata: '))
      assert.ok(!reply.text.includes('message_stop'))
    }
  })
})

describe('money', () => {
  const tight = { budgets: { monthly_limits: { anthropic: 0.025 }, min_output_tokens: 16 } }

  test('lowers the cap of a request that passes through, and the budget for thoughts with it', async () => {
    await using served = await serve(tight)
    const thinking = { type: 'enabled', budget_tokens: 8000, of_tomorrow: 1 }
    const direct = { headers: { 'x-aegis-data-classification': 'public' } }
    assert.equal((await served.send({ ...plain, max_tokens: 16_000, thinking }, direct)).status, 200)
    const sent = JSON.parse(served.received()) as { max_tokens: number; thinking: Record<string, unknown> }
    assert.ok(sent.max_tokens < 5000 && sent.max_tokens > 2048, String(sent.max_tokens))
    assert.deepEqual(sent.thinking, { ...thinking, budget_tokens: Math.floor(sent.max_tokens / 2) })
  })

  test('refuses what the caller cannot pay before a byte is sent', async () => {
    await using served = await serve({ budgets: { monthly_limits: { anthropic: 0.000001 }, on_exceeded: 'reject' } })
    const reply = await served.send(plain)
    assert.equal(reply.status, 402)
    assert.equal(member(reply, 'error.type'), 'billing_error')
    assert.equal(served.anthropic.journal.connections.length, 0)
  })

  test('refuses what no count of tokens bounds', async () => {
    await using served = await serve()
    const unbounded: readonly (readonly [object, string])[] = [
      [{ mcp_servers: [{ type: 'url', url: 'https://example.com', name: 'x' }] }, 'mcp_servers'],
      [{ tools: [{ type: 'web_search_20250305', name: 'web_search' }] }, 'tools'],
      [{ speed: 'fast' }, 'speed'],
      [{ inference_geo: 'us' }, 'inference_geo'],
      [{ context_management: { edits: [{ type: 'compact_20260112' }] } }, 'context_management'],
    ]
    for (const [more, param] of unbounded) {
      const reply = await served.send({ ...plain, model: 'anthropic/claude-haiku-4-5', ...more })
      const explained = JSON.stringify(reply.json)
      if (reply.status === 200) assert.equal(reply.headers['x-aegis-location'], 'local', param)
      else assert.equal(member(reply, 'error.param'), param, explained)
    }
    assert.equal(served.anthropic.journal.connections.length, 0)
    const own = { tools: [{ type: 'bash_20250124', name: 'bash' }] }
    assert.equal((await served.send({ ...plain, ...own })).headers['x-aegis-provider'], 'anthropic')
  })

  test('is charged at the bound when an answer reports no usage', async () => {
    await using served = await serve()
    for (const stream of [false, true]) {
      served.anthropic.next({ text: 'Hello.', usage: 'absent' })
      const reply = await served.send({ ...plain, stream })
      assert.equal(reply.status, 200)
      assert.ok(reply.text.includes('Hello.'))
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

  test('falls back to a local model, translated, when Anthropic fails', async () => {
    await using served = await serve()
    for (const stream of [false, true]) {
      served.anthropic.next({ status: 529 })
      const reply = await served.send({ ...plain, stream })
      assert.equal(reply.headers['x-aegis-provider'], 'local')
      assert.ok(reply.text.includes('"type":"message'), reply.text)
    }
  })
})

describe('a count of tokens', () => {
  const count = ({ gateway }: Served, body: object, options?: AskOptions) =>
    ask(`${gateway.url}/v1/messages/count_tokens`, JSON.stringify(body), options)
  const question = { model: 'anthropic/claude-haiku-4-5', messages: user }

  test('is Anthropic’s, of the bytes as they came', async () => {
    await using served = await serve()
    const reply = await count(served, { ...question, of_tomorrow: 1 })
    assert.deepEqual(reply.json, { input_tokens: 3 })
    assert.deepEqual(JSON.parse(served.received()), { ...question, model: 'claude-haiku-4-5', of_tomorrow: 1 })
  })

  test('is made here when Anthropic does not tell', async () => {
    await using served = await serve()
    for (const behaviour of [{ status: 500 }, { rawBody: '{}' }, { rawBody: '<html>' }, { disconnectAfter: -1 }]) {
      served.anthropic.alwaysAt('/v1/messages/count_tokens', behaviour)
      const reply = await count(served, question)
      assert.equal(reply.status, 200)
      assert.ok(Number(member(reply, 'input_tokens')) > 3)
    }
  })

  test('of restricted data, declared or found, is made here', async () => {
    await using served = await serve()
    const found = { ...question, system: canaries['an IBAN'] }
    for (const [body, headers] of [
      [question, { 'x-aegis-data-classification': 'hipaa' }],
      [found, {}],
    ] as const) {
      assert.equal((await count(served, body, { headers })).status, 200)
    }
    assert.equal(served.anthropic.journal.connections.length, 0)
  })
})

describe('data that nobody declared stays at home', () => {
  const canary = canaries['an IBAN'] ?? ''
  const carriers: readonly (readonly [string, object])[] = [
    ['a member of tomorrow', { of_tomorrow: { note: canary } }],
    ['a title of a document', documentWith({ title: canary })],
    ['the context of a document', documentWith({ context: canary })],
    [
      'a mark of a cache',
      { system: [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral', note: canary } }] },
    ],
    [
      'the input of a tool’s use',
      { messages: [user[0], assistant({ type: 'tool_use', id: 't', name: 'f', input: { a: canary } })] },
    ],
    ['thoughts', { messages: [user[0], assistant({ type: 'thinking', thinking: canary, signature: 'x' })] }],
    ['a name of a server', { mcp_servers: [{ type: 'url', url: 'https://example.com', name: canary }] }],
    ['the user', { metadata: { user_id: canary } }],
    ['a stop sequence', { stop_sequences: [canary] }],
    ['an example of a tool', { tools: [{ name: 'f', input_schema: {}, input_examples: [{ a: canary }] }] }],
    ['the system', { system: canary }],
  ]

  function documentWith(more: object): object {
    const source = { type: 'text', media_type: 'text/plain', data: 'Hi' }
    return { messages: [{ role: 'user', content: [{ type: 'document', source, ...more }] }] }
  }

  function assistant(block: object): object {
    return { role: 'assistant', content: [block] }
  }

  for (const [what, more] of carriers) {
    test(`in ${what}`, async () => {
      await using served = await serve()
      const reply = await served.send({ ...plain, ...more })
      assert.equal(served.anthropic.journal.connections.length, 0, 'Anthropic was connected to')
      if (reply.status === 200) assert.equal(reply.headers['x-aegis-location'], 'local')
      else assertAbsent(reply.text, canary, 'the error')
    })
  }

  test('in the name of a beta feature', async () => {
    await using served = await serve()
    const reply = await served.send(plain, { headers: { 'anthropic-beta': 'DE89370400440532013000' } })
    assert.equal(reply.headers['x-aegis-location'], 'local')
    assert.equal(served.anthropic.journal.connections.length, 0)
  })
})
