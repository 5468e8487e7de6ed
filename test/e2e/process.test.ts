// Proves what a gateway does as a process: stop cleanly, survive being killed, and say what is wrong at a start.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Ask, ask, get } from './client.ts'
import { failedStart, ledgerOf, serve, startUpstreams, writeConfig } from './served.ts'
import { critical, nanoOf, openaiPrice, question, temporaryFolder } from './world.ts'

describe('a gateway process', () => {
  test('lets a running stream end after SIGTERM, settles it and exits with 0', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up)
    await using served = await serve(folder.path)
    up.openai.always({
      chunks: ['one ', 'two ', 'three ', 'four'],
      chunkGapMs: 100,
      usage: { prompt_tokens: 100, completion_tokens: 50 },
    })
    const running = new Ask(`${served.url}/v1/chat/completions`, critical({ stream: true }), {})
    await running.response
    served.child.kill('SIGTERM')
    const [reply] = await Promise.all([running.reply, once(served.child, 'exit')])
    assert.match(reply.text, /four[\s\S]*\[DONE\]/)
    assert.equal(served.child.exitCode, 0)
    const { spent, reserved } = await ledgerOf(folder.path)
    assert.deepEqual({ spent, reserved }, { spent: nanoOf(100, 50, openaiPrice), reserved: 0 })
  })

  test('cuts what has not ended when its drain time is over, and exits all the same', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up, 'server: { drain_ms: 100 }')
    await using served = await serve(folder.path)
    up.openai.always({ chunks: ['one ', 'two'], hang: 'mid_stream' })
    const running = new Ask(`${served.url}/v1/chat/completions`, critical({ stream: true }), {})
    await running.response
    served.child.kill('SIGTERM')
    await Promise.all([running.reply.catch(() => undefined), once(served.child, 'exit')])
    assert.equal(served.child.exitCode, 0)
    const { spent, reserved } = await ledgerOf(folder.path)
    assert.ok(spent > 0)
    assert.equal(reserved, 0)
  })

  test('killed in the middle of a paid request has recorded at least what was billed, and starts again by itself', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up)
    up.openai.next(
      { usage: { prompt_tokens: 1000, completion_tokens: 100 } },
      { chunks: ['one ', 'two'], hang: 'mid_stream' },
    )
    {
      await using served = await serve(folder.path)
      assert.equal((await ask(`${served.url}/v1/chat/completions`, critical())).status, 200)
      const running = new Ask(`${served.url}/v1/chat/completions`, critical({ stream: true, max_tokens: 64 }), {})
      await running.response
      served.child.kill('SIGKILL')
      await Promise.all([once(served.child, 'exit'), running.reply.catch(() => undefined)])
    }
    await using again = await serve(folder.path)
    const status = JSON.parse((await get(`${again.url}/admin/status`)).text) as {
      budgets: { spent_usd: number; reserved_usd: number }[]
    }
    const billed = up.openai.journal.requests.reduce(
      (sum, { billed }) => sum + nanoOf(billed?.inputTokens ?? 0, billed?.outputTokens ?? 0, openaiPrice),
      0,
    )
    assert.ok(billed > 0)
    assert.ok((status.budgets[0]?.spent_usd ?? 0) * 1e9 >= billed)
    assert.equal(status.budgets[0]?.reserved_usd, 0)
    assert.equal((await ask(`${again.url}/v1/chat/completions`, question())).status, 200)
  })

  test('is ready, and keeps working, without the key of a provider, which it names', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up)
    await using served = await serve(folder.path, {})
    assert.equal((await get(`${served.url}/health/readiness`)).status, 200)
    assert.equal(
      (await ask(`${served.url}/v1/chat/completions`, critical())).headers['x-aegis-provider'],
      'local_ollama',
    )
    assert.match(served.output(), /OPENAI_API_KEY/)
    assert.equal(up.openai.journal.requests.length, 0)
  })

  test('shares its ledger file with another one, and both spend from one budget', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up)
    up.openai.always({ usage: { prompt_tokens: 1000, completion_tokens: 100 } })
    await using first = await serve(folder.path)
    await using second = await serve(folder.path)
    for (const { url, child } of [first, second]) {
      const reply = await ask(`${url}/v1/chat/completions`, critical())
      assert.equal(reply.headers['x-aegis-provider'], 'openai', reply.text)
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    const { spent, reserved } = await ledgerOf(folder.path)
    assert.deepEqual({ spent, reserved }, { spent: 2 * nanoOf(1000, 100, openaiPrice), reserved: 0 })
  })

  test('lists every problem of its configuration and exits with 2', async () => {
    using folder = temporaryFolder()
    writeFileSync(
      join(folder.path, 'aegis.yml'),
      'providers:\n  a: { base_ur: http://localhost:1, models: [m] }\nbudgets: { monthly_limit: {} }\n',
    )
    const { code, output } = await failedStart(folder.path, ['--port', '0'])
    assert.equal(code, 2)
    assert.match(output, /aegis\.yml:2:\d+ .*base_ur.*base_url/)
    assert.match(output, /aegis\.yml:3:\d+ .*monthly_limit.*monthly_limits/)
  })

  test('refuses an address beyond loopback without a master key, and a port that is taken, with the way out', async () => {
    using folder = temporaryFolder()
    await using up = await startUpstreams()
    writeConfig(folder.path, up)
    const open = await failedStart(folder.path, ['--host', '0.0.0.0', '--port', '0'])
    assert.equal(open.code, 2)
    assert.match(open.output, /master.key/i)
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const taken = await failedStart(folder.path, ['--port', String(port)])
    other.close()
    assert.equal(taken.code, 1)
    assert.match(taken.output, /in use/)
  })
})
