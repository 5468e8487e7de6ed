// A gateway process from start to end, beyond what process.test.ts proves: while it drains, and killed at any moment.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Upstream } from '../../src/testing/index.ts'
import { Ask, ask, get, type Reply } from './client.ts'
import { failedStart, ledgerOf, type Served, serve, startUpstreams, writeConfig } from './served.ts'
import { critical, nanoOf, openaiPrice, question, temporaryFolder, until } from './world.ts'

/** An hour: a stop that waits for it never passes a test. */
const patient = 'server: { drain_ms: 3600000 }'
const PATIENCE_MS = 60_000

const chat = (served: Served) => `${served.url}/v1/chat/completions`

function billedBy(openai: Upstream): number {
  return openai.journal.requests.reduce(
    (sum, { billed }) => sum + (billed ? nanoOf(billed.inputTokens, billed.outputTokens, openaiPrice) : 0),
    0,
  )
}

describe('a stop', { concurrency: true }, () => {
  test('waits for the streams that run and not for connections that are kept alive', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up, patient)
    await using served = await serve(folder.path)
    const agents = Array.from({ length: 3 }, () => new Agent({ keepAlive: true }))
    // One connection is idle, two are busy and would be kept alive after their streams.
    assert.equal((await ask(chat(served), question(), { agent: agents[0] as Agent })).status, 200)
    up.openai.always({ chunks: ['one ', 'two ', 'three '], chunkGapMs: 150 })
    const running = agents.slice(1).map((agent) => new Ask(chat(served), critical({ stream: true }), { agent }))
    for (const one of running) await one.seen('one ')
    served.child.kill('SIGTERM')
    const [code] = await once(served.child, 'exit')
    assert.equal(code, 0)
    for (const one of running) {
      const reply = await one.reply
      assert.equal(reply.ended, 'complete')
      assert.ok(reply.text.endsWith('data: [DONE]\n\n'))
    }
    const { spent, reserved, rows } = await ledgerOf(folder.path)
    assert.deepEqual({ spent, reserved }, { spent: billedBy(up.openai), reserved: 0 })
    assert.deepEqual(
      rows.map(({ status }) => status),
      ['ok', 'ok', 'ok'],
    )
    for (const agent of agents) agent.destroy()
  })

  test('accepts no new connections while it drains, and is over when the last stream is left', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up, patient)
    await using served = await serve(folder.path)
    up.openai.always({ chunks: ['one ', 'two '], hang: 'mid_stream' })
    const running = new Ask(chat(served), critical({ stream: true }))
    await running.seen('one ')
    served.child.kill('SIGTERM')
    await until(() => served.output().includes('stopping'), 'the word of the stop')
    const port = Number(new URL(served.url).port)
    const [error] = (await once(connect(port, '127.0.0.1'), 'error').catch((reason: unknown) => [reason])) as [
      NodeJS.ErrnoException,
    ]
    assert.equal(error.code, 'ECONNREFUSED')
    assert.equal(served.child.exitCode, null)
    running.leave()
    const [code] = await once(served.child, 'exit')
    assert.equal(code, 0, 'the stream was the last thing it waited for')
    const { spent, reserved } = await ledgerOf(folder.path)
    assert.ok(spent >= billedBy(up.openai) && spent > 0)
    assert.equal(reserved, 0)
  })

  test('cuts at its deadline, closes the upstreams and charges no less than was billed', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up, 'server: { drain_ms: 50 }')
    await using served = await serve(folder.path)
    up.openai.next(
      { chunks: ['one ', 'two '], hang: 'mid_stream' },
      { hang: 'after_headers' },
      { hang: 'before_headers' },
    )
    const running: Ask[] = []
    for (const _ of Array.from({ length: 3 })) {
      running.push(new Ask(chat(served), critical({ stream: true, max_tokens: 100 })))
      await up.openai.journal.waitUntil(
        () => up.openai.journal.requests.filter(({ rawBody }) => rawBody.length > 0).length === running.length,
        PATIENCE_MS,
      )
    }
    await running[0]?.seen('one ')
    served.child.kill('SIGTERM')
    const [code] = await once(served.child, 'exit')
    assert.equal(code, 0)
    const replies = await Promise.allSettled(running.map(({ reply }) => reply))
    for (const reply of replies) assert.ok(reply.status === 'rejected' || !reply.value.text.includes('[DONE]'))
    await up.openai.journal.waitUntil(
      () => up.openai.journal.requests.every(({ ended }) => ended !== 'open'),
      PATIENCE_MS,
    )
    const ends = up.openai.journal.requests.filter(({ method }) => method === 'POST').map(({ ended }) => ended)
    assert.deepEqual(ends, ['client_closed', 'client_closed', 'client_closed'])
    const { spent, reserved, rows } = await ledgerOf(folder.path)
    assert.ok(spent >= billedBy(up.openai) && spent > 0, `${spent} recorded, ${billedBy(up.openai)} billed`)
    assert.equal(reserved, 0)
    assert.equal(rows.length, 3)
    assert.ok(rows.every(({ status }) => status !== 'unsettled'))
  })

  test('is at once when it is asked for twice', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up, patient)
    await using served = await serve(folder.path)
    up.openai.always({ hang: 'mid_stream' })
    const running = new Ask(chat(served), critical({ stream: true }))
    await running.seen('"content":"[')
    served.child.kill('SIGINT')
    await until(() => served.output().includes('stopping'), 'the word of the stop')
    served.child.kill('SIGINT')
    const [code] = await once(served.child, 'exit')
    assert.equal(code, 130)
  })
})

test('killed at any moment, it has recorded no less than was billed when it starts again, and holds nothing', async () => {
  using folder = temporaryFolder()
  await using up = await startUpstreams()
  writeConfig(folder.path, up)
  // From before the first byte at the upstream to after the last one.
  const moments: readonly ((asks: readonly Ask[]) => Promise<unknown>)[] = [
    async () => undefined,
    () => up.openai.journal.waitFor(({ ended }) => ended === 'open', PATIENCE_MS),
    (asks) => Promise.any(asks.map((one) => one.seen('"content":"['))),
    (asks) => Promise.any(asks.map((one) => one.seen('[DONE]'))),
    (asks) => Promise.all(asks.map((one) => one.seen('[DONE]'))),
  ]
  up.openai.always({ chunkGapMs: 3 })
  await using processes = new AsyncDisposableStack()
  let served = processes.use(await serve(folder.path))
  for (const [round, moment] of moments.entries()) {
    const asks = Array.from({ length: 6 }, () => new Ask(chat(served), critical({ stream: true, max_tokens: 64 })))
    await moment(asks)
    served.child.kill('SIGKILL')
    await once(served.child, 'exit')
    await Promise.allSettled(asks.map(({ reply }) => reply))
    await up.openai.journal.waitUntil(
      () => up.openai.journal.requests.every(({ ended }) => ended !== 'open'),
      PATIENCE_MS,
    )
    served = processes.use(await serve(folder.path))
    const { spent, reserved } = await ledgerOf(folder.path)
    assert.equal(reserved, 0, `after round ${round}`)
    assert.ok(spent >= billedBy(up.openai), `after round ${round}: ${spent} recorded, ${billedBy(up.openai)} billed`)
  }
  const answered = await ask(chat(served), critical({ max_tokens: 64 }))
  assert.equal(answered.headers['x-aegis-provider'], 'openai')
  const { spent, rows } = await ledgerOf(folder.path)
  // 64 output tokens and the bytes of a body bound each of the requests that were open when the process died.
  const open = rows.filter(({ status }) => status === 'unsettled')
  assert.ok(open.length > 0 && open.every(({ cost }) => cost <= nanoOf(400, 64, openaiPrice)))
  assert.ok(spent - billedBy(up.openai) <= moments.length * 6 * nanoOf(400, 64, openaiPrice))
})

describe('a start', { concurrency: true }, () => {
  test('continues with what was spent, and with a budget that is used up stays closed', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up)
    up.openai.next({ usage: { prompt_tokens: 1_000_000, completion_tokens: 900_000 } })
    {
      await using served = await serve(folder.path)
      assert.equal((await ask(chat(served), critical())).headers['x-aegis-provider'], 'openai')
      served.child.kill('SIGTERM')
      await once(served.child, 'exit')
    }
    await using again = await serve(folder.path)
    const reply = await ask(chat(again), critical())
    assert.equal(reply.headers['x-aegis-provider'], 'local_ollama')
    assert.equal((await ledgerOf(folder.path)).spent, nanoOf(1_000_000, 900_000, openaiPrice))
    assert.equal(up.openai.journal.requests.filter(({ method }) => method === 'POST').length, 1)
  })

  test('is ready as soon as it says its address, whatever its providers do', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    up.openai.alwaysAt('/v1/models', { hang: 'before_headers' })
    up.local.alwaysAt('/api/tags', { hang: 'before_headers' })
    writeConfig(folder.path, up)
    await using served = await serve(folder.path)
    for (const path of ['/health', '/health/liveness', '/health/readiness']) {
      assert.equal((await get(`${served.url}${path}`)).status, 200, path)
    }
    assert.equal((await ask(chat(served), question())).status, 200)
  })

  test('with a broken configuration lists each problem with its line, and opens nothing', async () => {
    using folder = temporaryFolder()
    const lines = [
      'providers:',
      '  one: { base_url: "ftp://nowhere", models: [m] }',
      '  two: { base_url: http://localhost:11434, models: [] }',
      '  three: { base_url: http://203.0.113.7:11434, location: local, models: [m] }',
      'budgets: { monthly_limits: { nobody: 5, one: -1 } }',
      'routing: { default_provider: nowhere, timeout_ms: soon }',
      'server: { prot: 8080 }',
    ]
    writeFileSync(join(folder.path, 'aegis.yml'), lines.join('\n'))
    const { code, output } = await failedStart(folder.path, ['--port', '0'])
    assert.equal(code, 2)
    for (const part of [
      /:2:\d+ .*base_url/,
      /:3:\d+ .*models/,
      /:5:\d+ .*one/,
      /:6:\d+ .*timeout_ms/,
      /:7:\d+ .*prot.*port/,
    ])
      assert.match(output, part)
    assert.doesNotMatch(output, /http:\/\/127\.0\.0\.1:\d+/)
  })

  test('refuses every address that others can reach without a master key, and takes it with one', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up)
    for (const host of ['0.0.0.0', '::']) {
      const { code, output } = await failedStart(folder.path, ['--port', '0', '--host', host])
      assert.equal(code, 2, output)
      assert.match(output, /AEGIS_MASTER_KEY/)
    }
    writeConfig(folder.path, up, 'auth: { master_key: "a-key-of-some-length" }')
    await using served = await serve(folder.path)
    assert.equal((await ask(chat(served), question())).status, 401)
    const headers = { authorization: 'Bearer a-key-of-some-length' }
    assert.equal((await ask(chat(served), question(), { headers })).status, 200)
  })
})

test('nothing that it writes to its output holds a word of a request or a key', async () => {
  using folder = temporaryFolder()
  await using up = await startUpstreams()
  writeConfig(folder.path, up)
  const key = 'sk-very-secret-key'
  const canary = 'Canary-3c55'
  await using served = await serve(folder.path, { OPENAI_API_KEY: key })
  up.openai.next({ status: 500, errorBody: { error: { message: `${canary} ${key}` } } }, { status: 401 })
  up.local.next({ status: 500, errorBody: { error: canary } })
  const messages = [{ role: 'user', content: canary }]
  const replies: Reply[] = []
  for (const body of [critical({ messages }), critical({ messages, stream: true }), question({ messages, n: canary })])
    replies.push(await ask(chat(served), body))
  replies.push(await ask(chat(served), `{"messages": "${canary}`))
  replies.push(await get(`${served.url}/admin/status`), await get(`${served.url}/metrics`))
  served.child.kill('SIGTERM')
  await once(served.child, 'exit')
  for (const text of [served.output(), ...replies.map((reply) => reply.text)]) {
    assert.ok(!text.includes(canary) && !text.includes(key), text)
  }
})
