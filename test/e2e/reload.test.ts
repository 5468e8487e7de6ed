// Proves that a configuration is read again as a whole or not at all, in one process and in several, under running requests.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../src/testing/index.ts'
import { readMetrics } from '../gateway/metrics-text.ts'
import { Ask, ask, get } from './client.ts'
import { type Served, serve, startUpstreams, type Upstreams, writeConfig } from './served.ts'
import { critical, question, temporaryFolder, until } from './world.ts'

const chat = ({ url }: Served) => `${url}/v1/chat/completions`
const reload = ({ url }: Served, headers = {}) => ask(`${url}/admin/reload`, '', { headers })
const providerOf = async (served: Served, body: JsonObject = critical()) =>
  (await ask(chat(served), body)).headers['x-aegis-provider']

/** Only the local provider is left. */
function writeLocalOnly(folder: string, { local }: Upstreams, more = ''): void {
  writeFileSync(
    join(folder, 'aegis.yml'),
    `providers:
  local_ollama: { kind: ollama, location: local, base_url: ${local.url}, models: [llama3.2:8b] }
ledger: sqlite:aegis.db
${more}`,
  )
}

describe('a reload of one process', () => {
  test('changes what comes after it; a running stream ends as it began', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up)
    up.openai.always({ chunks: ['one ', 'two ', 'three '], chunkGapMs: 300 })
    await using served = await serve(folder.path)
    const running = new Ask(chat(served), critical({ stream: true }))
    await running.seen('one ')
    writeLocalOnly(folder.path, up)
    const reply = await reload(served)
    assert.equal(reply.status, 200, reply.text)
    assert.deepEqual(reply.json.restart_needed, [])
    assert.deepEqual(reply.json.workers, 1)
    assert.ok((reply.json.changed as string[]).includes('providers.openai'), reply.text)
    assert.ok((reply.json.changed as string[]).includes('budgets.monthly_limits'), reply.text)
    assert.equal(await providerOf(served), 'local_ollama')
    const { text } = await running.reply
    assert.match(text, /three[\s\S]*\[DONE\]/)
    await until(() => up.openai.openConnections === 0, 'what nobody uses any more is closed')
    assert.ok(up.local.openConnections > 0, 'and what is still used is not')
  })

  test('says that nothing has changed when nothing has', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up)
    await using served = await serve(folder.path)
    writeConfig(folder.path, up, '# a comment moves no setting')
    const { json } = await reload(served)
    assert.deepEqual([json.changed, json.restart_needed], [[], []])
  })

  test('with a wrong file changes nothing, and says why with line and key and without a value', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up)
    await using served = await serve(folder.path)
    writeFileSync(
      join(folder.path, 'aegis.yml'),
      `providers:\n  openai: { base_url: ${up.openai.url}/v1, api_key: sk-planted-key, models: 7 }\nbudget: { a: planted-word }\n`,
    )
    const reply = await reload(served)
    assert.equal(reply.status, 422)
    const { code, problems } = reply.json.error as { code: string; problems: { line: number; path: string }[] }
    assert.equal(code, 'invalid_configuration')
    assert.deepEqual(problems.map(({ line, path }) => [line, path]).sort(), [
      [2, 'providers.openai.models'],
      [3, 'budget'],
    ])
    assert.doesNotMatch(reply.text + served.output(), /planted/)
    assert.equal(await providerOf(served), 'openai')
    writeFileSync(join(folder.path, 'aegis.yml'), 'providers: {')
    assert.equal((await reload(served)).status, 422)
    assert.equal((await get(`${served.url}/health/readiness`)).status, 200)
  })

  test('says what needs a restart, and goes on with that as it was', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up)
    await using served = await serve(folder.path)
    writeConfig(folder.path, up, 'server: { host: localhost, max_body_bytes: 2048 }', { ledger: 'sqlite:other.db' })
    const { json } = await reload(served)
    assert.deepEqual(json.restart_needed, ['ledger', 'model_listing_path', 'server.host'])
    assert.deepEqual(json.changed, ['server.max_body_bytes'])
    assert.equal((await ask(chat(served), question({ user: 'x'.repeat(4000) }))).status, 413)
    // It is still said the next time.
    assert.deepEqual((await reload(served)).json.restart_needed, json.restart_needed)
  })

  test('lowers a budget for the request that comes next', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up)
    up.openai.always({ usage: { prompt_tokens: 1000, completion_tokens: 100 } })
    await using served = await serve(folder.path)
    assert.equal(await providerOf(served), 'openai')
    writeConfig(folder.path, up, '', { limit: 0.000001 })
    assert.equal((await reload(served)).status, 200)
    assert.equal(await providerOf(served), 'local_ollama')
    writeConfig(folder.path, up, '', { limit: 10 })
    assert.equal((await reload(served)).status, 200)
    assert.equal(await providerOf(served), 'openai')
  })

  test('takes over a key that has changed in .env, and nothing that the environment itself sets', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up, 'auth: { master_key: "$' + '{MASTER}" }')
    writeFileSync(join(folder.path, '.env'), 'MASTER=master-of-before\nOPENAI_API_KEY=sk-of-the-file\n')
    await using served = await serve(folder.path)
    const as = (key: string) => ({ authorization: `Bearer ${key}` })
    assert.equal((await reload(served, as('master-of-now'))).status, 401)
    writeFileSync(join(folder.path, '.env'), 'MASTER=master-of-now\nOPENAI_API_KEY=sk-of-the-file\n')
    const reply = await reload(served, as('master-of-before'))
    assert.deepEqual(reply.json.changed, ['auth.master_key'])
    assert.equal((await reload(served, as('master-of-before'))).status, 401)
    assert.equal((await reload(served, as('master-of-now'))).status, 200)
    const asked = await ask(chat(served), critical(), { headers: as('master-of-now') })
    assert.equal(asked.headers['x-aegis-provider'], 'openai')
    assert.equal(up.openai.journal.requests.at(-1)?.headers.authorization, 'Bearer sk-test')
  })

  test('comes on SIGHUP as well, and the log says how it went', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up)
    await using served = await serve(folder.path)
    writeLocalOnly(folder.path, up, 'nonsense: 1')
    served.child.kill('SIGHUP')
    await until(() => served.output().includes('config_not_reloaded'), 'the refusal')
    assert.match(served.output(), /aegis\.yml:4:1 nonsense: unknown key/)
    assert.equal(await providerOf(served), 'openai')
    writeLocalOnly(folder.path, up)
    served.child.kill('SIGHUP')
    await until(() => served.output().includes('config_reloaded'), 'the reload')
    assert.equal(await providerOf(served), 'local_ollama')
  })

  test('is refused where there is no file, and to whoever is no admin', async () => {
    using folder = temporaryFolder()
    // The sandbox keeps its ledger in the folder for what is temporary.
    await using served = await serve(folder.path, { TMPDIR: folder.path }, ['--sandbox'])
    const reply = await reload(served)
    assert.equal(reply.status, 400)
    assert.match(reply.text, /--config/)
  })

  test('twenty at once under traffic lose no request', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up)
    await using served = await serve(folder.path)
    writeConfig(folder.path, up, 'routing: { max_attempts: 2 }')
    const asking = Array.from({ length: 60 }, (_, index) => ask(chat(served), critical({ stream: index % 2 === 0 })))
    const reloads = await Promise.all(Array.from({ length: 20 }, () => reload(served)))
    const replies = await Promise.all(asking)
    assert.deepEqual([...new Set(reloads.map(({ status }) => status))], [200])
    assert.deepEqual([...new Set(replies.map(({ status, ended }) => `${status} ${ended}`))], ['200 complete'])
    const changes = reloads.flatMap(({ json }) => json.changed as string[])
    assert.deepEqual(changes, ['routing.max_attempts'])
  })
})

describe('three workers', () => {
  const start = async (folder: string) => serve(folder, undefined, ['--workers', '3'])
  const providersOf = async (served: Served) =>
    new Set(await Promise.all(Array.from({ length: 24 }, () => providerOf(served))))

  test('reload together, those included that start afterwards, and none of them with a wrong file', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up)
    await using served = await start(folder.path)
    writeFileSync(join(folder.path, 'aegis.yml'), 'providers: { x: { nonsense: 1 } }')
    const refused = await reload(served)
    assert.equal(refused.status, 422, refused.text)
    assert.match(refused.text, /"line":1/)
    assert.deepEqual(await providersOf(served), new Set(['openai']))
    writeLocalOnly(folder.path, up)
    const reply = await reload(served)
    assert.deepEqual([reply.status, reply.json.workers], [200, 3], reply.text)
    assert.deepEqual(await providersOf(served), new Set(['local_ollama']))
    // What a worker has not accepted must not come in by the back door.
    writeFileSync(join(folder.path, 'aegis.yml'), 'providers: {')
    served.child.kill('SIGHUP')
    await until(() => served.output().includes('config_not_reloaded'), 'the refusal')
    assert.deepEqual(await providersOf(served), new Set(['local_ollama']))
    if (process.platform !== 'linux') return
    const [killed = 0, ...others] = workersOf(served)
    process.kill(killed, 'SIGKILL')
    // A connection that is handed to a dead worker is lost, so nobody asks before the death is noticed.
    await until(() => served.output().includes('worker_died'), 'the death')
    await until(() => {
      const now = workersOf(served)
      return now.length === 3 && others.every((pid) => now.includes(pid))
    }, 'another worker')
    assert.equal((await reload(served)).status, 422)
    assert.deepEqual(await providersOf(served), new Set(['local_ollama']))
  })

  test('show one page of metrics, whoever is asked, and no sum falls when one of them is killed', async (t) => {
    if (process.platform !== 'linux') return t.skip('finds processes in /proc')
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up)
    await using served = await start(folder.path)
    const page = async () => readMetrics((await get(`${served.url}/metrics`)).text)
    const answered = { provider: 'openai', model: 'gpt-4o', reason: 'critical_quality', status: 'ok' }
    const count = async () => (await page()).value('llm_requests_total', answered)
    await Promise.all(Array.from({ length: 60 }, () => ask(chat(served), critical())))
    // Each page comes from whichever worker takes the connection.
    await until(async () => {
      const counts = await Promise.all(Array.from({ length: 12 }, count))
      assert.ok(counts.every((one) => (one ?? 0) <= 60))
      return counts.every((one) => one === 60)
    }, 'the same sum, whoever is asked')
    const shown = await page()
    assert.equal(shown.value('llm_request_duration_seconds_count', { provider: 'openai' }), 60)
    assert.equal(shown.value('llm_in_flight'), 0)
    assert.equal(shown.samples.filter(({ name }) => name === 'aegis_build_info').length, 1)
    assert.equal(shown.value('llm_budget_limit_usd', { scope: 'provider', subject: 'openai', period: 'month' }), 10)
    process.kill(firstWorkerOf(served), 'SIGKILL')
    await until(() => served.output().includes('worker_died'), 'the death')
    assert.equal(await count(), 60)
    await ask(chat(served), critical())
    assert.equal(await count(), 61)
  })

  test('one that hangs is killed and replaced, and the others go on', async (t) => {
    if (process.platform !== 'linux') return t.skip('finds processes in /proc')
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up, 'server: { hang_after_ms: 8000 }')
    await using served = await start(folder.path)
    process.kill(firstWorkerOf(served), 'SIGSTOP')
    await until(() => served.output().includes('worker_hung'), 'the hang is seen')
    await until(() => served.output().includes('worker_died'), 'it is gone')
    await until(async () => (await providerOf(served).catch(() => '')) === 'openai', 'the others go on')
  })
})

function firstWorkerOf(served: Served): number {
  return workersOf(served)[0] as number
}

/** The processes that a supervisor has started. */
function workersOf({ child }: Served): number[] {
  const text = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
  return text.trim().split(' ').filter(Boolean).map(Number)
}
