// Proves that what goes wrong reaches OpenAI's own client as the error class its users catch, with words that help.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import {
  type Behaviour,
  blackholeUpstream,
  refusingPort,
  startOllamaUpstream,
  startOpenAIUpstream,
} from '../../src/testing/index.ts'
import { cloudOllama, localOllama, openAIProvider, type RunningGateway, startGateway } from '../make/gateway.ts'
import { ask, messages, openAIClient } from './openai-client.ts'
import { startWire, testEachWire } from './wires.ts'

type AnyError = InstanceType<typeof OpenAI.APIError>

/** The error that a request ends with, which must be of the class. */
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

/** How often the gateway was asked. */
function asked(gateway: RunningGateway): number {
  return gateway.aegis.gateway.systemStatus().decisions.length
}

testEachWire('a mistake in the request is a BadRequestError that names the member', async ({ gateway, upstream }) => {
  const { completions } = openAIClient(gateway).chat
  const mistakes: readonly (readonly [object, string])[] = [
    [{ messages: [] }, 'messages'],
    [{ temperature: 3 }, 'temperature'],
    [{ max_tokens: -1 }, 'max_tokens'],
    [{ n: 0 }, 'n'],
    [{ messages: [{ role: 'robot', content: 'Hi' }] }, 'messages[0].role'],
    [{ messages: [...messages, { role: 'user', content: 5 }] }, 'messages[1].content'],
    [{ tools: 'none' }, 'tools'],
    [{ aegis: { data_classification: 'secret' } }, 'aegis.data_classification'],
  ]
  for (const [mistake, param] of mistakes) {
    const error = await errorOf(completions.create({ ...ask, ...mistake }), OpenAI.BadRequestError)
    assert.equal(error.param, param)
    assert.equal(error.code, 'invalid_request')
    assert.equal(error.type, 'invalid_request_error')
    assert.ok(error.message.startsWith(`400 ${param} `), error.message)
    assert.match(error.requestID ?? '', /^req_/)
  }
  assert.equal(upstream.journal.requests.length, 0)
})

test('a wrong or missing key is an AuthenticationError, and the right one works', async () => {
  await using upstream = await startOpenAIUpstream()
  const providers = { openai: openAIProvider(upstream) }
  await using gateway = await startGateway({ providers, auth: { master_key: 'sk-aegis-right-key' } })
  const wrong = openAIClient(gateway, 'sk-aegis-wrong-key', 2)
  const error = await errorOf(wrong.chat.completions.create(ask), OpenAI.AuthenticationError)
  assert.equal(error.code, 'invalid_key')
  assert.doesNotMatch(JSON.stringify(error), /wrong-key|right-key/)
  await errorOf(wrong.models.list(), OpenAI.AuthenticationError)
  assert.equal(upstream.journal.requests.length, 0)
  const reply = await openAIClient(gateway, 'sk-aegis-right-key').chat.completions.create(ask)
  assert.equal(reply.object, 'chat.completion')
})

testEachWire('an unknown model is a NotFoundError that lists the known ones', async (wire) => {
  const asked = openAIClient(wire.gateway).chat.completions.create({ model: 'gpt-99', messages })
  const error = await errorOf(asked, OpenAI.NotFoundError)
  assert.equal(error.code, 'unknown_model')
  assert.equal(error.param, 'model')
  assert.ok(error.message.includes(`${wire.name}/${wire.model}`), error.message)
  assert.equal(wire.upstream.journal.requests.length, 0)
})

testEachWire('a model that the provider does not have is a NotFoundError too', async ({ gateway, name }) => {
  const model = `${name}/gpt-4-turbo`
  const error = await errorOf(openAIClient(gateway).chat.completions.create({ model, messages }), OpenAI.NotFoundError)
  assert.match(error.message, /gpt-4-turbo/)
})

testEachWire('a 429 of the only provider is a RateLimitError with its Retry-After', async ({ gateway, upstream }) => {
  upstream.next({ status: 429, headers: { 'retry-after': '17' } }, { status: 429 })
  const { completions } = openAIClient(gateway).chat
  const told = await errorOf(completions.create(ask), OpenAI.RateLimitError)
  assert.equal(told.code, 'rate_limited')
  assert.equal(told.headers?.get('retry-after'), '17')
  const untold = await errorOf(completions.create(ask), OpenAI.RateLimitError)
  assert.match(untold.headers?.get('retry-after') ?? '', /^\d+$/, 'a 429 always says when to come back')
})

test('a 429 of one provider is not seen when another can answer', async () => {
  await using ollama = await startOllamaUpstream()
  await using openai = await startOpenAIUpstream()
  await using gateway = await startGateway({
    providers: { local: localOllama(ollama), openai: openAIProvider(openai) },
  })
  ollama.always({ status: 429, headers: { 'retry-after': '60' } })
  const { response } = await openAIClient(gateway).chat.completions.create(ask).withResponse()
  assert.equal(response.headers.get('x-aegis-provider'), 'openai')
})

const faults: readonly (readonly [string, Behaviour, number, string])[] = [
  ['a 500', { status: 500 }, 502, 'upstream_error'],
  ['a 503', { status: 503 }, 503, 'overloaded'],
  ['a refusal of our key', { status: 401 }, 502, 'upstream_error'],
  ['a redirect', { redirectTo: 'http://127.0.0.1:9/' }, 502, 'upstream_error'],
  ['an answer that is not JSON', { rawBody: '{"choices":[{"mess' }, 502, 'upstream_error'],
  ['an answer of another shape', { rawBody: '[]' }, 502, 'upstream_error'],
  ['half an answer', { disconnectAfter: 1 }, 502, 'upstream_error'],
  ['a closed connection', { disconnectAfter: -1 }, 502, 'upstream_unreachable'],
]
for (const [what, behaviour, status, code] of faults) {
  testEachWire(`${what} of the only provider is an InternalServerError of status ${status}`, async (wire) => {
    wire.upstream.next(behaviour)
    const error = await errorOf(openAIClient(wire.gateway).chat.completions.create(ask), OpenAI.InternalServerError)
    assert.equal(error.status, status)
    assert.equal(error.code, code)
    assert.ok(error.message.includes(wire.name), `the provider is named: ${error.message}`)
    if (status === 503) assert.match(error.headers?.get('retry-after') ?? '', /^\d+$/)
  })
}

test('a provider that refuses connections is a 502, and one that stays silent a 504', async () => {
  await using refusing = await refusingPort()
  await using blackhole = await blackholeUpstream()
  const openai = { kind: 'openai' as const, location: 'cloud' as const, api_key: 'sk-test', models: ['gpt-4o'] }
  const providers = {
    refusing: { ...openai, base_url: `${refusing.url}/v1` },
    silent: { ...openai, base_url: `${blackhole.url}/v1`, models: ['gpt-4o-mini'], first_byte_timeout_ms: 300 },
  }
  const ofOne = (name: keyof typeof providers) => startGateway({ providers: { [name]: providers[name] } })
  await using first = await ofOne('refusing')
  await using second = await ofOne('silent')
  const refused = await errorOf(openAIClient(first).chat.completions.create(ask), OpenAI.InternalServerError)
  assert.deepEqual([refused.status, refused.code], [502, 'upstream_unreachable'])
  const silent = await errorOf(openAIClient(second).chat.completions.create(ask), OpenAI.InternalServerError)
  assert.deepEqual([silent.status, silent.code], [504, 'upstream_timeout'])
})

test('a gateway that is gone is an APIConnectionError', async () => {
  await using upstream = await startOpenAIUpstream()
  const gateway = await startGateway({ providers: { openai: openAIProvider(upstream) } })
  const client = openAIClient(gateway)
  await client.chat.completions.create(ask)
  await gateway.close()
  await errorOf(client.chat.completions.create(ask), OpenAI.APIConnectionError)
})

test('a mistake that only the provider sees comes back in its own words', async () => {
  await using wire = await startWire('openai')
  const error = {
    message: 'Unsupported value: x',
    type: 'invalid_request_error',
    param: 'y',
    code: 'unsupported_value',
  }
  wire.upstream.next({ status: 400, errorBody: { error, trace: 1 } }, { status: 422, errorBody: { error } })
  const { completions } = openAIClient(wire.gateway).chat
  const first = await errorOf(completions.create(ask), OpenAI.BadRequestError)
  assert.deepEqual(first.error, error)
  assert.deepEqual([first.param, first.code], ['y', 'unsupported_value'])
  assert.equal((await errorOf(completions.create(ask), OpenAI.UnprocessableEntityError)).code, 'unsupported_value')

  await using ollama = await startWire('ollama')
  ollama.upstream.next({ status: 400, errorBody: { error: 'no such option' } })
  const native = await errorOf(openAIClient(ollama.gateway).chat.completions.create(ask), OpenAI.BadRequestError)
  assert.equal(native.message, '400 no such option')
})

testEachWire('the client tries again after what may pass, as often as it was told', async ({ gateway, upstream }) => {
  const busy = { status: 429, headers: { 'retry-after': '0' } }
  upstream.next(busy, { status: 503, headers: { 'retry-after': '0' } })
  const reply = await openAIClient(gateway, 'any', 2).chat.completions.create(ask)
  assert.equal(reply.object, 'chat.completion')
  assert.equal(upstream.journal.requests.length, 3)

  upstream.always(busy)
  await errorOf(openAIClient(gateway, 'any', 2).chat.completions.create(ask), OpenAI.RateLimitError)
  assert.equal(upstream.journal.requests.length, 6, 'one upstream call for each try: retries are not nested')
})

for (const exceeded_status of [402, 403, 429] as const) {
  test(`an exhausted budget with status ${exceeded_status} stops the client at its first try`, async () => {
    await using upstream = await startOpenAIUpstream()
    const budgets = { monthly_limits: { openai: 0.000001 }, exceeded_status }
    await using gateway = await startGateway({ providers: { openai: openAIProvider(upstream) }, budgets })
    const error = await errorOf(openAIClient(gateway, 'any', 2).chat.completions.create(ask), OpenAI.APIError)
    assert.deepEqual([error.status, error.code], [exceeded_status, 'budget_exceeded'])
    assert.equal(error.headers?.get('x-should-retry'), 'false')
    assert.match(error.message, /budget of provider openai is \$0\.000001/)
    const figures = error.error as object
    assert.deepEqual(
      { ...figures, scope: 'provider', subject: 'openai', limit: 0.000001, spent: 0, reserved: 0 },
      figures,
    )
    assert.equal(asked(gateway), 1)
    assert.equal(upstream.journal.requests.length, 0)
  })
}

test('a model without a known price is refused once, with the line that would price it', async () => {
  await using upstream = await startOllamaUpstream()
  await using gateway = await startGateway({
    providers: { ollama_cloud: cloudOllama(upstream, { models: ['exotic'] }) },
  })
  const error = await errorOf(openAIClient(gateway, 'any', 2).chat.completions.create(ask), OpenAI.APIError)
  assert.deepEqual([error.status, error.code], [402, 'price_unknown'])
  assert.match(error.message, /pricing: \{ ollama_cloud: \{ "exotic"/)
  assert.equal(asked(gateway), 1)
})

test('restricted data whose local provider is down is a 503 with Retry-After, and no cloud hears of it', async () => {
  await using ollama = await startOllamaUpstream()
  await using openai = await startOpenAIUpstream()
  await using gateway = await startGateway({
    providers: { local: localOllama(ollama), openai: openAIProvider(openai) },
  })
  await ollama.stopListening()
  const client = openAIClient(gateway)
  const aegis = { data_classification: 'hipaa' }
  for (const model of ['auto', 'gpt-4o', 'openai/gpt-4o', 'auto:cloud']) {
    for (const stream of [false, true]) {
      const restricted = { model, messages, stream, aegis }
      const error = await errorOf(client.chat.completions.create(restricted), OpenAI.InternalServerError)
      assert.deepEqual([error.status, error.code], [503, 'local_unavailable_for_restricted_data'], model)
      assert.match(error.headers?.get('retry-after') ?? '', /^\d+$/)
    }
  }
  assert.equal(openai.journal.connections.length, 0)
})

test('a mistake in a restricted request is a BadRequestError, not a reason to wait', async () => {
  await using wire = await startWire('ollama')
  const { completions } = openAIClient(wire.gateway).chat
  const restricted = { ...ask, aegis: { data_classification: 'pii' } }
  const several = await errorOf(completions.create({ ...restricted, n: 2 }), OpenAI.BadRequestError)
  assert.match(several.message, /more than one choice/)
  wire.upstream.next({ status: 400, errorBody: { error: 'does not support tools' } })
  const refused = await errorOf(completions.create(restricted), OpenAI.BadRequestError)
  assert.match(refused.message, /does not support tools/)
})
