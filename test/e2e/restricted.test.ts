// Restricted data over real HTTP: whatever is asked for and whatever breaks, no socket is opened to a cloud provider.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import type { DataClassification } from '../../src/domain/data-classification.ts'
import type { Behaviour, JsonObject } from '../../src/testing/index.ts'
import { startOllamaUpstream } from '../../src/testing/index.ts'
import { lookUpBy } from '../make/name-lookup.ts'
import { type AskOptions, ask, errorOf, get, type Reply } from './client.ts'
import { watchEgress } from './egress.ts'
import {
  batchHints,
  criticalHints,
  question,
  startWorld,
  temporaryFolder,
  type World,
  type WorldOptions,
} from './world.ts'

const egress = watchEgress()
after(() => egress[Symbol.dispose]())

const levels = ['confidential', 'pii', 'hipaa'] as const satisfies readonly DataClassification[]
const both = [false, true] as const
const answeredBy = (reply: Reply) => reply.headers['x-aegis-provider']

/** Nothing was sent to a cloud provider, and nobody even tried. */
function assertNothingLeft(world: World): void {
  for (const cloud of [world.openai, world.ollama_cloud]) {
    assert.deepEqual(cloud.journal.connections, [], `${cloud.label} was connected to`)
    assert.equal(cloud.journal.allBytes().length, 0)
    assert.ok(!egress.reached(cloud.port), `a socket was opened to ${cloud.label}`)
  }
}

interface Combination {
  readonly name: string
  readonly level: DataClassification
  readonly stream: boolean
  readonly body: JsonObject
  readonly options: AskOptions
}

const models = ['auto', 'openai/gpt-4o', 'gpt-4o', 'ollama_cloud:gpt-oss:120b', 'auto:cloud'] as const
const demands = { plain: {}, batch: batchHints, critical: criticalHints } as const
const places = {
  'in the body': (level: string) => ({ hints: { data_classification: level }, headers: {} }),
  'in a header': (level: string) => ({ hints: {}, headers: { 'x-aegis-data-classification': level } }),
  'in the body against a header': (level: string) => ({
    hints: { data_classification: level },
    headers: { 'X-Aegis-Data-Classification': 'public' },
  }),
  'in a header against the body': (level: string) => ({
    hints: { data_classification: 'internal' },
    headers: { 'x-aegis-data-classification': level },
  }),
} as const

function combinations(): Combination[] {
  const all: Combination[] = []
  for (const level of levels)
    for (const [place, declare] of Object.entries(places))
      for (const stream of both)
        for (const model of models)
          for (const [demand, wanted] of Object.entries(demands)) {
            const { hints, headers } = declare(level)
            all.push({
              name: `${level} ${place}, ${stream ? 'streamed' : 'whole'}, ${model}, ${demand}`,
              level,
              stream,
              body: question({ model, stream, aegis: { ...wanted, ...hints } }),
              options: { headers },
            })
          }
  return all
}

interface LocalFault {
  readonly name: string
  readonly behaviour?: Behaviour
  readonly refuses?: true
  /** What the provider's proof of being local meets. */
  readonly proof?: Readonly<Record<string, Behaviour>>
  /** Whether the answer is a stream that breaks off after it has begun. */
  readonly breaksStreams?: true
  readonly answers?: true
}

const localFaults: readonly LocalFault[] = [
  { name: 'answers', answers: true },
  { name: 'refuses connections', refuses: true },
  { name: 'is silent', behaviour: { hang: 'before_headers' } },
  { name: 'answers 500', behaviour: { status: 500 } },
  { name: 'answers 429', behaviour: { status: 429 } },
  { name: 'sends broken JSON', behaviour: { rawBody: '{"mess', rawFrames: ['{"mess\n'] } },
  { name: 'resets the connection', behaviour: { disconnectAfter: -1 } },
  { name: 'breaks off in the middle', behaviour: { disconnectAfter: 1 }, breaksStreams: true },
  { name: 'does not prove where its models run', proof: { '/api/show': { status: 500 } } },
  { name: 'is silent about where its models run', proof: { '/api/show': { hang: 'before_headers' } } },
  { name: 'does not say whether its cloud is on', proof: { '/api/status': { status: 500 } } },
]

for (const fault of localFaults) {
  for (const broke of both) {
    test(`restricted data stays here when the local provider ${fault.name}${broke ? ' and all budgets are used up' : ''}`, async () => {
      await using world = await startWorld({
        ...(broke ? { limits: { openai: 0, ollama_cloud: 0 } } : {}),
        providers: { local_ollama: { first_byte_timeout_ms: 150, idle_timeout_ms: 150 } },
      })
      const { local_ollama: local } = world
      if (fault.behaviour) local.always(fault.behaviour)
      for (const [path, behaviour] of Object.entries(fault.proof ?? {})) local.alwaysAt(path, behaviour)
      if (fault.refuses) await local.stopListening()
      const asked = combinations()
      const replies = await Promise.all(asked.map(({ body, options }) => world.chat(body, options)))
      for (const [index, reply] of replies.entries()) {
        const { name, level, stream } = asked[index] as Combination
        if (fault.answers || (fault.breaksStreams && stream)) {
          assert.equal(reply.status, 200, name)
          assert.equal(answeredBy(reply), 'local_ollama', name)
          assert.equal(reply.headers['x-aegis-location'], 'local', name)
          assert.equal(reply.headers['x-aegis-reason'], 'sensitive_data_local_only', name)
          assert.equal(reply.headers['x-aegis-classification'], level, name)
          if (fault.breaksStreams) assert.equal(errorOf(reply).code, 'upstream_error', name)
        } else {
          assert.equal(reply.status, 503, `${name}: ${reply.text}`)
          assert.equal(errorOf(reply).code, 'local_unavailable_for_restricted_data', name)
          assert.ok(Number(reply.headers['retry-after']) > 0, name)
        }
      }
      await world.atRest()
      assertNothingLeft(world)
      assert.equal(world.metric('llm_privacy_violations_total'), 0)
      if (fault.proof) assert.ok(local.journal.requests.every(({ path }) => path !== '/api/chat'))
    })
  }
}

test('the same requests without a declaration do reach the clouds, so that the proofs above prove something', async () => {
  await using world = await startWorld()
  for (const model of models) await world.chat(question({ model, aegis: criticalHints }))
  await world.chat(question({ aegis: batchHints }))
  assert.ok(world.openai.journal.requests.length > 0 && egress.reached(world.openai.port))
  assert.ok(world.ollama_cloud.journal.requests.length > 0 && egress.reached(world.ollama_cloud.port))
})

test("restricted data stays here on Ollama's own route too", async () => {
  await using world = await startWorld()
  for (const level of levels) {
    for (const stream of both) {
      for (const model of models) {
        const body = { ...question({ model, stream }), aegis: { data_classification: level, ...criticalHints } }
        const reply = await ask(`${world.gateway.url}/api/chat`, body)
        assert.equal(reply.status, 200, reply.text)
        assert.equal(answeredBy(reply), 'local_ollama')
      }
    }
  }
  assertNothingLeft(world)
})

test('restricted data without any local provider is refused, and nothing is asked', async () => {
  await using world = await startWorld({ providers: { local_ollama: undefined } })
  for (const { body, options, name } of combinations().filter((_, index) => index % 7 === 0)) {
    const reply = await world.chat(body, options)
    assert.equal(reply.status, 503, name)
    assert.equal(errorOf(reply).code, 'local_unavailable_for_restricted_data', name)
  }
  assertNothingLeft(world)
})

test('privacy.on_explicit_cloud_model: reject refuses a cloud model by name and serves everything else here', async () => {
  await using world = await startWorld({ config: { privacy: { on_explicit_cloud_model: 'reject' } } })
  for (const { body, options, name } of combinations()) {
    const reply = await world.chat(body, options)
    if (body.model === 'auto') {
      assert.equal(reply.status, 200, name)
      assert.equal(answeredBy(reply), 'local_ollama', name)
    } else {
      assert.equal(reply.status, 400, name)
      assert.deepEqual([errorOf(reply).code, errorOf(reply).param], ['invalid_request', 'model'], name)
    }
  }
  assertNothingLeft(world)
})

describe('a request that a local model refuses for its shape', { concurrency: true }, () => {
  test('is told so instead of being asked to wait', async () => {
    await using world = await startWorld()
    world.local_ollama.always({ status: 400, errorBody: { error: 'the option "seed" is wrong' } })
    const reply = await world.chat(question({ aegis: { data_classification: 'pii' } }))
    assert.equal(reply.status, 400)
    assert.equal(reply.headers['retry-after'], undefined)
    assertNothingLeft(world)
  })

  test('is not sent to a cloud that could have served it', async () => {
    await using world = await startWorld()
    const reply = await world.chat(question({ n: 3, aegis: { data_classification: 'pii' } }))
    assert.equal(reply.status, 400)
    const longer = question({
      messages: [{ role: 'user', content: 'word '.repeat(60_000) }],
      aegis: { data_classification: 'hipaa' },
    })
    assert.equal((await world.chat(longer)).status, 400)
    assertNothingLeft(world)
  })
})

describe('a local Ollama that would forward a model', { concurrency: true }, () => {
  const remote = { name: 'gpt-oss:20b', remoteHost: 'https://ollama.com:443' }
  const entry = { local_ollama: { models: ['gpt-oss:20b'] } }
  const pii = { aegis: { data_classification: 'pii' } }
  const servers: readonly (readonly [name: string, options: WorldOptions, status: Behaviour | undefined])[] = [
    ['and says that its cloud is on', { localModels: [remote] }, undefined],
    ['and says that its cloud is off', { localModels: [remote], cloudDisabled: true }, undefined],
    ['and is too old to say', { localModels: [remote] }, { status: 404 }],
    ['and does not say', { localModels: [remote] }, { status: 500 }],
    ['and says something else', { localModels: [remote] }, { rawBody: '<html>', contentType: 'text/html' }],
  ]
  for (const [name, options, status] of servers) {
    test(`${name} does not get restricted data`, async () => {
      await using world = await startWorld({ ...options, providers: entry })
      if (status) world.local_ollama.alwaysAt('/api/status', status)
      for (const stream of both) {
        const reply = await world.chat(question({ stream, ...pii }))
        assert.ok(reply.status >= 400, reply.text)
      }
      assert.ok(world.local_ollama.journal.requests.every(({ path }) => path !== '/api/chat'))
      assert.ok(world.local_ollama.journal.requests.every(({ forwardedTo }) => forwardedTo === undefined))
      assertNothingLeft(world)
    })
  }

  test('under a name that ends with cloud does not get restricted data', async () => {
    await using world = await startWorld()
    const names = ['gpt-oss:120b-cloud', 'kimi-k2:cloud', 'glm:CLOUD', 'gpt-oss:120b-Cloud', 'gpt-oss:120b-cloud ']
    for (const name of names) {
      for (const more of [
        { model: `local_ollama/${name}`, ...pii },
        { model: `local_ollama:${name}`, ...pii },
        { aegis: { data_classification: 'pii', model_local: name } },
      ]) {
        for (const stream of both) await world.chat(question({ stream, ...more }))
      }
    }
    const chats = world.local_ollama.journal.requests.filter(({ path }) => path !== '/api/status')
    assert.ok(
      chats.every(({ json, forwardedTo }) => forwardedTo === undefined && !/cloud/i.test(String(json?.model))),
      JSON.stringify(chats.map(({ path, json }) => [path, json?.model])),
    )
    assertNothingLeft(world)
  })

  test('under a name that ends with cloud is paid for like a cloud, and its price must be known', async () => {
    await using world = await startWorld({ providers: { openai: undefined, ollama_cloud: undefined } })
    const reply = await world.chat(question({ model: 'local_ollama/gpt-oss:120b-cloud' }))
    assert.equal(errorOf(reply).code ?? answeredBy(reply), 'price_unknown')
    assert.ok(world.local_ollama.journal.requests.every(({ forwardedTo }) => forwardedTo === undefined))
  })

  const line = (more: JsonObject) =>
    JSON.stringify({ model: 'llama3.2:8b', created_at: '2026-11-23T00:00:00Z', ...more })
  const said = { message: { role: 'assistant', content: 'Hello' } }
  const host = { remote_host: 'https://ollama.com:443', remote_model: 'llama3.2:8b' }
  const done = { done: true, done_reason: 'stop', prompt_eval_count: 3, eval_count: 1 }
  const replies: readonly (readonly [name: string, behaviour: Behaviour, stream: boolean])[] = [
    ['in a whole answer', { rawBody: line({ ...said, ...done, ...host }) }, false],
    ['in an answer that is not complete', { rawBody: line({ ...said, done: false, ...host }) }, false],
    [
      'in the last line of a stream',
      { rawFrames: [`${line({ ...said, done: false })}\n`, `${line({ ...done, ...host })}\n`] },
      true,
    ],
    [
      'in the first line of a stream',
      { rawFrames: [`${line({ ...said, ...host, done: false })}\n`, `${line(done)}\n`] },
      true,
    ],
    ['in a stream that breaks off', { rawFrames: [`${line({ ...said, ...host, done: false })}\n`] }, true],
  ]
  for (const [name, behaviour, stream] of replies) {
    test(`after all, and says so ${name}, is counted and gets no further restricted data`, async () => {
      await using world = await startWorld()
      world.local_ollama.next(behaviour)
      await world.chat(question({ stream, ...pii }))
      await world.atRest()
      assert.equal(world.metric('llm_privacy_violations_total'), 1)
      const [event] = world.gateway.log.filter((entry) => entry.event === 'privacy_violation')
      assert.equal(event?.fields.provider, 'local_ollama')
      assert.equal(event?.fields.cause, 'remote_model_answered')
      const before = world.local_ollama.journal.requests.length
      for (const again of both) {
        const refused = await world.chat(question({ stream: again, ...pii }))
        assert.equal(refused.status, 503)
        assert.equal(errorOf(refused).code, 'local_unavailable_for_restricted_data')
      }
      assert.equal(world.local_ollama.journal.requests.length, before, 'it was asked again')
      assert.equal((await world.chat(question({ stream }))).status, 200, 'other data may still go there')
      assertNothingLeft(world)
    })
  }
})

describe('the address of a local provider', () => {
  const pii = question({ aegis: { data_classification: 'pii' } })

  test('that is a literal of the internet is refused by the configuration', async () => {
    for (const base_url of ['http://203.0.113.7:11434', 'http://[2001:db8::7]:11434', 'http://10.1.2.3:11434']) {
      await assert.rejects(startWorld({ providers: { local_ollama: { base_url } } }), { name: 'ConfigError' })
    }
  })

  for (const [name, addresses] of [
    ['elsewhere', ['203.0.113.7']],
    ['here and elsewhere', ['127.0.0.1', '203.0.113.7']],
    ['elsewhere in IPv6', ['2001:db8::7']],
    ['elsewhere, written as IPv4 in IPv6', ['::ffff:203.0.113.7']],
  ] as const) {
    test(`whose name resolves ${name} is never connected to`, async (t) => {
      lookUpBy(t, { 'inference.test': addresses })
      await using world = await startWorld({ providers: { local_ollama: { base_url: 'http://inference.test:11434' } } })
      for (const stream of both) {
        const reply = await world.chat({ ...pii, stream })
        assert.equal(reply.status, 503)
        assert.equal(errorOf(reply).code, 'local_unavailable_for_restricted_data')
      }
      assert.ok(!egress.targets.some((target) => target.includes('203.0.113.7') || target.includes('2001:db8')))
      assert.ok(Number(world.metric('llm_privacy_violations_total')) > 0)
      assertNothingLeft(world)
    })
  }

  test('whose name changes its mind is refused from the next connection on', async (t) => {
    await using local = await startOllamaUpstream({ models: ['llama3.2:8b'] })
    const names = lookUpBy(t, { 'inference.test': ['127.0.0.1'] })
    const base_url = `http://inference.test:${local.port}`
    await using world = await startWorld({ providers: { local_ollama: { base_url } } })
    assert.equal((await world.chat(pii)).status, 200)
    names['inference.test'] = ['203.0.113.7']
    await local.stopListening()
    await local.startListening()
    await world.atRest()
    assert.equal((await world.chat(pii)).status, 503)
    assert.ok(!egress.targets.some((target) => target.includes('203.0.113.7')))
    assertNothingLeft(world)
  })

  test('may be in a network that the operator allows', async (t) => {
    await using local = await startOllamaUpstream({ models: ['llama3.2:8b'] })
    lookUpBy(t, { 'inference.test': ['127.0.0.1'] })
    await using world = await startWorld({
      providers: { local_ollama: { base_url: `http://inference.test:${local.port}` } },
      config: { privacy: { local_networks: ['10.1.0.0/16'] } },
    })
    assert.equal((await world.chat(pii)).status, 200)
    assertNothingLeft(world)
  })
})

describe('a redirect of a local provider', () => {
  for (const path of ['/api/chat', '/api/show', '/api/status']) {
    test(`at ${path} is not followed`, async () => {
      await using elsewhere = await startOllamaUpstream()
      await using world = await startWorld()
      for (const status of [301, 307, 308]) {
        world.local_ollama.alwaysAt(path, { redirectTo: `${elsewhere.url}${path}`, status })
        for (const stream of both) {
          const reply = await world.chat(question({ stream, aegis: { data_classification: 'hipaa' } }))
          assert.equal(reply.status, 503, reply.text)
        }
      }
      assert.deepEqual(elsewhere.journal.connections, [])
      assert.ok(!egress.reached(elsewhere.port))
      assertNothingLeft(world)
    })
  }
})

test('proxy variables are not obeyed, neither for local providers nor for others', async () => {
  await using proxy = await startOllamaUpstream()
  const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy']
  const before = names.map((name) => [name, process.env[name]] as const)
  try {
    for (const name of names) process.env[name] = proxy.url
    process.env.NODE_USE_ENV_PROXY = '1'
    await using world = await startWorld()
    assert.equal((await world.chat(question({ aegis: { data_classification: 'pii' } }))).status, 200)
    assertNothingLeft(world)
    assert.equal((await world.chat(question({ aegis: criticalHints }))).status, 200)
  } finally {
    delete process.env.NODE_USE_ENV_PROXY
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
  assert.deepEqual(proxy.journal.connections, [])
})

describe('a declaration', { concurrency: true }, () => {
  const refused: readonly (readonly [name: string, body: JsonObject, headers: Record<string, string | string[]>])[] = [
    ['of another case', question({ aegis: { data_classification: 'PII' } }), {}],
    ['with spaces', question({ aegis: { data_classification: ' pii' } }), {}],
    ['in a list', question({ aegis: { data_classification: ['pii'] } }), {}],
    ['of nothing', question({ aegis: { data_classification: null } }), {}],
    ['that is misspelt', question({ aegis: { data_clasification: 'pii' } }), {}],
    ['beside the object aegis', question({ data_classification: 'pii' }), {}],
    ['in a misspelt header', question(), { 'x-aegis-data-clasification': 'pii' }],
    ['of two levels in one header', question(), { 'x-aegis-data-classification': 'pii, public' }],
    ['that is empty', question(), { 'x-aegis-data-classification': '' }],
    ['where the object is a list', question({ aegis: [{ data_classification: 'pii' }] }), {}],
  ]
  for (const [name, body, headers] of refused) {
    test(`${name} is refused, never ignored`, async () => {
      await using world = await startWorld()
      const reply = await world.chat(body, { headers })
      assert.equal(reply.status, 400, reply.text)
      assertNothingLeft(world)
      assert.deepEqual(world.local_ollama.journal.connections, [])
    })
  }

  test('that stands twice in the body or in two headers counts by its most restrictive value, or is refused', async () => {
    await using world = await startWorld()
    const hints = '"aegis":{"data_classification":"pii"},"aegis":{"quality_requirement":"critical","complexity":"high"}'
    const twice = await world.chat(`{${hints},"messages":[{"role":"user","content":"Hello"}]}`)
    assert.equal(twice.status, 400)
    const reply = await world.chat(question({ aegis: criticalHints }), {
      headers: { 'x-aegis-data-classification': ['public', 'hipaa'] },
    })
    if (reply.status === 200) assert.equal(reply.headers['x-aegis-classification'], 'hipaa')
    else assert.equal(reply.status, 400)
    assertNothingLeft(world)
  })
})

test('concurrent public and restricted requests on one connection each keep their own level', async () => {
  await using world = await startWorld()
  const canary = 'CANARY-6b1d'
  const asks = Array.from({ length: 120 }, (_, index) => {
    const restricted = index % 3 === 0
    const body = question({
      stream: index % 2 === 0,
      messages: [{ role: 'user', content: restricted ? canary : 'Hello' }],
      aegis: { ...criticalHints, ...(restricted ? { data_classification: 'pii' } : {}) },
    })
    return { restricted, reply: world.chat(body) }
  })
  for (const { restricted, reply } of asks)
    assert.equal(answeredBy(await reply), restricted ? 'local_ollama' : 'openai')
  assert.ok(!world.openai.journal.allBytes().includes(canary))
  assert.ok(!world.ollama_cloud.journal.allBytes().includes(canary))
})

test('for any hints, models and faults: what is restricted is not sent to a cloud, in no byte', async () => {
  await using world = await startWorld({ providers: { local_ollama: { idle_timeout_ms: 1000 } } })
  const level = fc.constantFrom(undefined, 'public', 'internal', 'confidential', 'pii', 'hipaa')
  const model = fc.oneof(
    fc.constantFrom(...models, 'auto:local', 'llama3.2:8b', 'local_ollama/llama3.2:8b', 'openai/o9', 'aegis/auto'),
    fc.constantFrom('local_ollama/x:cloud', 'local_ollama:gpt-oss:120b-cloud', 'openai/gpt-4o-cloud', 'nobody/x'),
    fc.string({ maxLength: 12 }),
  )
  const hint = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })
  const hints = fc.record({
    data_classification: level,
    quality_requirement: hint(fc.constantFrom('low', 'medium', 'high', 'critical')),
    complexity: hint(fc.constantFrom('low', 'medium', 'high', 'very_high')),
    batch_size: hint(fc.integer({ min: 1, max: 40 })),
    model_local: hint(fc.constantFrom('llama3.2:8b', 'gpt-oss:20b', 'x-cloud', 'y:cloud')),
    model_cloud: hint(fc.constantFrom('gpt-oss:120b', 'z')),
    model_openai: hint(fc.constantFrom('gpt-4o', 'o9')),
  })
  const localFault = fc.constantFrom<Behaviour>(
    {},
    {},
    { status: 500 },
    { status: 429 },
    { status: 400 },
    { status: 404 },
    { rawBody: '{', rawFrames: ['{\n'] },
    { disconnectAfter: -1 },
    { disconnectAfter: 1 },
    { truncateAfter: 1 },
    { inBandErrorAfter: 0 },
    { inBandErrorAfter: 2 },
  )
  const route = fc.constantFrom('/v1/chat/completions', '/chat/completions', '/api/chat')
  let number = 0
  const canaries: string[] = []
  await fc.assert(
    fc.asyncProperty(
      fc.record({ hints, header: level, model, localFault, route, stream: fc.boolean() }),
      async ({ hints, header, model, localFault, route, stream }) => {
        number += 1
        const restricted = levels.some((one) => one === header || one === hints.data_classification)
        const canary = `${restricted ? 'RESTRICTED' : 'OPEN'}-${number}-canary`
        if (restricted) canaries.push(canary)
        const requests = () => world.openai.journal.requests.length + world.ollama_cloud.journal.requests.length
        const before = requests()
        world.local_ollama.always(localFault)
        const stated = JSON.parse(JSON.stringify(hints)) as JsonObject
        const body = { model, stream, messages: [{ role: 'user', content: canary }], aegis: stated }
        const headers = header === undefined ? {} : { 'x-aegis-data-classification': header }
        const reply = await ask(`${world.gateway.url}${route}`, body, { headers })
        if (!restricted) return
        assert.equal(requests(), before, `a request was made: ${reply.status}`)
        if (reply.status === 200) assert.equal(reply.headers['x-aegis-location'], 'local')
      },
    ),
    { numRuns: 300 },
  )
  await world.atRest()
  assert.ok(canaries.length > 100)
  const left = Buffer.concat([world.openai.journal.allBytes(), world.ollama_cloud.journal.allBytes()]).toString()
  assert.ok(left.includes('OPEN-') && !left.includes('RESTRICTED-'))
  assert.equal(world.metric('llm_privacy_violations_total'), 0)
})

test('the text of a restricted request stands in no log line, metric, page, file or error', async () => {
  using folder = temporaryFolder()
  const canary = 'Canary-7f3a91'
  const texts: string[] = []
  const note = (reply: Reply) => texts.push(inspect(reply.headers), reply.text)
  {
    await using world = await startWorld({
      limits: { openai: 10 },
      config: { ledger: `sqlite:${join(folder.path, 'ledger.db')}` },
      providers: { local_ollama: { first_byte_timeout_ms: 150 } },
    })
    const body = (more: JsonObject = {}) =>
      question({
        messages: [
          { role: 'system', content: `You know ${canary}.` },
          { role: 'user', name: canary, content: [{ type: 'text', text: canary }] },
        ],
        tools: [{ type: 'function', function: { name: 'find', description: canary, parameters: { type: 'object' } } }],
        metadata: { note: canary },
        stop: [canary],
        aegis: { data_classification: 'hipaa', ...criticalHints },
        ...more,
      })
    for (const stream of both) {
      for (const behaviour of [
        {},
        { status: 500, errorBody: { error: `cannot answer ${canary}` } },
        { status: 429, errorBody: { error: canary }, headers: { 'x-echo': canary } },
        { rawBody: `{"error": ${canary}`, rawFrames: [`{"error": ${canary}\n`] },
        { rawBody: `{"error": "${canary}"}`, rawFrames: [`{"error": "${canary}"}\n`] },
        { hang: 'before_headers' },
        { disconnectAfter: 1 },
      ] satisfies Behaviour[]) {
        world.local_ollama.always(behaviour)
        note(await world.chat(body({ stream })))
      }
    }
    world.local_ollama.reset()
    note(await world.explain(body()))
    note(await world.chat(`{"messages": [{"role": "user", "content": "${canary}" oops`))
    note(await world.chat(body({ temperature: canary })))
    note(await world.chat(body({ model: canary })))
    note(await world.chat(body({ aegis: { data_classification: canary } })))
    note(await world.chat(body(), { headers: { 'x-aegis-complexity': canary } }))
    note(await world.chat(body({ messages: [{ role: canary, content: canary }] })))
    note(await world.chat(body({ messages: canary })))
    for (const path of [
      '/metrics',
      '/',
      '/admin/status',
      '/health/readiness',
      '/v1/models',
      `/v1/models/${canary}`,
      `/${canary}`,
    ])
      note(await get(`${world.gateway.url}${path}`))
    await world.atRest()
    texts.push(inspect(world.usage(), { depth: 8 }), inspect(world.gateway.aegis, { depth: 12, showHidden: true }))
    texts.push(inspect(world.gateway.log, { depth: 8 }))
    assert.ok(world.local_ollama.journal.allBytes().includes(canary), 'the local model did get it')
    assertNothingLeft(world)
    searchFiles(folder.path, canary)
  }
  searchFiles(folder.path, canary)
  for (const text of texts) for (const form of formsOf(canary)) assert.ok(!text.includes(form), excerpt(text, form))
})

/** As it is, and as it would look if it had been encoded on the way. */
function formsOf(text: string): string[] {
  const bytes = Buffer.from(text)
  // Without the ends, which depend on what stands beside it.
  const inBase64 = [0, 1, 2].map((offset) => bytes.subarray(offset).toString('base64').slice(0, -4).replace(/=+$/, ''))
  return [text, bytes.toString('hex'), ...inBase64]
}

function searchFiles(folder: string, canary: string): void {
  const names = readdirSync(folder)
  assert.ok(names.length > 0)
  for (const name of names) {
    const content = readFileSync(join(folder, name)).toString('latin1')
    for (const form of formsOf(canary)) assert.ok(!content.includes(form), `${name} holds the canary`)
  }
}

function excerpt(text: string, form: string): string {
  const at = text.indexOf(form)
  return text.slice(Math.max(0, at - 200), at + 80)
}

/** Everything that this file ever connected to is on this machine. */
after(() => {
  for (const target of egress.targets) assert.match(target, /^(127\.0\.0\.1|::1|localhost):\d+$/)
})
