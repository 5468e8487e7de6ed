// Proves what the log says of requests, and that neither it nor any other output ever holds a word of one or a key.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../src/testing/index.ts'
import { ask, get } from './client.ts'
import { type Served, serve, startUpstreams, writeConfig } from './served.ts'
import { critical, question, temporaryFolder } from './world.ts'

const chat = ({ url }: Served) => `${url}/v1/chat/completions`

/** The lines that are JSON. */
function linesOf(served: Served): JsonObject[] {
  return served
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as JsonObject)
}

async function stopped(served: Served): Promise<void> {
  served.child.kill('SIGTERM')
  await once(served.child, 'close')
}

describe('the log', () => {
  test('has one line for each request, as JSON where it is no terminal', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up)
    up.openai.always({ usage: { prompt_tokens: 1000, completion_tokens: 100 } })
    await using served = await serve(folder.path)
    const reply = await ask(chat(served), critical({ messages: [{ role: 'user', content: 'planted-prompt' }] }))
    await stopped(served)
    const lines = linesOf(served).filter(({ event }) => event === 'request')
    assert.equal(lines.length, 1)
    const [{ time, duration_ms: duration, ...line } = {} as JsonObject] = lines
    assert.match(String(time), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    assert.equal(typeof duration, 'number')
    assert.deepEqual(line, {
      level: 'info',
      event: 'request',
      request_id: reply.headers['x-aegis-request-id'],
      provider: 'openai',
      model: 'gpt-4o',
      status: 'ok',
      http_status: 200,
      reason: 'critical_quality',
      classification: 'internal',
      attempts: 1,
      input_tokens: 1000,
      output_tokens: 100,
      cost_usd: 0.0035,
    })
    assert.doesNotMatch(served.output(), /planted/)
  })

  test('at warn has none of them, and at once all of them when a reload says info', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up, 'server: { log_level: warn }')
    await using served = await serve(folder.path)
    await ask(chat(served), question())
    writeConfig(folder.path, up, 'server: { log_level: info }')
    assert.deepEqual((await ask(`${served.url}/admin/reload`, '')).json.changed, ['server.log_level'])
    const { headers } = await ask(chat(served), question())
    await stopped(served)
    const logged = linesOf(served).filter(({ event }) => event === 'request')
    assert.deepEqual(
      logged.map(({ request_id }) => request_id),
      [headers['x-aegis-request-id']],
    )
  })

  test('is pretty or silent where that is asked for', async () => {
    for (const [log, expected] of [
      ['pretty', /request request_id=req_\S+ provider=local_ollama/],
      ['silent', /^(?!.*req_)/s],
    ] as const) {
      using folder = temporaryFolder()
      await using up = await startUpstreams()
      writeConfig(folder.path, up, `server: { log: ${log} }`)
      await using served = await serve(folder.path)
      await ask(chat(served), question())
      await stopped(served)
      assert.match(served.output(), expected)
      assert.deepEqual(linesOf(served), [])
    }
  })

  test('of three workers is whole lines', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up)
    await using served = await serve(folder.path, undefined, ['--workers', '3'])
    const replies = await Promise.all(Array.from({ length: 90 }, () => ask(chat(served), question())))
    await stopped(served)
    const logged = new Set(linesOf(served).map(({ request_id }) => request_id))
    for (const { headers } of replies) assert.ok(logged.has(headers['x-aegis-request-id'] as string))
  })
})

test('planted words and keys are in no log, error, metric, header or status, whatever goes wrong', async () => {
  using folder = temporaryFolder()
  await using up = await startUpstreams()
  const keys = {
    OPENAI_API_KEY: 'sk-planted-provider-key',
    AEGIS_MASTER_KEY: 'planted-master-key',
    HOOK: 'planted-webhook-secret',
    LANGSMITH: 'planted-langsmith-key',
    COLLECTOR: 'planted-collector-key',
  }
  const variable = (name: string) => `"$\{${name}}"`
  // Nobody listens there, so that what fails to be sent is seen to fail.
  writeConfig(
    folder.path,
    up,
    `
telemetry:
  otel: { endpoint: http://127.0.0.1:9, headers: { authorization: ${variable('COLLECTOR')} } }
  langsmith: { endpoint: http://127.0.0.1:9, api_key: ${variable('LANGSMITH')}, content: true }`,
  )
  await using served = await serve(folder.path, keys)
  const seen: string[] = []
  const see = async (path: string, body?: JsonObject | string, headers: Record<string, string> = {}) => {
    const options = { headers: { authorization: `Bearer ${keys.AEGIS_MASTER_KEY}`, ...headers } }
    const reply =
      body === undefined ? await get(served.url + path, options) : await ask(served.url + path, body, options)
    seen.push(`${reply.status} ${JSON.stringify(reply.headers)} ${reply.text}`)
    return reply
  }
  const body = critical({ messages: [{ role: 'user', content: 'planted-prompt' }], user: 'planted-user' })
  assert.equal((await see('/v1/chat/completions', body)).status, 200)
  await see('/v1/chat/completions', { ...body, stream: true })
  await see('/v1/chat/completions', { ...body, temperature: 'planted-temperature' })
  await see('/v1/chat/completions', '{"planted-not-json')
  await see('/v1/chat/completions', body, { authorization: 'Bearer planted-wrong-key' })
  await see('/v1/chat/completions', { ...body, aegis: { data_classification: 'planted-level' } })
  up.openai.always({ status: 401 })
  up.local.always({ status: 500 })
  await see('/v1/chat/completions', body)
  for (const path of ['/metrics', '/health/readiness', '/admin/status', '/admin/usage', '/admin/budgets', '/nothing']) {
    await see(path)
  }
  await see('/admin/reload', '')
  await stopped(served)
  assert.equal(seen.length, 14)
  // A usage row names its user to those who may do everything; nothing else is the client's.
  const everything = `${seen.join('\n')}\n${served.output()}`.replaceAll('"user":"planted-user"', '')
  assert.doesNotMatch(everything, /planted/)
})
