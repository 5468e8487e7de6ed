// What becomes of a provider that was seen to give restricted data away: closed, told of, and opened by proof or person.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { request } from 'undici'
import { startServer } from '../make/http-server.ts'
import { get, type Reply } from './client.ts'
import { question, startWorld, temporaryFolder, until, type World, type WorldOptions } from './world.ts'

const restricted = () => question({ aegis: { data_classification: 'pii' } })
const confession = {
  rawBody: JSON.stringify({
    model: 'llama3.2:8b',
    remote_host: 'https://ollama.com',
    message: { role: 'assistant', content: 'hi' },
    done: true,
    done_reason: 'stop',
    prompt_eval_count: 3,
    eval_count: 1,
  }),
  contentType: 'application/json',
}

async function forwarding(options: WorldOptions = {}): Promise<World> {
  const world = await startWorld(options)
  world.local_ollama.next(confession)
  await world.chat(restricted())
  return world
}

async function status(world: World) {
  return JSON.parse((await get(`${world.gateway.url}/admin/status`)).text) as {
    privacy_violations: number
    providers: { name: string; restricted_closed: string | null }[]
  }
}

const chatsAtLocal = (world: World) =>
  world.local_ollama.journal.requests.filter(({ path }) => path === '/api/chat').length

function assertRefused({ status: code, text }: Reply): void {
  assert.equal(code, 503, text)
}

describe('a local server that has forwarded restricted data', () => {
  test('is told of by metric, log, alert, audit record, status and /admin/privacy, without content', async () => {
    using folder = temporaryFolder()
    const told: string[] = []
    await using receiver = await startServer(async (incoming, response) => {
      let text = ''
      for await (const piece of incoming.setEncoding('utf8')) text += piece
      told.push(text)
      response.end()
    })
    const webhook = { url: `${receiver.url}/`, secret: 'a-passphrase-of-the-tests' }
    const config = { ledger: `sqlite:${join(folder.path, 'aegis.db')}` }
    {
      await using world = await forwarding({ budgets: { alerts: { webhook } }, config })
      assert.equal(world.metric('llm_privacy_violations_total'), 1)
      const logged = world.gateway.log.filter(({ event }) => event === 'privacy_violation')
      assert.deepEqual([logged.length, logged[0]?.level, logged[0]?.fields.provider], [1, 'error', 'local_ollama'])
      await until(() => told.length > 0, 'the alert')
      const { type, data } = JSON.parse(told[0] as string)
      assert.deepEqual(
        [type, data.provider, data.cause],
        ['privacy.violation', 'local_ollama', 'remote_model_answered'],
      )
      const { privacy_violations, providers } = await status(world)
      assert.equal(privacy_violations, 1)
      assert.match(
        String(providers.find(({ name }) => name === 'local_ollama')?.restricted_closed),
        /^remote model answered, since /,
      )
      const page = JSON.parse((await get(`${world.gateway.url}/admin/privacy`)).text)
      assert.deepEqual([page.violations, page.closed[0].provider], [1, 'local_ollama'])
    }
    const [file = ''] = readdirSync(`${folder.path}/aegis.db-audit`).filter((name) => name.endsWith('.jsonl'))
    const record = readFileSync(join(folder.path, 'aegis.db-audit', file), 'utf8')
    assert.match(
      record,
      /"type":"violation".*"provider":"local_ollama","cause":"remote_model_answered","request_id":"req_/,
    )
    assert.ok(![...told, record].some((text) => text.includes('capital of France')))
  })

  test('gets none again, whatever is asked, until a person opens it', async () => {
    await using world = await forwarding()
    const chats = chatsAtLocal(world)
    assertRefused(await world.chat(restricted()))
    assert.equal(chatsAtLocal(world), chats)
    const open = (body: object) =>
      request(`${world.gateway.url}/admin/privacy/open`, { method: 'POST', body: JSON.stringify(body) })
    for (const body of [{}, { provider: 'openai' }, { provider: 'local_ollama', why: 'x' }]) {
      const reply = await open(body)
      assert.ok([400, 404].includes(reply.statusCode), String(reply.statusCode))
      await reply.body.dump()
    }
    assertRefused(await world.chat(restricted()))
    const opened = await open({ provider: 'local_ollama' })
    assert.deepEqual(((await opened.body.json()) as { closed: unknown }).closed, [])
    assert.equal((await world.chat(restricted())).status, 200)
    assert.ok(world.gateway.log.some(({ event, fields }) => event === 'privacy_reopened' && fields.by === 'person'))
  })

  test('is open again when it had its cloud on then and says now that it is off', async () => {
    await using world = await forwarding()
    assertRefused(await world.chat(restricted()))
    world.local_ollama.alwaysAt('/api/status', {
      rawBody: '{"cloud":{"disabled":true}}',
      contentType: 'application/json',
    })
    assert.equal((await world.chat(restricted())).status, 200)
    assert.equal((await status(world)).providers.find(({ name }) => name === 'local_ollama')?.restricted_closed, null)
    assert.ok(world.gateway.log.some(({ event, fields }) => event === 'privacy_reopened' && fields.by === 'proof'))
  })

  test('stays closed when it had said that its cloud was off: its word is worth nothing more', async () => {
    await using world = await forwarding({ cloudDisabled: true })
    assertRefused(await world.chat(restricted()))
    assertRefused(await world.chat(restricted()))
  })

  test('is asked for public data as before', async () => {
    await using world = await forwarding()
    const reply = await world.chat(question())
    assert.deepEqual([reply.status, reply.headers['x-aegis-provider']], [200, 'local_ollama'])
  })
})
