// Limits of keys and users at real gateways: in one process, in several, and what a refused request costs.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import OpenAI from 'openai'
import type { RateLimits } from '../../src/domain/rate-limits.ts'
import { MOST_REFUSALS_A_MINUTE } from '../../src/limits/refusal-cap.ts'
import { PostgresServer } from '../make/postgres.ts'
import { masterKey, withKey } from './access.ts'
import { errorOf, type Reply } from './client.ts'
import { question, startWorld, temporaryFolder, until, type World, type WorldOptions } from './world.ts'

const auth = { master_key: masterKey }
/** The begin of a minute, so that no test is cut by the end of one. */
const START_MS = Date.parse('2026-11-27T10:00:00Z')

class MinuteClock {
  offsetMs = 0
  wallMs = () => START_MS + this.offsetMs
  monotonicMs = () => performance.now()
}

async function worldWith(clock: MinuteClock, { config, ...more }: WorldOptions = {}) {
  return startWorld({ ...more, config: { auth, ...config }, gateway: { clock } })
}

async function keyWith(world: World, limits: Partial<RateLimits>, userId: string | null = null) {
  const none = { requestsPerMinute: null, tokensPerMinute: null, parallelRequests: null }
  return (await world.gateway.aegis.gateway.access.keys.create({ limits: { ...none, ...limits }, userId })).text
}

const statuses = (replies: readonly Reply[]) => replies.map(({ status }) => status)
const local = (more = {}) => question({ model: 'llama3.2:8b', ...more })

describe('limits', { concurrency: true }, () => {
  test('of requests hold for a minute, and the headers tell of them as OpenAI spells them', async () => {
    const clock = new MinuteClock()
    await using world = await worldWith(clock)
    const key = withKey(await keyWith(world, { requestsPerMinute: 3 }))
    clock.offsetMs = 15_000
    for (const left of [2, 1, 0]) {
      const { status, headers } = await world.chat(local(), key)
      assert.equal(status, 200)
      assert.deepEqual(
        ['limit', 'remaining', 'reset'].map((name) => headers[`x-ratelimit-${name}-requests`]),
        ['3', String(left), '45s'],
      )
    }
    const refused = await world.chat(local(), key)
    assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '45'])
    assert.equal(refused.headers['x-ratelimit-remaining-requests'], '0')
    assert.deepEqual(
      [errorOf(refused).code, errorOf(refused).limited, errorOf(refused).limit],
      ['rate_limited', 'requests', 3],
    )
    assert.equal((await world.chat(local(), withKey(masterKey))).status, 200)
    clock.offsetMs = 60_000
    assert.equal((await world.chat(local(), key)).status, 200)
  })

  test('and what a key refuses are usage rows without a cost, of which there are only so many a minute', async () => {
    const clock = new MinuteClock()
    await using world = await worldWith(clock)
    const { keys, users } = world.gateway.aegis.gateway.access
    await users.create({ id: 'ada' })
    const limits = { requestsPerMinute: 1, tokensPerMinute: null, parallelRequests: null }
    const limited = await keys.create({ limits, userId: 'ada' })
    const narrow = await keys.create({ models: ['gpt-4o'], userId: null })
    assert.equal((await world.chat(local(), withKey(limited.text))).status, 200)
    const canary = 'CANARY-7f3a91'
    const asked = { ...local({ user: canary }), aegis: { tags: [canary] } }
    for (let index = 0; index < 3 * MOST_REFUSALS_A_MINUTE; index += 1) {
      const body = { ...local(), aegis: { tags: [canary] } }
      assert.equal((await world.chat(body, withKey(limited.text))).status, 429)
    }
    assert.equal((await world.chat(asked, withKey(narrow.text))).status, 403)
    clock.offsetMs = 60_000
    assert.equal((await world.chat(local(), withKey(limited.text))).status, 200)
    assert.equal((await world.chat(local(), withKey(limited.text))).status, 429)
    const rows = await world.usage()
    const refused = rows.filter(({ status }) => status === 'refused')
    const of = (httpStatus: number) => refused.filter((row) => row.httpStatus === httpStatus)
    assert.deepEqual([of(429).length, of(403).length], [MOST_REFUSALS_A_MINUTE + 1, 1])
    for (const { cost, provider, endpoint, tags, attempts } of refused) {
      assert.deepEqual([cost, provider, endpoint, tags, attempts], [0, null, '/v1/chat/completions', [], []])
    }
    assert.deepEqual([of(429)[0]?.user, of(429)[0]?.keyId, of(403)[0]?.user], ['ada', limited.key.id, null])
    assert.ok(!JSON.stringify(rows).includes(canary))
  })

  test('are all looked at first: what one refuses uses nothing of the others', async () => {
    await using world = await worldWith(new MinuteClock())
    const key = withKey(await keyWith(world, { requestsPerMinute: 5, tokensPerMinute: 100_000, parallelRequests: 1 }))
    world.local_ollama.next({ hang: 'before_headers' })
    const hanging = world.open(local(), key)
    await world.local_ollama.journal.waitFor(({ path }) => path === '/api/chat', 60_000)
    for (let index = 0; index < 20; index += 1) {
      const refused = await world.chat(local(), key)
      assert.deepEqual([refused.status, errorOf(refused).limited], [429, 'parallel'])
    }
    hanging.leave()
    const next = async () => (await world.chat(local(), key)).status
    await until(async () => (await next()) === 200, 'the place of the request that was left is free')
    assert.deepEqual([await next(), await next(), await next(), await next()], [200, 200, 200, 429])
  })

  test('of tokens are held by estimate and settled by what was used, streamed or not', async () => {
    await using world = await worldWith(new MinuteClock())
    const key = withKey(await keyWith(world, { tokensPerMinute: 2500 }))
    const body = (stream: boolean) => local({ max_tokens: 900, stream })
    for (let index = 0; index < 6; index += 1) {
      assert.equal((await world.chat(body(index % 2 === 0), key)).status, 200, 'short answers give back what they held')
    }
    world.local_ollama.always({ hang: 'before_headers' })
    const hanging = [world.open(body(false), key), world.open(body(true), key)]
    await until(
      () => world.local_ollama.journal.requests.filter(({ path }) => path === '/api/chat').length >= 8,
      'both are sent',
    )
    const refused = await world.chat(body(false), key)
    assert.deepEqual([refused.status, errorOf(refused).limited], [429, 'tokens'])
    for (const one of hanging) one.leave()
    world.local_ollama.always({ usage: { prompt_tokens: 1000, completion_tokens: 5000 } })
    await until(async () => (await world.chat(body(false), key)).status === 200, 'what was left is free again')
    const after = await world.chat(body(false), key)
    assert.deepEqual(
      [after.status, after.headers['retry-after']],
      [429, '60'],
      'what was used beyond the estimate counts',
    )
  })

  test('of a user hold over all keys of that user, and of the configuration where a key has none', async () => {
    const limits = { per_user: { requests_per_minute: 4 }, per_key: { requests_per_minute: 3 } }
    await using world = await worldWith(new MinuteClock(), { config: { limits } })
    const [one, two] = [withKey(await keyWith(world, {}, 'ada')), withKey(await keyWith(world, {}, 'ada'))]
    const asked: Reply[] = []
    for (const key of [one, one, one, one, two, two]) asked.push(await world.chat(local(), key))
    assert.deepEqual(statuses(asked), [200, 200, 200, 429, 200, 429])
    assert.deepEqual([errorOf(asked[3] as Reply).scope, errorOf(asked[5] as Reply).scope], ['key', 'user'])
    assert.ok(!asked[5]?.text.includes('ada'))
    const own = withKey(await keyWith(world, { requestsPerMinute: 1000 }, 'bob'))
    for (const expected of [200, 200, 200, 200, 429]) assert.equal((await world.chat(local(), own)).status, expected)
  })

  test('are told to clients as their own kind of error, with when to come back', async () => {
    await using world = await worldWith(new MinuteClock())
    const apiKey = await keyWith(world, { requestsPerMinute: 1 })
    const client = new OpenAI({ baseURL: `${world.gateway.url}/v1`, apiKey, maxRetries: 0 })
    const messages = [{ role: 'user' as const, content: 'Hello' }]
    const { response } = await client.chat.completions.create({ model: 'auto', messages }).withResponse()
    assert.equal(response.headers.get('x-ratelimit-remaining-requests'), '0')
    await assert.rejects(client.chat.completions.create({ model: 'auto', messages }), OpenAI.RateLimitError)
  })
})

describe('limits that several processes share', () => {
  const share = async (one: World, two: World, limits: Partial<RateLimits>, count: number) => {
    const key = withKey(await keyWith(one, limits))
    const asks = Array.from({ length: count }, (_, index) => (index % 2 === 0 ? one : two).chat(local(), key))
    return statuses(await Promise.all(asks)).filter((status) => status === 200).length
  }

  for (const kind of ['file', 'database'] as const) {
    test(`on one ${kind} are never passed together`, async () => {
      using folder = temporaryFolder()
      const ledger = kind === 'file' ? `sqlite:${folder.path}/aegis.db` : await postgres.newDatabase()
      const clock = new MinuteClock()
      await using one = await worldWith(clock, { config: { ledger } })
      await using two = await worldWith(clock, { config: { ledger } })
      const answered = await share(one, two, { requestsPerMinute: 20 }, 60)
      assert.ok(answered <= 20 && answered >= 15, `${answered} of 20`)
      const key = withKey(await keyWith(one, { parallelRequests: 3 }))
      for (const world of [one, two]) world.local_ollama.always({ hang: 'before_headers' })
      const open = Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? one : two).open(local(), key))
      let refused = 0
      for (const ask of open) {
        ask.reply.then(
          ({ status }) => {
            if (status === 429) refused += 1
          },
          () => {},
        )
      }
      await until(() => refused === 7, 'all but three are refused')
      for (const ask of open) ask.leave()
      for (const world of [one, two]) world.local_ollama.always({})
      await until(async () => (await two.chat(local(), key)).status === 200, 'what was left is free in both')
    })
  }

  let postgres: PostgresServer
  before(async () => {
    postgres = await PostgresServer.start()
  })
  after(() => postgres.end())
})
