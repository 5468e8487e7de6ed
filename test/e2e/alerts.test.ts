// Alerts of a whole gateway: from an answer that was paid for to the webhook, and of what was passed while nobody ran.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { ConfigInput } from '../../src/config/schema.ts'
import { startServer } from '../make/http-server.ts'
import { critical, startWorld, until, type WorldOptions } from './world.ts'

interface AlertBody {
  readonly type: string
  readonly data: Readonly<Record<string, string | number | boolean | null>>
}

async function startReceiver() {
  const bodies: AlertBody[] = []
  const server = await startServer(async (request, response) => {
    let text = ''
    for await (const piece of request.setEncoding('utf8')) text += piece
    bodies.push(JSON.parse(text))
    response.end()
  })
  return { url: `${server.url}/`, bodies, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const limits: NonNullable<ConfigInput['budgets']>['limits'] = [{ user: '*', per: 'day', limit: 0.0001, soft: true }]

function alerting(url: string, config: Partial<ConfigInput> = {}): WorldOptions {
  const webhook = { url, secret: 'a passphrase of the tests'.replaceAll(' ', '-') }
  return { budgets: { limits, alerts: { at_percent: [50], daily_cost: 0.0001, webhook } }, config }
}

/** The verification that docs/guides/budgets.md gives, as it stands there. */
async function documentedVerify(folder: string) {
  const guide = readFileSync(new URL('../../docs/guides/budgets.md', import.meta.url), 'utf8')
  const code = /```js\n(.*?)```/s.exec(guide)?.[1]
  assert.ok(code)
  const file = join(folder, 'verify.mjs')
  writeFileSync(file, code)
  const module = (await import(file)) as {
    verify(headers: IncomingHttpHeaders, body: string, secret: string): boolean
  }
  return module.verify
}

describe('alerts of a gateway', { concurrency: true }, () => {
  test('a soft limit and the daily cost are told of after the answer that passed them, and counted', async () => {
    await using receiver = await startReceiver()
    await using world = await startWorld(alerting(receiver.url))
    world.openai.next({ usage: { prompt_tokens: 1000, completion_tokens: 100 } })
    assert.equal((await world.chat(critical({ user: 'ann' }))).status, 200)
    await until(() => receiver.bodies.length >= 2, 'the alerts')
    const told = receiver.bodies.map(({ type, data }) => [type, data.budget, data.subject, data.spent_usd, data.soft])
    assert.deepEqual(told.sort(), [
      ['budget.threshold_reached', 'daily_cost', 'openai', 0.0035, true],
      ['budget.threshold_reached', 'user:*:day:soft', 'ann', 0.0035, true],
    ])
    assert.equal(world.metric('llm_budget_alerts_total{scope="user",window="day",percent="50"}'), 1)
    assert.equal(world.metric('llm_budget_alerts_total{scope="provider",window="day",percent="100"}'), 1)
    const warned = world.gateway.log.filter(({ event }) => event === 'budget_alert')
    assert.equal(warned.length, 2)
    assert.equal((await world.chat(critical({ user: 'ann' }))).status, 200, 'a soft limit refuses nobody')
  })

  test('what was passed while nobody told is told at the next start, once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'aegis-alerts-'))
    try {
      const ledger = `sqlite:${join(folder, 'aegis.db')}`
      {
        await using silent = await startWorld({ config: { ledger } })
        silent.openai.next({ usage: { prompt_tokens: 1000, completion_tokens: 100 } })
        assert.equal((await silent.chat(critical({ user: 'ann' }))).status, 200)
        await silent.atRest()
      }
      await using receiver = await startReceiver()
      for (const known of [2, 3]) {
        await using world = await startWorld(alerting(receiver.url, { ledger }))
        await until(() => receiver.bodies.length >= 2, 'the alerts')
        if (known === 2) continue
        // One that is new now comes after all that are told at this start.
        const reply = await fetch(`${world.gateway.url}/admin/budgets`, {
          method: 'POST',
          body: JSON.stringify({ scope: 'global', per: 'lifetime', limit_usd: 0.001, alert_at_percent: [100] }),
        })
        assert.equal(reply.status, 200)
        await until(() => receiver.bodies.length >= known, 'the alert of the new budget')
      }
      assert.deepEqual(receiver.bodies.map(({ data }) => data.subject).sort(), ['', 'ann', 'openai'])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('the verification in the guide takes what was posted, and nothing that was changed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'aegis-alerts-'))
    try {
      const verify = await documentedVerify(folder)
      const posts: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = []
      await using receiver = await startServer(async (request, response) => {
        let body = ''
        for await (const piece of request.setEncoding('utf8')) body += piece
        posts.push({ headers: request.headers, body })
        response.end()
      })
      for (const secret of ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'a-passphrase-of-the-tests']) {
        const webhook = { url: receiver.url, secret }
        await using world = await startWorld({ budgets: { alerts: { daily_cost: 0.0001, webhook } } })
        const before = posts.length
        assert.equal((await world.chat(critical())).status, 200)
        await until(() => posts.length > before, 'the alert')
        const { headers, body } = posts.at(-1) ?? { headers: {}, body: '' }
        assert.equal(verify(headers, body, secret), true)
        assert.equal(verify(headers, `${body} `, secret), false)
        assert.equal(verify({ ...headers, 'webhook-id': 'alert_other' }, body, secret), false)
        assert.equal(verify(headers, body, `${secret}BBBB`), false)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
