// Proves that what goes wrong reaches Anthropic's own client as the error class its users catch, and that leaving ends the upstream.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import type { UsageRow } from '../../src/ledger/ledger.ts'
import { type Behaviour, type JsonValue, startAnthropicUpstream, startOllamaUpstream } from '../../src/testing/index.ts'
import { at } from '../../src/testing/raw-http.ts'
import { localOllama, type RunningGateway, startGateway } from '../make/gateway.ts'
import {
  anthropicClient,
  anthropicProvider,
  ask,
  messages,
  startMessageWire,
  testEachMessageWire,
} from './anthropic-wires.ts'
import { endless, patienceMs } from './wires.ts'

type AnyError = InstanceType<typeof Anthropic.APIError>

async function errorOf(
  asked: Promise<unknown>,
  expected: abstract new (...args: never[]) => AnyError,
): Promise<AnyError> {
  let caught: unknown
  await asked.catch((error: unknown) => {
    caught = error
  })
  assert.ok(caught instanceof expected, `${expected.name} was expected, not ${String(caught)}`)
  return caught
}

/** The type in Anthropic's envelope, which must be whole. */
function typeOf({ error: body }: AnyError): unknown {
  const error = body as JsonValue
  assert.equal(at(error, 'type'), 'error')
  assert.equal(typeof at(error, 'error.message'), 'string')
  assert.match(String(at(error, 'request_id')), /^req_/)
  return at(error, 'error.type')
}

/** The ledger's rows of what has ended. */
async function settled({ aegis }: RunningGateway): Promise<readonly UsageRow[]> {
  const rows = async () => (await aegis.gateway.proxy.ledger.usage({ limit: 10 })).rows
  for (let found = await rows(); ; found = await rows()) if (found.length > 0) return found
}

/** A member of the body that the error came with. */
function said({ error }: AnyError, path: string): unknown {
  return at(error as JsonValue, path)
}

function asked(gateway: RunningGateway): number {
  return gateway.aegis.gateway.systemStatus().decisions.length
}

testEachMessageWire('a mistake in the request is a BadRequestError that names the member', async (wire) => {
  const client = anthropicClient(wire.gateway).messages
  const mistakes: readonly (readonly [object, string])[] = [
    [{ messages: [] }, 'messages'],
    [{ max_tokens: undefined }, 'max_tokens'],
    [{ max_tokens: 0 }, 'max_tokens'],
    [{ temperature: 1.5 }, 'temperature'],
    [{ stop_sequences: 'end' }, 'stop_sequences'],
    [{ messages: [{ role: 'robot', content: 'Hi' }] }, 'messages[0].role'],
    [{ messages: [...messages, { role: 'user', content: 5 }] }, 'messages[1].content'],
    [{ messages: [{ role: 'user', content: [{ type: 'tool_result' }] }] }, 'messages[0].content[0].tool_use_id'],
    [{ tools: [{ name: 'f' }] }, 'tools[0].input_schema'],
    [{ tools: [{ name: 'f', input_schema: {} }], tool_choice: { type: 'tool' } }, 'tool_choice.name'],
    [{ system: 7 }, 'system'],
    [{ data_classification: 'pii' }, 'data_classification'],
    [{ aegis: { data_classification: 'secret' } }, 'aegis.data_classification'],
  ]
  for (const [mistake, param] of mistakes) {
    const error = await errorOf(client.create({ ...ask, ...mistake } as never), Anthropic.BadRequestError)
    assert.equal(typeOf(error), 'invalid_request_error')
    assert.equal(said(error, 'error.param'), param)
    assert.ok(String(said(error, 'error.message')).startsWith(`${param} `), error.message)
    assert.match(error.requestID ?? '', /^req_/)
  }
  assert.equal(wire.upstream.journal.requests.length, 0)
})

test('headers that are no version and no list of beta features are a mistake as well', async () => {
  await using wire = await startMessageWire('anthropic')
  const client = anthropicClient(wire.gateway).messages
  for (const headers of [{ 'anthropic-version': 'latest' }, { 'anthropic-beta': 'one two three' }]) {
    const error = await errorOf(client.create(ask, { headers }), Anthropic.BadRequestError)
    assert.equal(said(error, 'error.param'), Object.keys(headers)[0])
  }
  assert.equal(wire.upstream.journal.requests.length, 0)
})

test('a wrong or missing key is an AuthenticationError, and the right one works in x-api-key', async () => {
  await using upstream = await startAnthropicUpstream()
  const providers = { anthropic: anthropicProvider(upstream) }
  await using gateway = await startGateway({ providers, auth: { master_key: 'sk-aegis-right-key' } })
  const wrong = anthropicClient(gateway, 'sk-aegis-wrong-key', 2)
  const error = await errorOf(wrong.messages.create(ask), Anthropic.AuthenticationError)
  assert.equal(typeOf(error), 'authentication_error')
  assert.doesNotMatch(JSON.stringify(error), /wrong-key|right-key/)
  await errorOf(wrong.messages.countTokens({ model: 'auto', messages }), Anthropic.AuthenticationError)
  assert.equal(upstream.journal.requests.length, 0)
  assert.equal((await anthropicClient(gateway, 'sk-aegis-right-key').messages.create(ask)).type, 'message')
  const { headers } = upstream.journal.requests[0] ?? {}
  assert.equal(headers?.['x-api-key'], 'sk-ant-test', 'the provider gets our key and not the caller’s')
})

test('a web page of another origin is a PermissionDeniedError', async () => {
  await using wire = await startMessageWire('openai')
  const headers = { origin: 'https://elsewhere.example' }
  const asking = anthropicClient(wire.gateway).messages.create(ask, { headers })
  assert.equal(typeOf(await errorOf(asking, Anthropic.PermissionDeniedError)), 'permission_error')
})

test('a body over the limit is a 413 of the type request_too_large', async () => {
  await using upstream = await startAnthropicUpstream()
  const providers = { anthropic: anthropicProvider(upstream) }
  await using gateway = await startGateway({ providers, server: { max_body_bytes: 2000 } })
  const long = { ...ask, system: 'x'.repeat(3000) }
  const error = await errorOf(anthropicClient(gateway).messages.create(long), Anthropic.APIError)
  assert.deepEqual([error.status, typeOf(error)], [413, 'request_too_large'])
})

testEachMessageWire(
  'an unknown model is a NotFoundError that lists the known ones',
  async ({ gateway, name, model }) => {
    const asking = anthropicClient(gateway).messages.create({ ...ask, model: 'claude-99' })
    const error = await errorOf(asking, Anthropic.NotFoundError)
    assert.equal(typeOf(error), 'not_found_error')
    assert.ok(error.message.includes(`${name}/${model}`), error.message)
  },
)

testEachMessageWire('a 429 of the only provider is a RateLimitError with its Retry-After', async (wire) => {
  wire.upstream.next({ status: 429, headers: { 'retry-after': '17' } })
  const error = await errorOf(anthropicClient(wire.gateway).messages.create(ask), Anthropic.RateLimitError)
  assert.equal(typeOf(error), 'rate_limit_error')
  assert.equal(error.headers?.get('retry-after'), '17')
})

const faults: readonly (readonly [string, Behaviour, number, string])[] = [
  ['a 500', { status: 500 }, 502, 'api_error'],
  ['a 503', { status: 503 }, 529, 'overloaded_error'],
  ['a refusal of our key', { status: 401 }, 502, 'api_error'],
  ['a time-out', { status: 504 }, 504, 'timeout_error'],
  ['an answer that is not JSON', { rawBody: '{"content":[{"te' }, 502, 'api_error'],
  ['an answer of another shape', { rawBody: '[]' }, 502, 'api_error'],
  ['half an answer', { disconnectAfter: 1 }, 502, 'api_error'],
  ['a closed connection', { disconnectAfter: -1 }, 502, 'api_error'],
]
for (const [what, behaviour, status, type] of faults) {
  testEachMessageWire(`${what} of the only provider is an InternalServerError of status ${status}`, async (wire) => {
    wire.upstream.next(behaviour)
    const error = await errorOf(anthropicClient(wire.gateway).messages.create(ask), Anthropic.InternalServerError)
    assert.deepEqual([error.status, typeOf(error)], [status, type])
    assert.ok(error.message.includes(wire.name), `the provider is named: ${error.message}`)
    if (status === 529) assert.match(error.headers?.get('retry-after') ?? '', /^\d+$/)
  })
}

testEachMessageWire('a mistake that only the provider sees comes back in its own words', async (wire) => {
  const words = 'tools: this model takes none'
  const bodies = {
    openai: { error: { message: words, type: 'invalid_request_error', param: null, code: null } },
    ollama: { error: words },
    anthropic: { type: 'error', error: { type: 'invalid_request_error', message: words }, request_id: 'req_theirs' },
  }
  wire.upstream.next({ status: 400, errorBody: bodies[wire.name] })
  const error = await errorOf(anthropicClient(wire.gateway).messages.create(ask), Anthropic.BadRequestError)
  assert.equal(typeOf(error), 'invalid_request_error')
  assert.equal(said(error, 'error.message'), words)
  if (wire.name === 'anthropic') assert.deepEqual(error.error, bodies.anthropic)
})

testEachMessageWire('the client tries again after what may pass, as often as it was told', async (wire) => {
  const busy = { status: 429, headers: { 'retry-after': '0' } }
  wire.upstream.next(busy, { status: 503, headers: { 'retry-after': '0' } })
  const client = anthropicClient(wire.gateway, 'any', 2)
  assert.equal((await client.messages.create(ask)).type, 'message')
  assert.equal(wire.upstream.journal.requests.length, 3)
  wire.upstream.always(busy)
  await errorOf(client.messages.create(ask), Anthropic.RateLimitError)
  assert.equal(wire.upstream.journal.requests.length, 6, 'one upstream call for each try: retries are not nested')
})

for (const exceeded_status of [402, 403, 429] as const) {
  test(`an exhausted budget with status ${exceeded_status} stops the client at its first try`, async () => {
    await using upstream = await startAnthropicUpstream()
    const budgets = { monthly_limits: { anthropic: 0.000001 }, exceeded_status }
    await using gateway = await startGateway({ providers: { anthropic: anthropicProvider(upstream) }, budgets })
    const error = await errorOf(anthropicClient(gateway, 'any', 2).messages.create(ask), Anthropic.APIError)
    assert.deepEqual([error.status, typeOf(error)], [exceeded_status, 'billing_error'])
    assert.equal(said(error, 'error.code'), 'budget_exceeded')
    assert.equal(said(error, 'error.limit'), 0.000001)
    assert.equal(asked(gateway), 1)
    assert.equal(upstream.journal.requests.length, 0)
  })
}

test('restricted data whose local provider is down is a 503, and Anthropic does not hear of it', async () => {
  await using ollama = await startOllamaUpstream()
  await using anthropic = await startAnthropicUpstream()
  await using gateway = await startGateway({
    providers: { local: localOllama(ollama), anthropic: anthropicProvider(anthropic) },
  })
  const client = anthropicClient(gateway)
  const headers = { 'x-aegis-data-classification': 'hipaa' }
  assert.equal((await client.messages.create({ ...ask, model: 'claude-haiku-4-5' }, { headers })).model, 'llama3.2:8b')
  await ollama.stopListening()
  for (const model of ['auto', 'claude-haiku-4-5', 'anthropic/claude-haiku-4-5']) {
    const restricted = { ...ask, model, aegis: { data_classification: 'hipaa' } }
    const error = await errorOf(client.messages.create(restricted), Anthropic.InternalServerError)
    assert.deepEqual([error.status, typeOf(error)], [503, 'api_error'])
    assert.equal(said(error, 'error.code'), 'local_unavailable_for_restricted_data')
  }
  assert.equal(anthropic.journal.connections.length, 0)
})

testEachMessageWire('a stream that breaks off throws after the text that came before', async (wire) => {
  const client = anthropicClient(wire.gateway).messages
  for (const fault of [{ disconnectAfter: 6 }, { truncateAfter: 6 }, { inBandErrorAfter: 6 }]) {
    wire.upstream.next({ chunks: ['One ', 'two ', 'three ', 'four ', 'five ', 'six ', 'seven '], ...fault })
    const types: string[] = []
    let text = ''
    const read = async () => {
      for await (const event of await client.create({ ...ask, stream: true })) {
        types.push(event.type)
        if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') text += event.delta.text
      }
    }
    await assert.rejects(read(), Anthropic.APIError)
    assert.match(text, /^One /)
    assert.ok(!types.includes('message_stop') && !types.includes('message_delta'), types.join(' '))
  }
})

testEachMessageWire('a stream that fails before its first output is an error with a status', async (wire) => {
  wire.upstream.next({ inBandErrorAfter: 0 }, { truncateAfter: 0 })
  const client = anthropicClient(wire.gateway).messages
  for (let turn = 0; turn < 2; turn += 1) {
    const error = await errorOf(client.create({ ...ask, stream: true }), Anthropic.InternalServerError)
    assert.equal(error.status, 502)
  }
})

testEachMessageWire('an abort in mid-stream closes the connection to the provider, and is charged', async (wire) => {
  wire.upstream.next(endless)
  const stream = await anthropicClient(wire.gateway).messages.create({ ...ask, stream: true })
  let seen = 0
  for await (const _ of stream) {
    seen += 1
    if (seen === 5) break
  }
  const left = await wire.upstream.journal.waitFor(({ ended }) => ended !== 'open', patienceMs)
  assert.equal(left.ended, 'client_closed')
  const [row] = await settled(wire.gateway)
  assert.equal(row?.status, 'client_closed')
  if (wire.name !== 'ollama') assert.ok((row?.cost ?? 0) > 0, 'leaving early is not free of charge')
})

testEachMessageWire('an abort before the answer closes the connection to the provider', async (wire) => {
  wire.upstream.next({ hang: 'before_headers' })
  const controller = new AbortController()
  const asking = anthropicClient(wire.gateway).messages.create(ask, { signal: controller.signal })
  await wire.upstream.journal.waitFor(({ method }) => method === 'POST', patienceMs)
  controller.abort()
  await errorOf(asking, Anthropic.APIUserAbortError)
  const left = await wire.upstream.journal.waitFor(({ ended }) => ended !== 'open', patienceMs)
  assert.equal(left.ended, 'client_closed')
})
