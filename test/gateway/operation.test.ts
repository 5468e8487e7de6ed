// Proves what operators rely on: health, readiness, metrics, explanations and the status page, none of them with content.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startOllamaUpstream, startOpenAIUpstream } from '../../src/testing/index.ts'
import { at } from '../../src/testing/raw-http.ts'
import { localOllama, openAIProvider, type RunningGateway, startGateway } from '../make/gateway.ts'
import { post, send } from './http-client.ts'
import { readMetrics } from './metrics-text.ts'

const CANARY = 'canary-5d1c'
const messages = [{ role: 'user', content: `Tell nobody about ${CANARY}` }]

async function startBoth() {
  const ollama = await startOllamaUpstream({ models: ['llama3.2:8b'] })
  const openai = await startOpenAIUpstream({ models: ['gpt-4o'] })
  const providers = { local: localOllama(ollama), openai: openAIProvider(openai) }
  const gateway = await startGateway({ providers, budgets: { monthly_limits: { openai: 5 } } })
  const close = async () => {
    await gateway.close()
    await Promise.all([ollama.close(), openai.close()])
  }
  return { ollama, openai, gateway, [Symbol.asyncDispose]: close }
}

function chat(gateway: RunningGateway, body: object = {}) {
  return post(`${gateway.url}/v1/chat/completions`, { model: 'auto', messages, ...body })
}

test('the process is alive and ready, and says so in the usual words', async () => {
  await using world = await startBoth()
  const get = (path: string) => send(world.gateway.url + path)
  assert.deepEqual((await get('/health')).json, { status: 'healthy' })
  for (const path of ['/health/liveness', '/health/liveliness']) assert.equal((await get(path)).text, '"I\'m alive!"')
  const ready = await get('/health/readiness')
  assert.equal(ready.status, 200)
  assert.deepEqual([ready.json.status, ready.json.database, ready.json.providers_open], ['healthy', 'connected', 2])
})

test('a gateway whose only provider is closed is alive and not ready, and says why', async () => {
  const openai = { kind: 'openai' as const, location: 'cloud' as const, models: ['gpt-4o'] }
  await using gateway = await startGateway({ providers: { openai } })
  assert.equal((await send(`${gateway.url}/health`)).status, 200)
  const ready = await send(`${gateway.url}/health/readiness`)
  assert.deepEqual([ready.status, ready.json.status, ready.json.providers_open], [503, 'unhealthy', 0])
  assert.match(String(ready.json.detail), /no provider is open/)
  const refused = await chat(gateway)
  assert.deepEqual([refused.status, refused.error.code], [503, 'no_candidate'])
  assert.match(String(refused.error.message), /openai: it has no key: add api_key/)
})

test('readiness and liveness do not wait for providers', async () => {
  await using world = await startBoth()
  await world.ollama.stopListening()
  await world.openai.stopListening()
  assert.equal((await send(`${world.gateway.url}/health/readiness`)).status, 200)
})

test('every line of the metrics is well-formed, before and after traffic', async () => {
  await using world = await startBoth()
  const { gateway, openai } = world
  const read = async () => {
    const reply = await send(`${gateway.url}/metrics`)
    assert.equal(reply.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
    return readMetrics(reply.text)
  }
  const names = [
    ...[
      'llm_requests_total',
      'llm_request_duration_seconds',
      'llm_time_to_first_token_seconds',
      'llm_overhead_seconds',
    ],
    ...['llm_tokens_total', 'llm_cost_usd_total', 'llm_budget_limit_usd', 'llm_budget_used_ratio'],
    ...[
      'llm_budget_reserved_usd',
      'llm_fallbacks_total',
      'llm_privacy_decisions_total',
      'llm_privacy_violations_total',
    ],
    ...['llm_in_flight', 'llm_provider_cooling_seconds', 'llm_provider_requests', 'aegis_build_info'],
  ]
  const fresh = await read()
  for (const name of names) assert.ok(fresh.families.has(name), `${name} is declared`)
  assert.equal(fresh.value('llm_privacy_violations_total'), 0)

  openai.next({ status: 500 })
  await chat(gateway, { model: 'gpt-4o' })
  await chat(gateway, { model: 'gpt-4o' })
  await chat(gateway, { stream: true })
  await chat(gateway, { aegis: { data_classification: 'pii' } })
  const used = await read()
  const local = { provider: 'local', model: 'llama3.2:8b' }
  assert.equal(used.value('llm_requests_total', { ...local, reason: 'fallback', status: 'ok' }), 1)
  assert.equal(used.value('llm_requests_total', { ...local, reason: 'default_local', status: 'ok' }), 1)
  assert.equal(used.value('llm_requests_total', { ...local, reason: 'sensitive_data_local_only', status: 'ok' }), 1)
  assert.equal(used.value('llm_fallbacks_total', { from: 'openai', to: 'local', cause: 'server_error' }), 1)
  assert.equal(used.value('llm_privacy_decisions_total', { classification: 'pii', source: 'declared' }), 1)
  assert.equal(used.value('llm_request_duration_seconds_count', { provider: 'local' }), 3)
  assert.equal(used.value('llm_in_flight'), 0)
  assert.equal(used.value('llm_budget_limit_usd', { scope: 'provider', subject: 'openai', period: 'month' }), 5)
  assert.ok((used.value('llm_cost_usd_total', { provider: 'openai' }) ?? 0) > 0)
})

test('what clients make up creates no series', async () => {
  await using world = await startBoth()
  const { gateway } = world
  const seriesOf = async () => readMetrics((await send(`${gateway.url}/metrics`)).text).samples.length
  const inventions = (round: string) => [
    { model: `local/invented-${round}` },
    { model: `openai/invented-${round}` },
    { model: `invented-${round}` },
    { model: 'auto', aegis: { model_local: `invented-${round}`, session: `invented-${round}` } },
    { model: 'auto', user: `invented-${round}`, metadata: { tag: `invented-${round}` } },
    { model: 'auto', aegis: { data_classification: `invented-${round}` } },
  ]
  const ask = async (round: string) => {
    for (const body of inventions(round)) await chat(gateway, body)
    await send(`${gateway.url}/invented-${round}`)
    await send(`${gateway.url}/v1/models/invented-${round}`, { headers: { 'x-correlation-id': `invented-${round}` } })
  }
  await ask('0')
  const before = await seriesOf()
  for (let round = 1; round < 20; round += 1) await ask(`123${round}`)
  assert.equal(await seriesOf(), before)
  assert.doesNotMatch((await send(`${gateway.url}/metrics`)).text, /invented/)
})

test('an explanation says where a request would go and why, and calls nobody', async () => {
  await using world = await startBoth()
  const explain = async (body: object) => {
    const reply = await post(`${world.gateway.url}/v1/explain`, { messages, model: 'auto', ...body })
    assert.equal(reply.status, 200, reply.text)
    assert.doesNotMatch(reply.text, /canary/)
    return reply.json
  }
  const plain = await explain({})
  assert.equal(plain.reason, 'default_local')
  assert.deepEqual([at(plain, 'candidates.0.provider'), at(plain, 'candidates.0.verdict')], ['local', 'would be asked'])
  assert.equal(at(plain, 'candidates.0.price'), 'free')
  const cloud = await explain({ model: 'gpt-4o', max_tokens: 1000 })
  assert.equal(at(cloud, 'candidates.0.provider'), 'openai')
  assert.equal(at(cloud, 'candidates.0.budget.limit_usd'), 5)
  assert.ok(Number(at(cloud, 'candidates.0.worst_case_usd')) > 0)
  const restricted = await explain({ model: 'gpt-4o', aegis: { data_classification: 'hipaa' } })
  assert.equal(restricted.reason, 'sensitive_data_local_only')
  assert.deepEqual(
    [at(restricted, 'excluded.0.provider'), at(restricted, 'excluded.0.cause')],
    ['openai', 'restricted_data'],
  )
  const streamed = await post(`${world.gateway.url}/v1/explain`, { messages, model: 'auto', stream: true })
  assert.equal(streamed.headers['content-type'], 'application/json')
  for (const upstream of [world.ollama, world.openai]) assert.equal(upstream.journal.connections.length, 0)
  for (const { reserved, spent } of await world.gateway.aegis.gateway.proxy.ledger.budgets()) {
    assert.deepEqual([reserved, spent], [0, 0])
  }
  assert.deepEqual(world.gateway.aegis.gateway.systemStatus().decisions, [])
})

test('the status page holds no data, and may not be framed or load anything', async () => {
  await using world = await startBoth()
  const page = await send(`${world.gateway.url}/?x=1`)
  assert.equal(page.status, 200)
  assert.match(String(page.headers['content-type']), /^text\/html/)
  const policy = String(page.headers['content-security-policy'])
  assert.match(policy, /default-src 'none'/)
  assert.match(policy, /frame-ancestors 'none'/)
  assert.equal(page.headers['x-content-type-options'], 'nosniff')
  assert.doesNotMatch(page.text, /llama3\.2|gpt-4o|https?:\/\/(?!www\.w3\.org)/)
})

test('the status has decisions, budgets and health, and not a word of any request or answer', async () => {
  await using world = await startBoth()
  const { gateway, openai, ollama } = world
  const said = { error: { message: `No, ${CANARY}!`, type: 'x' } }
  openai.next(
    { status: 400, errorBody: said },
    { text: CANARY },
    { status: 500, errorBody: said },
    { inBandErrorAfter: 2, errorBody: said },
  )
  ollama.next({ text: CANARY })
  const tools = [{ type: 'function', function: { name: CANARY, parameters: {} } }]
  await chat(gateway, { model: 'gpt-4o', user: CANARY, tools })
  for (let round = 0; round < 3; round += 1) await chat(gateway, { model: 'gpt-4o', user: CANARY, stream: round === 2 })
  await chat(gateway, { aegis: { data_classification: 'pii', session: CANARY } })
  await chat(gateway, { temperature: CANARY })
  const { status, text, json } = await send(`${gateway.url}/admin/status`)
  assert.equal(status, 200)
  assert.doesNotMatch(text, /canary/)
  assert.doesNotMatch(JSON.stringify(gateway.log), /canary/)
  assert.doesNotMatch((await send(`${gateway.url}/metrics`)).text, /canary/)
  assert.equal(at(json, 'providers.0.name'), 'local')
  assert.equal(at(json, 'budgets.0.limit_usd'), 5)
  assert.equal((json.decisions as readonly object[]).length, 5)
  assert.equal(at(json, 'decisions.0.reason'), 'sensitive_data_local_only')
  assert.match(String(at(json, 'decisions.0.request_id')), /^req_/)
})
