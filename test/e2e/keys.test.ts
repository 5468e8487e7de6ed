// Virtual keys at a real gateway: what each may do, and that a change holds for the next request in every process.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { ConfigInput } from '../../src/config/schema.ts'
import { PostgresServer } from '../make/postgres.ts'
import { askAs, masterKey, withKey } from './access.ts'
import { critical, question, startWorld, temporaryFolder, until, type World } from './world.ts'

const auth = { master_key: masterKey }

const start = (config: Partial<ConfigInput> = {}) => startWorld({ limits: { openai: 10 }, config: { auth, ...config } })

const keysOf = (world: World) => world.gateway.aegis.gateway.access.keys

async function codeOf(world: World, key: string, body = question()): Promise<string> {
  const { status, json } = await askAs(`${world.gateway.url}/v1/chat/completions`, 'POST', body, key)
  return status === 200 ? 'ok' : `${status} ${json.error.code}`
}

describe('a virtual key', { concurrency: true }, () => {
  test('opens inference, is counted under its id, and only its hash is kept', async () => {
    using folder = temporaryFolder()
    await using world = await start({ ledger: `sqlite:${folder.path}/aegis.db` })
    const { key, text } = await keysOf(world).create({ name: 'ci' })
    assert.match(text, /^sk-aegis-[0-9a-f]{12}-[0-9a-f]{64}$/)
    assert.equal(await codeOf(world, text), 'ok')
    assert.equal((await world.usage())[0]?.keyId, key.id)
    const secret = text.split('-').at(-1) ?? ''
    const kept = JSON.stringify(await world.gateway.aegis.gateway.access.keys.list())
    assert.ok(!kept.includes(secret) && !JSON.stringify(world.gateway.log).includes(secret))
  })

  test('is taken from each of the headers that clients use', async () => {
    await using world = await start()
    const { text } = await keysOf(world).create({})
    for (const [name, value] of [
      ['authorization', `Bearer ${text}`],
      ['x-api-key', text],
      ['X-AnyLLM-Key', `Bearer ${text}`],
      ['AnyLLM-Key', text],
      ['Otari-Key', `Bearer ${text}`],
    ] as const) {
      assert.equal((await world.chat(question(), { headers: { [name]: value } })).status, 200, name)
    }
  })

  test('that is unknown, wrong, revoked, expired or inactive is a 401 that says so to its owner only', async () => {
    await using world = await start()
    const keys = keysOf(world)
    const made = await keys.create({})
    const stranger = `${made.text.slice(0, -1)}${made.text.endsWith('0') ? '1' : '0'}`
    const messageOf = async (key: string) => {
      const { status, json } = await askAs(`${world.gateway.url}/v1/models`, 'GET', undefined, key)
      assert.deepEqual([status, json.error.code], [401, 'invalid_key'])
      return json.error.message
    }
    assert.match(await messageOf(`sk-aegis-000000000000-${'0'.repeat(64)}`), /Invalid API key/)
    assert.match(await messageOf('sk-something-else'), /Invalid API key/)
    assert.match(await messageOf(''), /Missing Authorization header/)
    await keys.update(made.key.id, { expiresAtMs: 1 })
    assert.match(await messageOf(made.text), /has expired/)
    await keys.update(made.key.id, { expiresAtMs: null, active: false })
    assert.match(await messageOf(made.text), /is inactive/)
    await keys.revoke(made.key.id)
    assert.match(await messageOf(made.text), /was revoked/)
    assert.match(await messageOf(stranger), /Invalid API key/)
  })

  test('opens what its scopes say', async () => {
    await using world = await start()
    const make = async (scopes: readonly ('inference' | 'read' | 'admin')[]) =>
      (await keysOf(world).create({ scopes })).text
    const all = { inference: await make(['inference']), read: await make(['read']), admin: await make(['admin']) }
    const paths = [
      ['POST', '/v1/chat/completions', question()],
      ['GET', '/v1/models', undefined],
      ['GET', '/admin/usage', undefined],
      ['POST', '/admin/budgets', { scope: 'user', subject: '*', per: 'day', limit_usd: 5 }],
    ] as const
    const statuses = async (key: string) => {
      const answers = paths.map(([method, path, body]) => askAs(`${world.gateway.url}${path}`, method, body, key))
      return (await Promise.all(answers)).map(({ status }) => status)
    }
    assert.deepEqual(await statuses(all.inference), [200, 200, 403, 403])
    assert.deepEqual(await statuses(all.read), [403, 200, 200, 403])
    assert.deepEqual(await statuses(all.admin), [403, 200, 200, 200])
  })

  test('with allowed models sees and uses these alone, also when others fail or have no money', async () => {
    await using world = await start()
    const { text } = await keysOf(world).create({ models: ['openai/gpt-4o'] })
    const listed = await askAs(`${world.gateway.url}/v1/models`, 'GET', undefined, text)
    const ids = listed.json.data.map(({ id }: { id: string }) => id)
    assert.deepEqual(ids, ['auto', 'auto:local', 'auto:cloud', 'gpt-4o', 'openai/gpt-4o'])
    const tags = await askAs(`${world.gateway.url}/api/tags`, 'GET', undefined, text)
    assert.deepEqual(
      tags.json.models.map(({ name }: { name: string }) => name),
      ['auto', 'gpt-4o'],
    )
    assert.equal(await codeOf(world, text, question({ model: 'llama3.2:8b' })), '403 key_not_allowed')
    assert.equal(await codeOf(world, text, question({ model: 'openai/gpt-4o-mini' })), '403 key_not_allowed')
    assert.equal(await codeOf(world, text), 'ok', 'what routing would give to another goes to the one that is allowed')
    world.openai.always({ status: 500 })
    assert.match(await codeOf(world, text, critical()), /^502 /)
    assert.equal(world.local_ollama.journal.requests.filter(({ path }) => path === '/api/chat').length, 0)
    assert.equal(world.ollama_cloud.journal.requests.length, 0)
  })

  test('with allowed providers that restricted data may not go to is a 403, not a call to come later', async () => {
    await using world = await start()
    const { text } = await keysOf(world).create({ providers: ['openai'] })
    const restricted = question({ aegis: { data_classification: 'pii' } })
    assert.equal(await codeOf(world, text, restricted), '403 key_not_allowed')
    assert.equal(world.openai.journal.requests.length, 0)
  })

  test('has a level of its own that its requests do not go below', async () => {
    await using world = await start()
    const { text } = await keysOf(world).create({ classification: 'confidential', userId: 'ada' })
    for (const declared of ['public', 'pii'] as const) {
      const reply = await world.chat(critical({ aegis: { data_classification: declared } }), withKey(text))
      assert.equal(reply.headers['x-aegis-classification'], declared === 'pii' ? 'pii' : 'confidential')
      assert.equal(reply.headers['x-aegis-location'], 'local')
    }
    const named = critical({ user: 'Erika Mustermann', aegis: { data_classification: 'pii' } })
    await world.chat(named, withKey(text))
    const users = (await world.usage()).map(({ user }) => user)
    assert.deepEqual(users, ['ada', 'ada', 'ada'], 'the operator’s name is kept, the caller’s word is not')
  })

  test('with a ceiling may not send more, declared or found, even to a local model', async () => {
    await using world = await start()
    const { text } = await keysOf(world).create({ ceiling: 'internal' })
    assert.equal(await codeOf(world, text), 'ok')
    assert.equal(await codeOf(world, text, question({ aegis: { data_classification: 'pii' } })), '403 key_not_allowed')
    const found = question({ messages: [{ role: 'user', content: 'Refund DE89 3704 0044 0532 0130 00, please' }] })
    assert.equal(await codeOf(world, text, found), '403 key_not_allowed')
    assert.equal(await codeOf(world, masterKey, found), 'ok')
    const explained = await askAs(`${world.gateway.url}/v1/explain`, 'POST', found, text)
    assert.deepEqual([explained.status, explained.json.error.code], [403, 'key_not_allowed'])
  })

  test('that is rotated goes on with both secrets for a while, then with the new one', async () => {
    let nowMs = Date.parse('2026-11-27T10:00:00Z')
    const clock = { wallMs: () => nowMs, monotonicMs: () => performance.now() }
    await using world = await startWorld({ config: { auth }, gateway: { clock } })
    const keys = keysOf(world)
    const first = await keys.create({})
    const second = await keys.rotate(first.key.id, 60_000)
    assert.equal(second.key.id, first.key.id)
    assert.deepEqual([await codeOf(world, first.text), await codeOf(world, second.text)], ['ok', 'ok'])
    nowMs += 60_000
    assert.deepEqual([await codeOf(world, first.text), await codeOf(world, second.text)], ['401 invalid_key', 'ok'])
    const third = await keys.rotate(first.key.id, 0)
    assert.deepEqual([await codeOf(world, second.text), await codeOf(world, third.text)], ['401 invalid_key', 'ok'])
  })

  test('is held to its limits on loopback without a master key too, where others need none', async () => {
    await using world = await startWorld()
    const { text } = await keysOf(world).create({ scopes: ['read'] })
    assert.equal(await codeOf(world, text), '403 key_not_allowed')
    assert.equal(await codeOf(world, ''), 'ok')
    assert.equal(await codeOf(world, 'sk-unused'), 'ok')
  })
})

describe('a change of keys', () => {
  test('holds for the next request of another process on the same file', async () => {
    using folder = temporaryFolder()
    const ledger = `sqlite:${folder.path}/aegis.db`
    await using one = await start({ ledger })
    await using two = await start({ ledger })
    for (let round = 0; round < 5; round += 1) {
      const { key, text } = await keysOf(one).create({})
      assert.equal(await codeOf(two, text), 'ok')
      await keysOf(one).revoke(key.id)
      assert.equal(await codeOf(two, text), '401 invalid_key')
    }
  })

  let postgres: PostgresServer
  before(async () => {
    postgres = await PostgresServer.start()
  })
  after(() => postgres.end())

  test('holds for the next request of another process on the same database once it is answered', async () => {
    const ledger = await postgres.newDatabase()
    await using one = await start({ ledger })
    await using two = await start({ ledger })
    for (let round = 0; round < 3; round += 1) {
      const { key, text } = await keysOf(one).create({})
      assert.equal(await codeOf(two, text), 'ok', 'a key that was just made is asked for')
      await Promise.all(Array.from({ length: 20 }, () => codeOf(two, text)))
      await keysOf(one).revoke(key.id)
      assert.equal(await codeOf(two, text), '401 invalid_key')
    }
  })

  test('is no reason to call a key invalid when the database is away', async () => {
    const ledger = await postgres.newDatabase()
    await using world = await start({ ledger })
    const { text } = await keysOf(world).create({})
    assert.equal(await codeOf(world, text), 'ok')
    await postgres.stop()
    try {
      const { directory } = world.gateway.aegis.gateway.access
      const isDoubtful = () => {
        const waiting = directory.fresh()
        waiting?.catch(() => {})
        return waiting !== undefined
      }
      await until(isDoubtful, 'the keys in memory are too old to be believed')
      const reply = await world.chat(question(), withKey(text))
      assert.deepEqual([reply.status, reply.headers['retry-after']], [503, '1'])
      assert.equal(await codeOf(world, masterKey), 'ok')
    } finally {
      await postgres.startAgain()
    }
  })
})
