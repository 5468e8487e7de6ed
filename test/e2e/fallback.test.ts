// Fallback over real HTTP: whatever goes wrong with a provider, the next one answers, each is asked once, and when
// nobody can answer the client gets the right error soon.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Behaviour, JsonObject, Upstream } from '../../src/testing/index.ts'
import { startOllamaUpstream } from '../../src/testing/index.ts'
import type { ProviderInput } from '../make/gateway.ts'
import { answerText, errorOf, type Reply } from './client.ts'
import { resolveNames } from './names.ts'
import { critical, providerNames, question, startWorld, type World, type WorldOptions } from './world.ts'

const both = [false, true] as const
const way = (stream: boolean) => (stream ? 'streamed' : 'whole')
const answeredBy = (reply: Reply) => reply.headers['x-aegis-provider']

/** A name that no resolver is asked about, so that no test depends on this machine's network. */
const NO_SUCH_HOST = 'nowhere.invalid'
const names = resolveNames({ [NO_SUCH_HOST]: [] })
after(() => names[Symbol.dispose]())

type Cloud = 'openai' | 'ollama_cloud'

interface Fault {
  readonly name: string
  /** Changes to the provider's configuration. */
  readonly entry?: Partial<ProviderInput>
  /** What every request meets there. */
  readonly behaviour?: (provider: Cloud, stream: boolean) => Behaviour
  readonly refuses?: true
  /** A request before it, so that there is a connection in the pool. */
  readonly pooled?: true
  /** How the attempt is recorded. */
  readonly results: readonly string[]
  /** Requests that reach the provider; 1 unless told. */
  readonly requests?: 0
  readonly onlyStreams?: true
}

const soon = { first_byte_timeout_ms: 150, idle_timeout_ms: 150 } as const
const brokenLine = { openai: 'data: {"id":"x","choices":[{"del\n\n', ollama_cloud: '{"model":"x","mess\n' } as const

const faults: readonly Fault[] = [
  { name: 'refuses the connection', refuses: true, results: ['unreachable'], requests: 0 },
  {
    name: 'has a name that does not resolve',
    entry: { base_url: `http://${NO_SUCH_HOST}` },
    results: ['unreachable'],
    requests: 0,
  },
  {
    name: 'answers 429 with Retry-After',
    behaviour: () => ({ status: 429, headers: { 'retry-after': '7' } }),
    results: ['rate_limited'],
  },
  { name: 'answers 500', behaviour: () => ({ status: 500 }), results: ['server_error'] },
  { name: 'answers 503', behaviour: () => ({ status: 503 }), results: ['overloaded'] },
  { name: 'answers 529', behaviour: () => ({ status: 529 }), results: ['overloaded'] },
  { name: 'answers 401', behaviour: () => ({ status: 401 }), results: ['account'] },
  { name: 'answers 403', behaviour: () => ({ status: 403 }), results: ['account'] },
  { name: 'does not have the model', behaviour: () => ({ status: 404 }), results: ['model_missing'] },
  {
    name: 'is silent before its headers',
    entry: soon,
    behaviour: () => ({ hang: 'before_headers' }),
    results: ['timeout'],
  },
  {
    name: 'is silent after its headers',
    entry: soon,
    behaviour: () => ({ hang: 'after_headers' }),
    results: ['timeout'],
  },
  {
    name: 'answers 200 with broken JSON',
    behaviour: (provider) => ({ rawBody: '{"id":"x","choices":[{"mess', rawFrames: [brokenLine[provider]] }),
    results: ['malformed', 'truncated'],
  },
  {
    name: 'answers 200 with JSON of another shape',
    behaviour: () => ({ rawBody: '["hello"]', contentType: 'application/json' }),
    results: ['malformed', 'truncated'],
  },
  {
    name: 'answers 200 with an HTML page',
    behaviour: () => ({ rawBody: '<html><body>Sign in</body></html>', contentType: 'text/html' }),
    results: ['malformed'],
  },
  {
    name: 'answers 200 with an empty body',
    behaviour: () => ({ rawBody: '', rawFrames: [] }),
    results: ['malformed', 'truncated'],
  },
  {
    name: 'answers 200 with an error in its body or as its first event',
    behaviour: () => ({ inBandErrorAfter: 0 }),
    results: ['in_band_error', 'malformed'],
  },
  {
    name: 'breaks off within its body, or after the preamble of a stream',
    behaviour: (provider, stream) => ({ disconnectAfter: stream && provider === 'ollama_cloud' ? 0 : 1 }),
    results: ['truncated'],
  },
  {
    name: 'ends its answer after the preamble as if it were complete',
    behaviour: (provider) => ({ truncateAfter: provider === 'openai' ? 1 : 0 }),
    results: ['truncated'],
    onlyStreams: true,
  },
  {
    name: 'reports an error after the preamble',
    behaviour: (provider) => ({ inBandErrorAfter: provider === 'openai' ? 1 : 0 }),
    results: ['in_band_error'],
    onlyStreams: true,
  },
  {
    name: 'ends an empty stream with [DONE] or an empty line',
    behaviour: (provider) => ({ rawFrames: [provider === 'openai' ? ': hello\n\ndata: [DONE]\n\n' : '\n'] }),
    results: ['truncated', 'malformed'],
    onlyStreams: true,
  },
  {
    name: 'resets a connection of the pool',
    behaviour: () => ({ disconnectAfter: -1 }),
    pooled: true,
    results: ['unreachable'],
  },
]

/** A world in which the first `count` clouds have the fault. */
async function worldWith(
  fault: Fault,
  broken: readonly Cloud[],
  stream: boolean,
  more: WorldOptions = {},
): Promise<World> {
  const entries = Object.fromEntries(broken.map((provider) => [provider, fault.entry ?? {}]))
  const world = await startWorld({ limits: { openai: 100, ollama_cloud: 100 }, providers: entries, ...more })
  for (const provider of broken) {
    const upstream = world[provider]
    if (fault.pooled) {
      const model = provider === 'openai' ? 'openai/gpt-4o' : 'ollama_cloud/gpt-oss:120b'
      assert.equal((await world.chat(question({ model }))).status, 200)
      await world.atRest()
    }
    if (fault.behaviour) upstream.always(fault.behaviour(provider, stream))
    if (fault.refuses) await upstream.stopListening()
  }
  return world
}

// Few at a time: a connection of a pool that is not used for fifteen seconds is closed, and these tests look at it.
describe('the next provider answers', { concurrency: 3 }, () => {
  for (const fault of faults) {
    describe(`when a provider ${fault.name}`, { concurrency: true }, () => {
      for (const stream of fault.onlyStreams ? [true] : both) {
        for (const broken of [['openai'], ['openai', 'ollama_cloud']] as const) {
          const next = broken.length === 1 ? 'ollama_cloud' : 'local_ollama'
          test(`${next} answers after ${broken.join(' and ')}, ${way(stream)}, and each is asked once`, async () => {
            await using world = await worldWith(fault, broken, stream)
            const reply = await world.chat(critical({ stream, max_tokens: 60 }))
            assert.equal(reply.status, 200, reply.text)
            assert.equal(reply.ended, 'complete')
            assert.equal(answeredBy(reply), next)
            assert.equal(reply.headers['x-aegis-reason'], 'fallback')
            assert.equal(reply.headers['x-aegis-attempts'], String(broken.length + 1))
            assert.match(answerText(reply), next === 'ollama_cloud' ? /simulated cloud/ : /simulated local/)
            if (stream) assert.ok(reply.text.endsWith('data: [DONE]\n\n'))
            for (const provider of broken) {
              const seen = world[provider].journal.requests.length - (fault.pooled ? 1 : 0)
              assert.equal(seen, fault.requests ?? 1, `requests at ${provider}`)
              if (fault.pooled) assert.equal(world[provider].journal.connections.length, 1, 'the pool was used')
            }
            assert.equal(world[next].journal.requests.length, 1)
            const [row] = await world.usage()
            assert.equal(row?.provider, next)
            assert.equal(row?.attempts.length, broken.length + 1)
            for (const [index] of broken.entries()) {
              const result = row?.attempts[index]?.split(':').at(-1) ?? ''
              assert.ok(fault.results.includes(result), `attempt ${index} was recorded as ${result}`)
            }
            await world.atRest()
          })
        }
      }
    })
  }
})

describe('a redirect', { concurrency: true }, () => {
  for (const stream of both) {
    for (const status of [301, 302, 307, 308]) {
      test(`${status} is not followed, ${way(stream)}`, async () => {
        await using target = await startOllamaUpstream()
        await using world = await startWorld()
        world.openai.always({ redirectTo: `${target.url}/v1/chat/completions`, status })
        world.ollama_cloud.always({ redirectTo: `${target.url}/api/chat`, status })
        const reply = await world.chat(critical({ stream }))
        assert.equal(answeredBy(reply), 'local_ollama')
        assert.deepEqual(target.journal.connections, [])
        assert.equal(world.openai.journal.requests.length, 1)
        assert.equal(world.ollama_cloud.journal.requests.length, 1)
      })
    }
  }
})

describe('a request-shaped error', { concurrency: true }, () => {
  const bodies: readonly (readonly [status: number, body: string])[] = [
    [
      400,
      '{ "error": {"message":"Invalid value: \\u00e4", "type":"invalid_request_error","param":"messages","code":null} }\n',
    ],
    [413, '{"error":{"message":"too large"}}'],
    [422, '{"detail":[{"loc":["body"],"msg":"field required"}],  "error": {"code": 7}}'],
  ]
  for (const [status, body] of bodies) {
    for (const stream of both) {
      test(`${status} passes through byte for byte, ${way(stream)}, and nobody else is asked`, async () => {
        await using world = await startWorld({ limits: { openai: 10 } })
        world.openai.always({ status, rawBody: body, contentType: 'application/json; charset=utf-8' })
        const reply = await world.chat(critical({ stream }))
        assert.equal(reply.status, status)
        assert.equal(reply.text, body)
        assert.equal(reply.headers['content-type'], 'application/json; charset=utf-8')
        assert.equal(world.openai.journal.requests.length, 1)
        assert.deepEqual(world.ollama_cloud.journal.requests, [])
        assert.deepEqual(world.local_ollama.journal.requests, [])
        await world.atRest()
      })
    }
  }

  test('context_length_exceeded is one that another provider may not have', async () => {
    for (const stream of both) {
      await using world = await startWorld()
      world.openai.always({
        status: 400,
        errorBody: { error: { message: 'too long', type: 'invalid_request_error', code: 'context_length_exceeded' } },
      })
      const reply = await world.chat(critical({ stream }))
      assert.equal(answeredBy(reply), 'ollama_cloud')
      assert.deepEqual((await world.usage())[0]?.attempts, [
        'openai/gpt-4o:context_exceeded',
        'ollama_cloud/gpt-oss:120b:answered',
      ])
    }
  })

  test('context_length_exceeded everywhere passes through as it came', async () => {
    await using world = await startWorld({ providers: { ollama_cloud: undefined, local_ollama: undefined } })
    const body = '{"error":{"message":"too long","type":"invalid_request_error","code":"context_length_exceeded"}}'
    world.openai.always({ status: 400, rawBody: body })
    const reply = await world.chat(critical())
    assert.deepEqual([reply.status, reply.text], [400, body])
  })
})

describe('when nobody answers', { concurrency: true }, () => {
  interface AllDown {
    readonly name: string
    readonly behaviours: Readonly<Record<(typeof providerNames)[number], Behaviour | 'refuses'>>
    readonly entry?: Partial<ProviderInput>
    readonly status: number
    readonly code: string
    /** Undefined: none is due. */
    readonly retryAfter: number | undefined
    /** The last candidate is asked again, after a short wait. */
    readonly retried?: true
  }
  const all = (behaviour: Behaviour | 'refuses') => ({
    openai: behaviour,
    ollama_cloud: behaviour,
    local_ollama: behaviour,
  })
  const rows: readonly AllDown[] = [
    {
      name: 'all refuse',
      behaviours: all('refuses'),
      status: 502,
      code: 'upstream_unreachable',
      retryAfter: undefined,
      retried: true,
    },
    { name: 'all fail', behaviours: all({ status: 500 }), status: 502, code: 'upstream_error', retryAfter: undefined },
    { name: 'all are overloaded', behaviours: all({ status: 503 }), status: 503, code: 'overloaded', retryAfter: 5 },
    { name: 'all limit', behaviours: all({ status: 429 }), status: 429, code: 'rate_limited', retryAfter: 5 },
    {
      name: 'one limits with Retry-After and the others are down',
      behaviours: { ...all('refuses'), openai: { status: 429, headers: { 'retry-after': '33' } } },
      status: 429,
      code: 'rate_limited',
      retryAfter: 33,
      retried: true,
    },
    {
      name: 'one is overloaded until a date',
      behaviours: {
        ...all({ status: 500 }),
        ollama_cloud: {
          status: 503,
          headers: { 'retry-after': 'Mon, 23 Nov 2026 10:00:41 GMT', date: 'Mon, 23 Nov 2026 10:00:00 GMT' },
        },
      },
      status: 503,
      code: 'overloaded',
      retryAfter: 41,
    },
    {
      name: 'all are silent',
      behaviours: all({ hang: 'before_headers' }),
      entry: soon,
      status: 504,
      code: 'upstream_timeout',
      retryAfter: undefined,
    },
    {
      name: 'all are malformed',
      behaviours: all({ rawBody: '{', rawFrames: ['{'] }),
      status: 502,
      code: 'upstream_error',
      retryAfter: undefined,
    },
    {
      name: 'no key is accepted',
      behaviours: all({ status: 401 }),
      status: 502,
      code: 'upstream_error',
      retryAfter: undefined,
    },
  ]
  for (const { name, behaviours, entry = {}, status, code, retryAfter, retried } of rows) {
    for (const stream of both) {
      test(`because ${name}, the client gets ${status} ${code}, ${way(stream)}`, async () => {
        await using world = await startWorld({
          limits: { openai: 100, ollama_cloud: 100 },
          providers: { openai: entry, ollama_cloud: entry, local_ollama: entry },
        })
        for (const provider of providerNames) {
          const behaviour = behaviours[provider]
          if (behaviour === 'refuses') await world[provider].stopListening()
          else world[provider].always(behaviour)
        }
        const reply = await world.chat(critical({ stream, max_tokens: 50 }))
        assert.equal(reply.status, status)
        assert.equal(errorOf(reply).code, code)
        assert.equal(errorOf(reply).source, 'provider')
        assert.equal(reply.headers['content-type'], 'application/json')
        assert.equal(reply.headers['retry-after'], retryAfter === undefined ? undefined : String(retryAfter))
        assert.deepEqual(
          (errorOf(reply).attempts as { provider: string }[]).map(({ provider }) => provider),
          retried ? [...providerNames, 'local_ollama'] : providerNames,
        )
        for (const provider of providerNames) {
          assert.equal(world[provider].journal.requests.length, behaviours[provider] === 'refuses' ? 0 : 1)
        }
        assert.equal((await world.usage())[0]?.status, 'failed')
        await world.atRest()
      })
    }
  }
})

describe('the limits of one request', { concurrency: true }, () => {
  for (const attempts of [1, 2, 3]) {
    test(`max_attempts ${attempts} asks ${attempts} providers and no more`, async () => {
      await using world = await startWorld({ config: { routing: { max_attempts: attempts } } })
      for (const provider of providerNames) world[provider].always({ status: 500 })
      assert.equal((await world.chat(critical())).status, 502)
      const asked = providerNames.map((provider) => world[provider].journal.requests.length)
      assert.deepEqual(asked, [1, attempts > 1 ? 1 : 0, attempts > 2 ? 1 : 0])
    })
  }

  test('max_attempts does not count candidates that were never asked', async () => {
    await using world = await startWorld({
      limits: { openai: 0, ollama_cloud: 0 },
      config: { routing: { max_attempts: 1 } },
    })
    assert.equal(answeredBy(await world.chat(critical())), 'local_ollama')
  })

  for (const stream of both) {
    test(`its deadline ends the wait for headers with 504 and closes the upstream, ${way(stream)}`, async () => {
      await using world = await startWorld({
        limits: { openai: 100, ollama_cloud: 100 },
        config: { routing: { timeout_ms: 2000 } },
      })
      world.openai.always({ status: 500 })
      world.ollama_cloud.always({ hang: 'before_headers' })
      const reply = await world.chat(critical({ stream }))
      assert.equal(reply.status, 504)
      assert.equal(errorOf(reply).code, 'upstream_timeout')
      await world.ollama_cloud.journal.waitFor(({ ended }) => ended === 'client_closed', 60_000)
      assert.deepEqual(world.local_ollama.journal.requests, [], 'no time is left for another one')
      await world.atRest()
    })

    test(`its deadline ends the wait for a body with 504 and closes the upstream, ${way(stream)}`, async () => {
      await using world = await startWorld({ limits: { openai: 100 }, config: { routing: { timeout_ms: 2000 } } })
      world.openai.always({ hang: 'after_headers' })
      const reply = await world.chat(critical({ stream }))
      assert.equal(reply.status, 504)
      await world.openai.journal.waitFor(({ ended }) => ended === 'client_closed', 60_000)
      await world.atRest()
    })
  }

  test('its deadline ends a running stream with an error event and closes the upstream', async () => {
    for (const [body, upstreamOf] of [
      [critical({ stream: true }), (world: World) => world.openai],
      [question({ stream: true }), (world: World) => world.local_ollama],
    ] as readonly (readonly [JsonObject, (world: World) => Upstream])[]) {
      await using world = await startWorld({ limits: { openai: 100 }, config: { routing: { timeout_ms: 2000 } } })
      const upstream = upstreamOf(world)
      upstream.always({ hang: 'mid_stream' })
      const reply = await world.chat(body)
      assert.equal(reply.status, 200)
      assert.equal(errorOf(reply).code, 'upstream_timeout')
      assert.ok(!reply.text.includes('[DONE]'))
      await upstream.journal.waitFor(({ ended }) => ended === 'client_closed', 60_000)
      await world.atRest()
    }
  })

  test('a client that leaves between two attempts is the end of it', async () => {
    await using world = await startWorld({ limits: { openai: 100 } })
    world.openai.always({ hang: 'before_headers' })
    const leaver = world.open(critical())
    await world.openai.journal.waitFor(({ rawBody }) => rawBody.length > 0, 60_000)
    leaver.leave()
    await world.openai.journal.waitFor(({ ended }) => ended === 'client_closed', 60_000)
    await world.atRest()
    assert.deepEqual(world.ollama_cloud.journal.requests, [])
    assert.deepEqual(world.local_ollama.journal.requests, [])
    assert.equal((await world.usage())[0]?.status, 'client_closed')
  })
})

test('a pool whose idle connections were closed by the provider is used again without a failure', async () => {
  await using world = await startWorld()
  for (let round = 0; round < 5; round += 1) {
    assert.equal(answeredBy(await world.chat(critical({ stream: round % 2 === 0 }))), 'openai')
    const open = world.openai.journal.connections.filter(({ closedAtMs }) => closedAtMs === undefined)
    assert.equal(open.length, 1)
    await world.openai.stopListening()
    await world.openai.startListening()
    await world.atRest()
  }
})
