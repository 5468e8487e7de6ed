// Proves that no body, however made, crashes the gateway or makes it answer with a fault of its own.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Agent, request } from 'undici'
import { startAnthropicUpstream, startOllamaUpstream, startOpenAIUpstream } from '../../src/testing/index.ts'
import { localOllama, openAIProvider, startGateway } from '../make/gateway.ts'
import fc from '../make/property.ts'

const openai = await startOpenAIUpstream({ journalBytes: 0 })
const ollama = await startOllamaUpstream({ journalBytes: 0 })
const anthropic = await startAnthropicUpstream({ journalBytes: 0 })
const claude = { kind: 'anthropic' as const, base_url: anthropic.url, api_key: 'key', models: ['claude-haiku-4-5'] }
const gateway = await startGateway({
  providers: { local: localOllama(ollama), openai: openAIProvider(openai), anthropic: claude },
})
const dispatcher = new Agent({ connections: 4 })

after(async () => {
  await dispatcher.close()
  await gateway.close()
  await Promise.all([openai.close(), ollama.close(), anthropic.close()])
})

/** Names that trip up code which treats a parsed object as a class, and names that the gateway knows. */
const oddKeys = ['__proto__', 'constructor', 'toString', 'valueOf', 'toJSON', 'length', 'then', 'hasOwnProperty', '']
const knownKeys = ['name', 'type', 'text', 'url', 'function', 'arguments', 'role', 'content', 'schema', 'ollama', 'n']
const key = fc.constantFrom(...oddKeys, ...knownKeys)
const word = fc.constantFrom('user', 'tool', 'auto', 'text', 'none', 'json_object', '{"a":1}', '{', '\ud800', '\0')

const { tree: anyValue } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.oneof(word, fc.string(), fc.double(), fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.array(fc.tuple(key, tie('tree')), { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
  ),
}))

const schema = { type: 'object', properties: { city: { type: 'string' } } }
const tools = [{ type: 'function', function: { name: 'get_weather', description: 'Weather', parameters: schema } }]
const ask = { role: 'user', content: 'Why is the sky blue?' }
const conversation = [
  { role: 'system', content: 'Be brief.' },
  {
    role: 'user',
    content: [
      { type: 'text', text: 'And this?' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } },
    ],
  },
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'c1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Bern"}' } }],
  },
  { role: 'tool', tool_call_id: 'c1', content: 'Sunny' },
  ask,
]
const nativeConversation = [
  { role: 'user', content: 'And this?', images: ['aGk='] },
  {
    role: 'assistant',
    content: '',
    thinking: 'Hm',
    tool_calls: [{ function: { name: 'get_weather', arguments: { city: 'Bern' } } }],
  },
  { role: 'tool', tool_name: 'get_weather', content: 'Sunny' },
  ask,
]
const samplings = { temperature: 1, top_p: 0.5, seed: 3, stop: ['x'], presence_penalty: 0.5 }
const aegis = { data_classification: 'public', complexity: 'low', batch_size: 3, session: 's' }
/** Good requests, with all that the gateway reads. */
const good: readonly object[] = [
  { model: 'auto', messages: [ask] },
  {
    model: 'gpt-4o',
    messages: conversation,
    tools,
    tool_choice: 'auto',
    ...samplings,
    max_tokens: 5,
    aegis,
    user: 'u',
  },
  {
    model: 'llama3.2:8b',
    messages: conversation,
    tools,
    tool_choice: { type: 'function', function: { name: 'get_weather' } },
  },
  { model: 'auto', messages: [ask], stream: true, stream_options: { include_usage: true }, metadata: {}, n: 1 },
  {
    model: 'llama3.2:8b',
    messages: [ask],
    response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
  },
  { model: 'local/other', messages: [ask], reasoning_effort: 'low', reasoning: { effort: 'low' }, prediction: null },
  { model: 'auto', messages: nativeConversation, tools, think: true, keep_alive: '5m', aegis },
  {
    model: 'gpt-4o',
    messages: nativeConversation,
    format: schema,
    options: { ...samplings, num_predict: 5, top_k: 3 },
  },
]

/** The same of Anthropic's. */
const thought = { type: 'thinking', thinking: 'Hm', signature: '' }
const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } }
const messageConversation = [
  { role: 'user', content: [{ type: 'text', text: 'And this?', cache_control: { type: 'ephemeral' } }, image] },
  {
    role: 'assistant',
    content: [thought, { type: 'tool_use', id: 't1', name: 'get_weather', input: { city: 'Bern' } }],
  },
  {
    role: 'user',
    content: [{ type: 'tool_result', tool_use_id: 't1', content: [image, { type: 'text', text: 'Sunny' }] }],
  },
]
const messageTools = [{ name: 'get_weather', description: 'Weather', input_schema: schema }]
const goodMessages: readonly object[] = [
  { model: 'auto', max_tokens: 50, messages: [ask] },
  {
    ...{ model: 'claude-haiku-4-5', max_tokens: 5000, messages: messageConversation, tools: messageTools, aegis },
    tool_choice: { type: 'any', disable_parallel_tool_use: true },
  },
  {
    ...{ model: 'llama3.2:8b', max_tokens: 50, messages: messageConversation, tools: messageTools },
    ...{ temperature: 1, top_p: 0.5, top_k: 3, stop_sequences: ['x'], metadata: { user_id: 'u' } },
    system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
  },
  {
    ...{ model: 'claude-haiku-4-5', max_tokens: 5000, messages: [ask], stream: true, aegis },
    thinking: { type: 'enabled', budget_tokens: 2000 },
  },
  {
    ...{ model: 'gpt-4o', max_tokens: 50, messages: [ask], stream: true },
    output_config: { effort: 'low', format: { type: 'json_schema', schema } },
  },
]

type Container = Record<string, unknown> | unknown[]

/** Every place in a value that can be set: its container and the key there. */
function placesIn(value: unknown): { readonly container: Container; readonly key: string }[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [
    { container: value as Container, key: name },
    ...placesIn(inner),
  ])
}

const change = fc.record({ place: fc.nat(), addedKey: fc.option(key), value: anyValue })
/** A good request with a few values replaced or added, anywhere. */
const changedOf = (bases: readonly object[]) =>
  fc.tuple(fc.constantFrom(...bases), fc.array(change, { maxLength: 2 })).map(([base, changes]) => {
    const copy: unknown = structuredClone(base)
    for (const { place, addedKey, value } of changes) {
      const places = placesIn(copy)
      const target = places[place % places.length]
      if (!target) break
      const name = addedKey === null || Array.isArray(target.container) ? target.key : addedKey
      Object.defineProperty(target.container, name, { value, enumerable: true, configurable: true, writable: true })
    }
    return Buffer.from(JSON.stringify(copy))
  })

const wound = fc.record({ place: fc.nat(), byte: fc.nat(255), kind: fc.constantFrom('set', 'cut', 'double') })
/** The same with bytes changed, removed or doubled. */
const damagedOf = (whole: fc.Arbitrary<Buffer>) =>
  fc.tuple(whole, fc.array(wound, { minLength: 1, maxLength: 3 })).map(([whole, wounds]) => {
    let bytes = whole
    for (const { place, byte, kind } of wounds) {
      const at = place % Math.max(1, bytes.length)
      if (kind === 'set') bytes[at] = byte
      else if (kind === 'cut') bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + (byte % 8))])
      else bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - byte))])
    }
    return bytes
  })

const noise = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))
const bodiesFrom = (bases: readonly object[]) => {
  const changed = changedOf(bases)
  return fc.oneof({ weight: 8, arbitrary: changed }, { weight: 3, arbitrary: damagedOf(changed) }, noise)
}

/** Both upstreams are well, so an adapter that failed did so by itself. */
function adapterFaults(requestId: unknown) {
  const decision = gateway.aegis.gateway.systemStatus().decisions.find((one) => one.request_id === requestId)
  return decision?.attempts.filter(({ result }) => result === 'server_error' || result === 'malformed') ?? []
}

const routes: readonly (readonly [string, readonly object[]])[] = [
  ['/v1/chat/completions', good],
  ['/api/chat', good],
  ['/v1/explain', good],
  ['/v1/messages', goodMessages],
  ['/v1/messages/count_tokens', goodMessages],
]
for (const [route, bases] of routes) {
  test(`any bytes as a body of ${route} get an answer or a refusal, never a fault`, async () => {
    const statuses = new Map<number, number>()
    await fc.assert(
      fc.asyncProperty(bodiesFrom(bases), async (body) => {
        const reply = await request(gateway.url + route, { method: 'POST', body, dispatcher })
        const text = await reply.body.text()
        statuses.set(reply.statusCode, (statuses.get(reply.statusCode) ?? 0) + 1)
        assert.ok(reply.statusCode >= 200 && reply.statusCode < 500, `${reply.statusCode} ${text}`)
        if (reply.statusCode >= 400) assert.match(text, /"error":/)
        assert.deepEqual(adapterFaults(reply.headers['x-aegis-request-id']), [])
        assert.ok(!gateway.log.some(({ level }) => level === 'error'))
      }),
      { numRuns: 1_500 },
    )
    assert.ok((statuses.get(200) ?? 0) > 20, `some were answered: ${JSON.stringify([...statuses])}`)
    assert.ok((statuses.get(400) ?? 0) > 20, `some were refused: ${JSON.stringify([...statuses])}`)
    const status = await request(`${gateway.url}/health/readiness`, { dispatcher })
    assert.equal(status.statusCode, 200)
    await status.body.dump()
  })
}

test('after all that nothing is in flight and nothing is held', async () => {
  assert.match(gateway.aegis.gateway.renderMetrics(), /^llm_in_flight 0$/m)
  for (const { reserved } of await gateway.aegis.gateway.proxy.ledger.budgets()) assert.equal(reserved, 0)
})
