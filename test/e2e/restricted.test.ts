// Restricted tasks never open a socket to anything but the local provider: every level, however it is declared and
// whatever tempts the router, with the local provider healthy, broken in any way, or lying about where it runs.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { join, relative } from 'node:path'
import { after, before, describe, mock, test } from 'node:test'
import type { Behaviour, JsonObject } from '../../src/testing/index.ts'
import fc from '../make/property.ts'
import { type AskOptions, answerText, ask, errorOf, events, get, type Reply } from './client.ts'
import type { World, WorldOptions } from './world.ts'
import { batchHints, criticalHints, metricOf, question, startWorld, temporaryFolder } from './world.ts'

const UNAVAILABLE = 'local_unavailable_for_restricted_data'
const allLevels = ['public', 'internal', 'confidential', 'pii', 'hipaa'] as const
const levels = ['confidential', 'pii', 'hipaa'] as const
type Level = (typeof allLevels)[number]
const both = [false, true] as const
const way = (stream: boolean) => (stream ? 'streamed' : 'whole')
const hints = (aegis: object) => ({ aegis }) as JsonObject

// Every address that any socket of this process tries to connect to, its own test clients included.
const triedPorts = new Set<number>()
const triedElsewhere = new Set<string>()

before(() => {
  const connect = Socket.prototype.connect
  mock.method(Socket.prototype, 'connect', function (this: Socket, ...options: unknown[]) {
    this.on('connectionAttempt', (ip: string, port: number) => {
      triedPorts.add(port)
      if (!/^(127\.|::1$)/.test(ip)) triedElsewhere.add(ip)
    })
    return Reflect.apply(connect, this, options) as Socket
  })
})
after(() => mock.restoreAll())

const clouds = (world: World) => [world.openai, world.ollama_cloud]

/** A world whose cloud ports nobody has tried yet. */
async function watchedWorld(options: WorldOptions = {}): Promise<World> {
  const world = await startWorld(options)
  for (const { port } of clouds(world)) triedPorts.delete(port)
  return world
}

/** Neither a connection, nor a try at one, nor a byte. */
function assertNothingLeft(world: World, what = ''): void {
  for (const { label, port, journal } of clouds(world)) {
    assert.ok(!triedPorts.has(port), `${label} was tried ${what}`)
    assert.equal(journal.connections.length, 0, `${label} was connected to ${what}`)
    assert.equal(journal.allBytes().length, 0, `${label} received something ${what}`)
  }
  assert.deepEqual([...triedElsewhere], [], `a foreign address was tried ${what}`)
}

function assertAnsweredHere(reply: Reply, what = ''): void {
  assert.equal(reply.status, 200, `${what} ${reply.text}`)
  assert.equal(reply.headers['x-aegis-location'], 'local', what)
  assert.equal(reply.headers['x-aegis-provider'], 'local_ollama', what)
  assert.match(answerText(reply), /simulated local/, what)
}

function assertRefused(reply: Reply, what = ''): void {
  assert.equal(reply.status, 503, `${what} ${reply.text}`)
  assert.equal(errorOf(reply).code, UNAVAILABLE, what)
  assert.match(String(reply.headers['retry-after']), /^[1-9]\d*$/, what)
  const asked = (errorOf(reply).attempts ?? []) as { provider: string }[]
  for (const { provider } of asked) assert.equal(provider, 'local_ollama', what)
}

function assertBrokenOff(reply: Reply, what = ''): void {
  assert.equal(reply.status, 200, what)
  assert.equal(reply.headers['x-aegis-location'], 'local', what)
  assert.ok(events(reply.text).length > 1, `${what} nothing came before the error`)
  assert.notEqual(errorOf(reply).code, undefined, `${what} ${reply.text}`)
  assert.doesNotMatch(reply.text, /\[DONE\]/, what)
}

const chatsAtLocal = (world: World) => world.local_ollama.journal.requests.filter(({ path }) => path === '/api/chat')
const restricted = (more: JsonObject = {}) => question({ ...more, ...hints({ data_classification: 'pii' }) })

/** Ways to say a level; the last one also says a lower one, which must not count. */
const declarations: Readonly<Record<string, (level: Level, body: JsonObject) => [JsonObject, AskOptions]>> = {
  'by header': (level, body) => [body, { headers: { 'x-aegis-data-classification': level } }],
  'by body': (level, body) => [withHint(body, level), {}],
  'by header against the body': (level, body) => [
    withHint(body, 'public'),
    { headers: { 'x-aegis-data-classification': level } },
  ],
}

function withHint(body: JsonObject, level: Level): JsonObject {
  return { ...body, ...hints({ ...(body.aegis as object | undefined), data_classification: level }) }
}

const temptations: Readonly<Record<string, JsonObject>> = {
  'nothing else': {},
  'a cloud model by name': { model: 'openai/gpt-4o' },
  'the cloud tier': { model: 'auto:cloud' },
  'a batch of twenty': hints(batchHints),
  'critical quality and high complexity': hints(criticalHints),
}

/** For a provider that is not to answer in time. */
const impatient = { first_byte_timeout_ms: 60 }

interface LocalState {
  /** Changes to the entry of the local provider. */
  readonly entry?: typeof impatient
  readonly behaviour?: Behaviour | 'refuses'
  readonly expect: (reply: Reply, stream: boolean, what: string) => void
}

const refused: LocalState['expect'] = (reply, _stream, what) => assertRefused(reply, what)
const localStates: Readonly<Record<string, LocalState>> = {
  'is up': { expect: (reply, _stream, what) => assertAnsweredHere(reply, what) },
  'refuses connections': { behaviour: 'refuses', expect: refused },
  'answers 500': { behaviour: { status: 500 }, expect: refused },
  'sends malformed JSON': { behaviour: { rawBody: '{"model":"x","mess', rawFrames: ['{"model"\n'] }, expect: refused },
  'hangs before its headers': { entry: impatient, behaviour: { hang: 'before_headers' }, expect: refused },
  'drops in the middle': {
    behaviour: { chunks: ['one ', 'two ', 'three'], disconnectAfter: 1 },
    expect: (reply, stream, what) => (stream ? assertBrokenOff(reply, what) : assertRefused(reply, what)),
  },
}

async function setLocal(world: World, behaviour: Behaviour | 'refuses' | undefined): Promise<void> {
  if (behaviour === 'refuses') await world.local_ollama.stopListening()
  else if (behaviour) world.local_ollama.always(behaviour)
}

test('these tests would notice: the same tempting requests reach the clouds when the data is not restricted', async () => {
  await using world = await watchedWorld()
  await world.chat(question({ model: 'openai/gpt-4o' }))
  assert.throws(() => assertNothingLeft(world), /openai was tried/)
  assert.equal(world.openai.journal.requests.length, 1)
  await world.chat(question({ model: 'auto:cloud' }))
  assert.equal(world.ollama_cloud.journal.requests.length, 1)
  await world.chat(question(hints(criticalHints)))
  assert.equal(world.openai.journal.requests.length, 2)
})

describe('restricted data', { concurrency: 4 }, () => {
  for (const [state, { entry = {}, behaviour, expect }] of Object.entries(localStates)) {
    for (const level of levels) {
      const outcome = behaviour === undefined ? 'is answered here' : 'goes nowhere'
      test(`of level ${level} ${outcome} when the local provider ${state}, however declared and tempted`, async () => {
        await using world = await watchedWorld({ providers: { local_ollama: entry } })
        await setLocal(world, behaviour)
        const asked = Object.entries(declarations).flatMap(([declared, declare]) =>
          Object.entries(temptations).flatMap(([temptation, more]) =>
            both.map(async (stream) => {
              const reply = await world.chat(...declare(level, question({ ...more, stream })))
              expect(reply, stream, `declared ${declared}, with ${temptation}, ${way(stream)}:`)
            }),
          ),
        )
        await Promise.all(asked)
        assert.equal(asked.length, 30)
        assertNothingLeft(world)
        await world.atRest()
      })
    }
  }

  for (const path of ['/v1/chat/completions', '/chat/completions', '/api/chat']) {
    test(`stays here on ${path}, and is refused there when the local provider is gone`, async () => {
      await using world = await watchedWorld()
      const body = question({ model: 'openai/gpt-4o', stream: false })
      const headers = { 'x-aegis-data-classification': 'hipaa' }
      const answered = await ask(`${world.gateway.url}${path}`, body, { headers })
      assert.equal(answered.status, 200, answered.text)
      assert.equal(answered.headers['x-aegis-location'], 'local')
      await world.local_ollama.stopListening()
      const gone = await ask(`${world.gateway.url}${path}`, body, { headers })
      assert.equal(gone.status, 503, gone.text)
      assertNothingLeft(world)
    })
  }

  test('for a named cloud model is a 400 about the model where the policy rejects, and asks nobody', async () => {
    await using world = await watchedWorld({ config: { privacy: { on_explicit_cloud_model: 'reject' } } })
    for (const level of levels) {
      for (const model of ['openai/gpt-4o', 'gpt-4o', 'ollama_cloud/gpt-oss:120b', 'local_ollama/kimi-k2:cloud']) {
        for (const stream of both) {
          const reply = await world.chat(withHint(question({ model, stream }), level))
          assert.equal(reply.status, 400, `${level} ${model} ${reply.text}`)
          assert.equal(errorOf(reply).param, 'model')
        }
      }
    }
    assert.deepEqual(world.local_ollama.journal.requests, [])
    assertAnsweredHere(await world.chat(restricted()))
    assertNothingLeft(world)
  })
})

describe('a local Ollama that forwards', { concurrency: 4 }, () => {
  const remote = { name: 'looks-local:latest', remoteHost: 'https://ollama.com:443' }
  const forwarding: WorldOptions = {
    localModels: ['llama3.2:8b', remote],
    providers: { local_ollama: { models: ['looks-local:latest'] } },
  }
  const servers: readonly (readonly [
    name: string,
    more: WorldOptions,
    setUp: (world: World) => void,
    status: number,
  ])[] = [
    // Asked for by `:local`, such a server says that it has no model of that name: waiting would not help.
    ['with its cloud on', {}, () => {}, 404],
    ['with its cloud off', { cloudDisabled: true }, () => {}, 503],
    ['too old to tell', {}, (world) => world.local_ollama.alwaysAt('/api/status', { status: 404 }), 503],
  ]
  for (const [name, more, setUp, status] of servers) {
    for (const stream of both) {
      test(`a model, ${name}, gets no restricted data but public data as configured, ${way(stream)}`, async () => {
        await using world = await watchedWorld({ ...forwarding, ...more })
        setUp(world)
        const reply = await world.chat(restricted({ stream }))
        assert.equal(reply.status, status, reply.text)
        if (status === 503) assertRefused(reply)
        assert.deepEqual(chatsAtLocal(world), [])
        assertNothingLeft(world)
        const open = await world.chat(question({ stream, ...hints({ data_classification: 'public' }) }))
        assert.equal(open.status, 200, open.text)
        assert.equal(open.headers['x-aegis-provider'] === 'local_ollama', more.cloudDisabled !== true)
      })
    }
  }

  for (const name of ['gpt-oss:120b-cloud', 'kimi-k2:cloud', 'Kimi-K2:CLOUD', 'x: cloud ', 'kimi-k2:cloud:local']) {
    test(`never gets restricted data for ${JSON.stringify(name)}, asked for, hinted at or configured`, async () => {
      await using world = await watchedWorld()
      for (const stream of both) {
        await world.chat(restricted({ model: `local_ollama/${name}`, stream }))
        await world.chat(question({ stream, ...hints({ data_classification: 'pii', model_local: name }) }))
      }
      const reached = chatsAtLocal(world).map(({ json, forwardedTo }) => `${json?.model} ${forwardedTo}`)
      const own = reached.filter((one) => /^llama3\.2:8b(:local)? undefined$/.test(one))
      assert.deepEqual(reached, own)
      const configured = { providers: { local_ollama: { models: [name] } } }
      assertNothingLeft(world)
      if (!name.endsWith(':local')) return assert.rejects(startWorld(configured), /does not run here/)
      await using only = await watchedWorld(configured)
      assertRefused(await only.chat(restricted()))
      assert.deepEqual(chatsAtLocal(only), [])
      assertNothingLeft(only)
    })
  }

  const line = (more: JsonObject) => `${JSON.stringify({ model: 'llama3.2:8b', ...more })}\n`
  const message = { role: 'assistant', content: 'hi' }
  const end = { done: true, done_reason: 'stop', prompt_eval_count: 3, eval_count: 1 }
  const confessions: Readonly<Record<string, readonly [Behaviour, stream: boolean]>> = {
    'a whole answer with remote_host': [
      { rawBody: line({ message, ...end, remote_host: 'https://ollama.com' }) },
      false,
    ],
    'a whole answer with remote_model': [{ rawBody: line({ message, ...end, remote_model: 'kimi-k2' }) }, false],
    'a stream with it in every line': [
      { rawFrames: [line({ message, remote_host: 'a' }), line({ message, ...end, remote_host: 'a' })] },
      true,
    ],
    'a stream with it in the last line': [{ rawFrames: [line({ message }), line({ ...end, remote_host: 'a' })] }, true],
    'a stream that breaks off after it': [{ rawFrames: [line({ message, remote_host: 'a' })] }, true],
  }
  for (const [name, [confession, stream]] of Object.entries(confessions)) {
    test(`is found out by ${name}: one violation, and the door is closed to restricted data only`, async () => {
      await using world = await watchedWorld()
      world.local_ollama.next(confession)
      await world.chat(restricted({ stream }))
      assert.equal(chatsAtLocal(world).length, 1, '/api/show looked clean')
      const metrics = async () => (await get(`${world.gateway.url}/metrics`)).text
      assert.equal(metricOf(await metrics(), 'llm_privacy_violations_total'), 1)
      for (const level of levels) assertRefused(await world.chat(withHint(question({ stream }), level)))
      assert.equal(chatsAtLocal(world).length, 1)
      assertAnsweredHere(await world.chat(question({ stream })))
      assert.equal(metricOf(await metrics(), 'llm_privacy_violations_total'), 1)
      assertNothingLeft(world)
    })
  }

  for (const path of ['/api/chat', '/api/show', '/api/status']) {
    test(`by redirects from ${path} to a cloud is not followed there`, async () => {
      await using world = await watchedWorld()
      const targets = [`${world.openai.url}/v1/chat/completions`, `${world.ollama_cloud.url}/api/chat`]
      for (const redirectTo of targets) {
        for (const status of [301, 302, 303, 307, 308]) {
          world.local_ollama.alwaysAt(path, { redirectTo, status })
          for (const stream of both) assertRefused(await world.chat(restricted({ stream })), `${status}`)
        }
      }
      assertNothingLeft(world)
    })
  }
})

test('a canary in a restricted prompt is in no log line, metric, status, error body or ledger file', async () => {
  using folder = temporaryFolder()
  const canary = 'CANARY-7f3a91-Erika-Mustermann'
  const ledger = `sqlite:${join(folder.path, 'aegis.db')}`
  const shown = new Map<string, string>()
  const call = { id: 'call_1', type: 'function', function: { name: 'look', arguments: `{"q":"${canary}"}` } }
  const described = { name: 'look', description: canary, parameters: { type: 'object', title: canary } }
  const everywhere: JsonObject = {
    messages: [
      { role: 'system', content: canary },
      { role: 'user', content: [{ type: 'text', text: canary }] },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'call_1', content: canary },
      { role: 'user', content: `and ${canary}?` },
    ],
    tools: [{ type: 'function', function: described }],
    metadata: { note: canary },
    stop: [canary],
  }
  {
    await using world = await watchedWorld({ config: { ledger } })
    const { local_ollama: local } = world
    for (const stream of both) {
      const answered = await world.chat(restricted({ ...everywhere, stream }))
      assert.equal(answered.status, 200, answered.text)
      assert.ok(local.journal.allBytes().includes(canary), 'the local provider was asked')
      const faults: Readonly<Record<string, Behaviour>> = {
        'a 500 that quotes it': { status: 500, errorBody: { error: canary } },
        'broken JSON that quotes it': { rawBody: `{"model":"${canary}`, rawFrames: [`{"model":"${canary}\n`] },
        'an error in the answer that quotes it': { inBandErrorAfter: 1, errorBody: { error: canary } },
      }
      for (const [name, behaviour] of Object.entries(faults)) {
        local.always(behaviour)
        shown.set(`${name}, ${way(stream)}`, (await world.chat(restricted({ ...everywhere, stream }))).text)
      }
      local.reset()
      const badRole = { messages: [{ role: canary, content: canary }], stream }
      shown.set(`a bad role, ${way(stream)}`, (await world.chat(restricted(badRole))).text)
    }
    const headers = { 'x-aegis-data-classification': 'hipaa' }
    shown.set('no JSON', (await world.chat(`{"messages":[{"role":"user","content":"${canary}`, { headers })).text)
    shown.set('explain', (await world.explain(restricted(everywhere))).text)
    await local.stopListening()
    const refusal = await world.chat(restricted(everywhere))
    assertRefused(refusal)
    shown.set('the refusal', refusal.text)
    await world.atRest()
    for (const path of ['/metrics', '/admin/status', '/', '/health'])
      shown.set(path, (await get(world.gateway.url + path)).text)
    for (const file of filesIn(folder.path)) shown.set(`${file}, open`, readFileSync(join(folder.path, file), 'latin1'))
    for (const [index, one] of world.gateway.log.entries()) shown.set(`log line ${index}`, JSON.stringify(one))
    assert.ok(shown.has('aegis.db, open') && shown.has('aegis.db-wal, open'))
    assert.ok((await world.usage()).length > 0)
    assertNothingLeft(world)
  }
  for (const file of filesIn(folder.path)) shown.set(file, readFileSync(join(folder.path, file), 'latin1'))
  const forms = [canary, Buffer.from(canary).toString('base64').slice(0, 36), Buffer.from(canary).toString('hex')]
  forms.push(createHash('sha256').update(canary).digest('hex'), 'Mustermann')
  for (const [where, text] of shown)
    for (const form of forms) assert.ok(!text.includes(form), `${form} stands in ${where}`)
})

describe('for random requests and faults', { concurrency: true }, () => {
  const anyLevel = fc.option(fc.constantFrom(...allLevels), { nil: undefined })
  const restrictedLevel = fc.constantFrom<Level>(...levels)
  const otherHints = fc.record(
    {
      quality_requirement: fc.constantFrom('low', 'medium', 'high', 'critical'),
      complexity: fc.constantFrom('low', 'medium', 'high', 'very_high'),
      batch_size: fc.integer({ min: 1, max: 1_000 }),
      model_local: fc.constantFrom('llama3.2:8b', 'kimi-k2:cloud', 'absent'),
      model_cloud: fc.constantFrom('gpt-oss:120b', 'x:cloud'),
      model_openai: fc.constantFrom('gpt-4o', 'o3'),
    },
    { requiredKeys: [] },
  )
  const model = fc.constantFrom(
    ...['auto', 'auto:cloud', 'auto:local', 'gpt-4o', 'openai/gpt-4o', 'openai:o3', 'ollama_cloud/gpt-oss:120b'],
    ...['ollama_cloud:x', 'gpt-oss:120b', 'aegis/auto', 'local_ollama/m:cloud', 'local_ollama/absent', 'nobody/x'],
  )
  const drops: Behaviour = { chunks: ['a', 'b', 'c'], disconnectAfter: 2 }
  const fault = fc.constantFrom<Behaviour | 'refuses' | undefined>(
    ...Object.values(localStates).map(({ behaviour }) => behaviour),
    ...[drops, { status: 429 }, { status: 404 }, { status: 400 }, { inBandErrorAfter: 1 }, { truncateAfter: 1 }],
  )
  const defaults = [
    { byDefault: 'public', inHeader: anyLevel, inBody: restrictedLevel },
    { byDefault: 'public', inHeader: restrictedLevel, inBody: anyLevel },
    { byDefault: 'confidential', inHeader: fc.constant(undefined), inBody: fc.constant(undefined) },
  ] as const
  for (const [index, { byDefault, inHeader, inBody }] of defaults.entries()) {
    const said = ['declared in the body', 'declared in a header', 'by the default level'][index]
    test(`nothing that is restricted, ${said}, ever reaches a cloud`, async () => {
      const privacy = { default_classification: byDefault }
      await using world = await watchedWorld({ config: { privacy }, providers: { local_ollama: impatient } })
      const property = fc.asyncProperty(
        fc.record({ inHeader, inBody, otherHints, model, stream: fc.boolean(), fault }),
        async (one) => {
          world.local_ollama.reset()
          await world.local_ollama.startListening()
          await setLocal(world, one.fault)
          const level = one.inBody === undefined ? {} : { data_classification: one.inBody }
          const body = question({ model: one.model, stream: one.stream, ...hints({ ...one.otherHints, ...level }) })
          const headers: Record<string, string> =
            one.inHeader === undefined ? {} : { 'x-aegis-data-classification': one.inHeader }
          const reply = await world.chat(body, { headers })
          if (reply.status === 200) assert.equal(reply.headers['x-aegis-location'], 'local')
          assertNothingLeft(world)
        },
      )
      await fc.assert(property, { numRuns: 80 })
      await world.atRest()
    })
  }
})

/** Paths relative to the folder, of the journals below it too. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
}
