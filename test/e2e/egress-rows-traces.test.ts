// Rows 23 to 44 of the egress table: whatever happens to a restricted request, nothing of it leaves and no trace holds it.
import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { connect } from 'node:net'
import { after, before } from 'node:test'
import { inspect } from 'node:util'
import { ConfigError } from '../../src/config/config-error.ts'
import { parseConfig } from '../../src/config/load-config.ts'
import { AegisLLMProxy } from '../../src/index.ts'
import type { Behaviour, JsonObject } from '../../src/testing/index.ts'
import { assertAbsent, canaries, harmless } from '../make/canaries.ts'
import { get } from './client.ts'
import { dataRoutes } from './egress-routes.ts'
import { row } from './egress-table.ts'
import { declared, type EgressWorld, settled, startEgressWorld } from './egress-world.ts'
import { cloudChat } from './undeclared.ts'
import { criticalHints } from './world.ts'

let egress: EgressWorld
before(async () => {
  egress = await startEgressWorld()
})
after(() => egress[Symbol.asyncDispose]())

const CHAT = '/v1/chat/completions'
const card = canaries['a card'] as string
/** Nobody could find this: only what is said of it keeps it here. */
const secret = 'CANARY-7f3a91 the merger is called off'
const saying = (content: string, more: JsonObject = {}) => cloudChat({ messages: [{ role: 'user', content }], ...more })
const restricted = (more: JsonObject = {}) => saying(secret, { ...declared(), ...more })

/** Asks on every route, whole and streamed. */
async function keptEverywhere(what: string): Promise<void> {
  for (const { path, body, streams } of dataRoutes) {
    for (const stream of streams ? [false, true] : [false]) {
      const more = streams ? { stream } : {}
      await egress.kept(path, body(secret, { ...declared(), ...more }), secret, `${path}: ${what}`)
      await egress.kept(path, body(card, more), card, `${path}: ${what}, found`)
    }
  }
}

async function searched(what: string): Promise<void> {
  await settled(egress)
  await egress.search([secret, card], what)
}

row(23, async () => {
  const faults: Readonly<Record<string, Behaviour>> = {
    refusal: { status: 503 },
    'a time-out': { status: 504 },
    'patience asked for': { status: 429, headers: { 'retry-after': '30' } },
    'malformed JSON': { rawBody: '{"model":', rawFrames: ['{"mod\n'] },
    'a drop before it began': { disconnectAfter: -1 },
    'a drop in the middle': { chunks: ['one ', 'two '], disconnectAfter: 1 },
    'a context that is too small': { status: 400, errorBody: { error: 'exceeds the available context size' } },
    'an error in its answer': { inBandErrorAfter: 0 },
  }
  // A world of its own: its circuits stay open.
  await using broken = await startEgressWorld()
  const { local_ollama: local, openai, ollama_cloud: cloud } = broken.world
  for (const [fault, behaviour] of Object.entries(faults)) {
    // Enough of them to open the circuit, and each is retried.
    local.always(behaviour)
    for (let again = 0; again < 3; again += 1) {
      for (const stream of [false, true]) {
        await broken.send(CHAT, restricted({ stream }))
        await broken.send(CHAT, saying(card, { stream }))
        for (const { journal } of [openai, cloud]) assert.equal(journal.allBytes().length, 0, fault)
      }
    }
  }
  await settled(broken)
  for (const canary of [secret, card]) await broken.search(canary, 'faults')
  await broken.leaves(CHAT, saying(harmless), 'the same without')
})
row(24, async () => {
  for (const provider of ['openai', 'ollama_cloud'] as const) {
    await using poor = await startEgressWorld({ limits: { [provider]: 0 } })
    for (const model of ['openai/gpt-4o', 'auto', 'auto:cloud']) {
      await poor.kept(CHAT, restricted({ model }), secret, `${provider} without money`)
      await poor.kept(CHAT, saying(card, { model, aegis: criticalHints }), card, `${provider} without money`)
    }
    poor.world.local_ollama.always({ disconnectAfter: -1 })
    assert.equal((await poor.kept(CHAT, restricted(), secret, 'and nobody here')).status, 503)
    await poor.search(secret, 'without money')
  }
})
row(25, async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 2 })
  try {
    const asks = Array.from({ length: 40 }, (_, index) => {
      const [text, more] = [
        [harmless, {}],
        [secret, declared()],
        [card, {}],
      ][index % 3] as [string, JsonObject]
      return egress
        .send(CHAT, saying(text, { ...more, stream: index % 2 === 0 }), { agent })
        .then((reply) =>
          assert.equal(reply.headers['x-aegis-location'], text === harmless ? 'cloud' : 'local', reply.text),
        )
    })
    await Promise.all(asks)
  } finally {
    agent.destroy()
  }
  await searched('on one connection')
})
row(26, async () => {
  const { config } = egress.world.gateway.aegis
  assert.throws(() => {
    ;(config.privacy as { defaultClassification: string }).defaultClassification = 'public'
  }, TypeError)
  assert.throws(() => (config.providers as unknown[]).pop(), TypeError)
  const { openai, local_ollama: local } = egress.world
  const providers = {
    local_ollama: { kind: 'ollama' as const, location: 'local' as const, base_url: local.url, models: ['llama3.2:8b'] },
    openai: {
      kind: 'openai' as const,
      location: 'cloud' as const,
      base_url: `${openai.url}/v1`,
      api_key: 'sk-openai-test',
      models: ['gpt-4o'],
    },
  }
  await using aegis = await AegisLLMProxy.create({ providers, ledger: 'memory:' }, { env: {} })
  // The caller changes what it gave while the request is under way: what was judged is what is sent.
  const messages: { role: 'user'; content: string }[] = [{ role: 'user', content: harmless }]
  const task = { messages, model: 'openai/gpt-4o', dataClassification: 'public' as string }
  const answering = aegis.generate(task as Parameters<typeof aegis.generate>[0])
  ;(messages[0] as { content: string }).content = secret
  messages.push({ role: 'user', content: card })
  task.dataClassification = 'internal'
  await answering
  assert.ok(openai.journal.allBytes().includes(harmless))
  await searched('changed meanwhile')
})
row(27, async () => {
  for (const { path, batch } of dataRoutes) {
    if (!batch) continue
    for (const at of [0, 10, 19]) {
      const texts = Array.from({ length: 20 }, (_, index) => (index === at ? card : harmless))
      await egress.kept(path, { stream: false, ...batch(texts) }, card, `${path}, item ${at}`)
    }
    await egress.leaves(path, { stream: false, ...batch(Array.from({ length: 20 }, () => harmless)) }, path)
  }
  await searched('a batch')
})
row(28, async () => {
  for (const stream of [false, true]) {
    egress.world.local_ollama.next({ toolCalls: [{ name: 'look_up', arguments: { a: 1 } }] })
    const tools = [{ type: 'function', function: { name: 'look_up', parameters: { type: 'object' } } }]
    const reply = await egress.kept(CHAT, restricted({ stream, tools }), secret, 'minting')
    const id = /"id":"(call_[^"]+)"/.exec(reply.text)?.[1]
    assert.ok(id, reply.text)
    const call = { id, type: 'function', function: { name: 'look_up', arguments: '{}' } }
    const history = [
      { role: 'user', content: harmless },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: id, content: 'none' },
    ]
    await egress.kept(CHAT, cloudChat({ messages: history }), secret, 'an id of it')
  }
  await searched('ids')
})
row(29, async () => {
  const reply = await egress.kept(CHAT, restricted(), secret, 'the first')
  const own = String(reply.headers['x-aegis-request-id'])
  for (const id of [String(reply.json.id), own, `resp_${own}`]) {
    await egress.kept(CHAT, saying(harmless, { previous_response_id: id }), secret, id)
    await egress.kept(CHAT, saying(harmless, { conversation: { id } }), secret, id)
  }
  const open = await egress.leaves(CHAT, saying(harmless), 'a public one')
  await egress.leaves(CHAT, saying(harmless, { previous_response_id: String(open.json.id) }), 'the id of a public one')
  await searched('previous responses')
})
row(30, async () => {
  const text = 'What is asked again and again'
  await egress.leaves(CHAT, saying(text), 'first from a cloud')
  for (const level of ['confidential', 'pii', 'hipaa'])
    await egress.kept(CHAT, saying(text, declared(level)), secret, 'then restricted')
  await egress.kept(CHAT, restricted(), secret, 'restricted')
  await egress.kept(CHAT, restricted({ user: 'bob' }), secret, 'of another caller')
  const again = await egress.leaves(CHAT, saying(text), 'then public')
  assertAbsent(again.body, secret, 'what a public caller is answered')
  await searched('repeated')
})
row(31, async () => {
  egress.world.local_ollama.next({ text: `The card is ${card}.` })
  const reply = await egress.kept(CHAT, restricted(), secret, 'the answer')
  assert.ok(reply.text.includes(card))
  const { message } = (reply.json.choices as unknown as { message: JsonObject }[])[0] as { message: JsonObject }
  const messages = [{ role: 'user', content: 'Hi.' }, message, { role: 'user', content: 'Go on.' }]
  await egress.kept(CHAT, cloudChat({ messages }), card, 'sent back')
  await searched('an answer')
})
row(32, async () => {
  // Embeddings and chats that are close to a limit count tokens exactly; prices and models are looked up for all.
  await using close = await startEgressWorld({ limits: { openai: 0.001, ollama_cloud: 0.001 } })
  for (const { path, body } of dataRoutes) {
    await close.kept(path, body(secret, declared()), secret, path)
    await close.kept(path, body(card), card, path)
  }
  await close.send('/v1/explain', restricted())
  await get(`${close.world.gateway.url}/v1/models`)
  await settled(close)
  await close.search(secret, 'calls of our own')
  await close.search(card, 'calls of our own')
})
row(33, async () => {
  await keptEverywhere('LangSmith is set')
  await searched('LangSmith')
  assert.equal(egress.sinks.langsmith.received().length, 0, 'no run at all of a restricted request, not a masked one')
})
row(34, async () => {
  await keptEverywhere('OTLP is set')
  await searched('OTLP')
  assert.equal(egress.sinks.otlp.received().length, 0, 'no span at all of a restricted request')
})
row(35, async () => {
  const model = `local_ollama/${secret.replaceAll(' ', '_')}`
  const reply = await egress.send(CHAT, { ...restricted({ model }), user: secret })
  await egress.send(
    CHAT,
    restricted({ aegis: { data_classification: 'pii', tags: ['CANARY-7f3a91'], session: secret } }),
  )
  await settled(egress)
  const metrics = (await get(`${egress.world.gateway.url}/metrics`)).text
  assert.ok(reply.status > 0 && !metrics.includes('CANARY-7f3a91'))
  for (const canary of Object.values(canaries)) {
    await egress.kept(CHAT, saying(card, { model: `openai/${canary}`, user: canary }), canary, 'names of models')
    assertAbsent((await get(`${egress.world.gateway.url}/metrics`)).text, canary, 'a label')
  }
  await searched('labels')
})
row(36, async () => {
  await keptEverywhere('logged')
  const { aegis, log } = egress.world.gateway
  for (const canary of [secret, card]) {
    assertAbsent(JSON.stringify(log), canary, 'the log')
    for (const object of [aegis.gateway, aegis.providers, aegis.board, aegis.privacy, aegis.config]) {
      assertAbsent(inspect(object, { depth: 5, showHidden: true }), canary, 'what is inspected')
    }
  }
  const { decodeChat } = await import('../../src/gateway/openai/decode-chat.ts')
  const context = {
    ...{ requestId: 'r', receivedAtMs: 0, timeoutMs: 1, rawHeaders: [] },
    ...{ endpoint: '/v1/chat/completions', keyId: undefined, retriesItself: false, providers: [] },
  }
  const task = decodeChat(Buffer.from(JSON.stringify({ ...restricted(), model: 'auto' })), context)
  for (const text of [
    inspect(task, { depth: 9, showHidden: true }),
    JSON.stringify(task),
    String(task.body),
    `${task}`,
  ])
    assertAbsent(text, secret, 'a task')
})
row(37, async () => {
  const quoting: Readonly<Record<string, Behaviour>> = {
    'a 500 that quotes it': { status: 500, errorBody: { error: secret } },
    'a 400 that quotes it': { status: 418, errorBody: { error: secret } },
    'broken JSON that quotes it': { rawBody: `{"model":"${secret}`, rawFrames: [`{"model":"${secret}\n`] },
    'an error in the answer that quotes it': { inBandErrorAfter: 1, errorBody: { error: secret } },
  }
  for (const [name, behaviour] of Object.entries(quoting)) {
    egress.world.local_ollama.always(behaviour)
    for (const stream of [false, true]) {
      const reply = await egress.send(CHAT, restricted({ stream }))
      if (reply.status >= 500 && name.startsWith('a 500')) assertAbsent(reply.text, secret, name)
    }
  }
  egress.world.local_ollama.reset()
  const bad: readonly (string | JsonObject)[] = [
    `{"messages":[{"role":"user","content":"${secret}`,
    { messages: [{ role: secret, content: secret }] },
    { messages: secret },
    { messages: [{ role: 'user', content: secret }], temperature: secret },
    { messages: [{ role: 'user', content: secret }], [secret]: { tools: 5 }, tools: secret },
    { model: secret, messages: [{ role: 'user', content: 'x' }] },
  ]
  for (const body of bad) {
    const reply = await egress.send(CHAT, body)
    if (typeof body === 'string' || body.model === undefined) assertAbsent(reply.text, secret, JSON.stringify(body))
  }
  await searched('errors')
})
row(38, async () => {
  await keptEverywhere('recorded')
  const explained = await egress.send('/v1/explain', saying(card, { metadata: { [secret]: card } }))
  assert.equal(explained.status, 200)
  for (const canary of [secret, card]) assertAbsent(explained.text, canary, 'the explanation')
  await settled(egress)
  const { audit } = egress.world.gateway.aegis.privacy
  assert.ok(audit && audit.head.seq > 10, 'decisions are recorded')
  await searched('the audit record')
})
row(39, async () => {
  for (let index = 0; index < 5; index += 1) await keptEverywhere('written')
  await egress.send(
    CHAT,
    restricted({ user: secret, aegis: { data_classification: 'pii', session: secret, tags: ['CANARY-7f3a91'] } }),
  )
  await searched('files')
  const rows = await egress.world.usage()
  assert.ok(rows.length > 10)
  assert.ok(!JSON.stringify(rows).includes('CANARY-7f3a91'))
})
row(40, async () => {
  await using told = await startEgressWorld({
    limits: { openai: 0.0001 },
    budgets: { limits: [{ user: '*', per: 'day', limit: 0, soft: true }] },
  })
  await told.leaves(CHAT, { ...saying(harmless), user: 'ann', max_tokens: 5 }, 'what passes a threshold')
  await told.kept(CHAT, { ...restricted(), user: secret }, secret, 'restricted')
  told.world.local_ollama.next({
    rawBody: JSON.stringify({ remote_host: 'a', message: { role: 'assistant', content: secret }, done: true }),
  })
  await told.send(CHAT, restricted())
  await settled(told)
  assert.ok((await get(`${told.world.gateway.url}/admin/alerts`)).text.includes('privacy.violation'))
  await told.search(secret, 'alerts')
})
row(41, async () => {
  const { openai, ollama_cloud: cloud } = egress.world
  const before = [openai, cloud].map(({ journal }) => journal.connections.length)
  const large = `${'Nothing to see here, and nothing there. '.repeat(3_000)} ${card}`
  for (const stream of [false, true]) await egress.kept(CHAT, saying(large, { stream }), card, 'judged in a worker')
  assert.deepEqual(
    [openai, cloud].map(({ journal }) => journal.connections.length),
    before,
    'not even a connection',
  )
  await searched('before the verdict')
})
row(42, async () => {
  const url = new URL(egress.world.gateway.url)
  const paths = [
    '/v1/moderations',
    '/v1/fine_tuning/jobs',
    '/v1/audio/speech',
    '/v1/images/generations',
    '/v1/assistants',
  ]
  for (const path of [
    ...paths,
    '/api/create',
    '/api/push',
    '/api/pull',
    '/proxy',
    '//evil',
    '/v1/chat/completions/x',
  ]) {
    const reply = await egress.send(path, saying(card))
    assert.ok([404, 405].includes(reply.status), `${path}: ${reply.status}`)
  }
  const targets = ['GET /v1/realtime HTTP/1.1', 'CONNECT 203.0.113.7:443 HTTP/1.1', 'GET http://203.0.113.7/ HTTP/1.1']
  for (const line of targets) {
    const head = `${line}\r\nhost: ${url.host}\r\nconnection: upgrade\r\nupgrade: websocket\r\nx: ${card}\r\n\r\n`
    const answer = await new Promise<string>((resolve) => {
      let text = ''
      const socket = connect(Number(url.port), '127.0.0.1', () => socket.end(head))
      socket.on('data', (piece) => (text += piece.toString()))
      socket.on('error', () => {})
      socket.on('close', () => resolve(text))
    })
    assert.ok(!/^HTTP\/1\.1 (?:101|2)/.test(answer), `${line}: ${answer.slice(0, 60)}`)
  }
  await searched('routes that are none')
})
row(43, async () => {
  const quiet = egress.world.openai.journal.allBytes().length
  await Promise.all([
    keptEverywhere('beside health checks'),
    ...['/health', '/health/liveness', '/health/readiness', '/metrics', '/v1/models', '/api/tags'].map((path) =>
      get(egress.world.gateway.url + path),
    ),
  ])
  const probes = [...egress.world.gateway.aegis.providers.values()].map((provider) =>
    provider.probe({ cancelled: undefined, onCancel: () => () => {} } as never),
  )
  await Promise.all(probes)
  assert.ok(egress.world.openai.journal.allBytes().length > quiet, 'the probes did ask')
  await searched('health checks')
})
row(44, async () => {
  const { openai, local_ollama: local } = egress.world
  const providers = { local_ollama: { base_url: local.url, models: ['llama3.2:8b'] } }
  const remotes: readonly JsonObject[] = [
    { detect: { url: `${openai.url}/detect` } },
    { detect: { remote: openai.url } },
    { detect: { provider: 'openai' } },
    { detector: { base_url: openai.url } },
  ]
  for (const privacy of remotes) {
    assert.throws(
      () => parseConfig({ providers, ledger: 'memory:', privacy } as never, { source: 'object', env: {} }),
      ConfigError,
      'a detector that is asked over the network does not exist',
    )
  }
  await keptEverywhere('judged in this process')
  await searched('detectors')
})
