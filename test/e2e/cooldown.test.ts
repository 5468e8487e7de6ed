// Whoever asks for patience or keeps failing is passed over, over real HTTP and with time that the test moves.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Upstream } from '../../src/testing/index.ts'
import { HandClock } from '../make/hand-clock.ts'
import { errorOf, member } from './client.ts'
import { critical, question, startWorld, type World, type WorldOptions } from './world.ts'

const breaker = { failures: 3, window_ms: 60_000, cooldown_ms: 10_000 }

/** No jitter, and time stands still but for `clock.advance`. */
async function worldAt(clock: HandClock, options: WorldOptions = {}): Promise<World> {
  const gateway = { clock, timers: clock, random: () => 0.5 }
  return startWorld({ gateway, ...options, config: { ...options.config, routing: { breaker, max_retries: 0 } } })
}

const alone = { providers: { ollama_cloud: undefined, local_ollama: undefined } } as const
const onlyLocal = { providers: { ollama_cloud: undefined, openai: undefined } } as const

/** What was asked of an Ollama, without the questions that prove that its models run there. */
const chats = ({ journal }: Upstream) => journal.requests.filter(({ path }) => path === '/api/chat').length

async function results(world: World): Promise<string[]> {
  const [row] = await world.usage()
  return row?.attempts.map((attempt) => attempt.split(':').at(-1) ?? '') ?? []
}

describe('a Retry-After', { concurrency: true }, () => {
  test('is honoured by the following requests, and shown', async () => {
    const clock = new HandClock()
    await using world = await worldAt(clock)
    world.openai.next({ status: 429, headers: { 'retry-after': '7' } })
    assert.equal((await world.chat(critical())).headers['x-aegis-provider'], 'ollama_cloud')
    clock.advance(6_000)
    const second = await world.chat(critical())
    assert.equal(second.headers['x-aegis-provider'], 'ollama_cloud')
    assert.equal(world.openai.journal.requests.length, 1)
    assert.deepEqual(await results(world), ['cooling_down', 'answered'])

    const explained = await world.explain(critical())
    assert.equal(member(explained, 'candidates.0.verdict'), 'cooling down')
    assert.equal(member(explained, 'candidates.0.cooling_seconds'), 1)
    assert.equal(member(explained, 'candidates.1.verdict'), 'would be asked')
    const shown = world.gateway.aegis.board.status().providers.find(({ name }) => name === 'openai')
    assert.deepEqual([shown?.health, shown?.detail], ['failing', 'cooling down: gpt-4o for 1 s'])

    const line = 'llm_provider_cooling_seconds{provider="openai",model="gpt-4o"}'
    assert.equal(world.metric(line), 1)

    clock.advance(1_000)
    assert.equal((await world.chat(critical())).headers['x-aegis-provider'], 'openai')
    assert.equal(world.metric(line), 0)
    await world.atRest()
  })

  for (const [status, code] of [
    [429, 'rate_limited'],
    [503, 'overloaded'],
  ] as const) {
    test(`of the only candidate is answered with ${status} and what remains of it, and nobody is asked`, async () => {
      const clock = new HandClock()
      await using world = await worldAt(clock, alone)
      world.openai.next({ status, headers: { 'retry-after': '30' } })
      assert.equal((await world.chat(critical())).headers['retry-after'], '30')
      clock.advance(9_500)
      const reply = await world.chat(critical())
      assert.equal(reply.status, status)
      assert.equal(errorOf(reply).code, code)
      assert.equal(reply.headers['retry-after'], '21')
      assert.equal(world.openai.journal.requests.length, 1)
      assert.equal((await world.usage())[0]?.status, 'refused')
      clock.advance(20_500)
      assert.equal((await world.chat(critical())).status, 200)
      await world.atRest()
    })
  }

  test('of the local provider is what a restricted request is told, and no cloud is asked', async () => {
    const clock = new HandClock()
    await using world = await worldAt(clock)
    world.local_ollama.next({ status: 503, headers: { 'retry-after': '40' } })
    const restricted = question({ aegis: { data_classification: 'pii' } })
    await world.chat(restricted)
    clock.advance(10_000)
    const reply = await world.chat(restricted)
    assert.equal(reply.status, 503)
    assert.equal(errorOf(reply).code, 'local_unavailable_for_restricted_data')
    assert.equal(reply.headers['retry-after'], '30')
    assert.equal(chats(world.local_ollama), 1)
    assert.deepEqual([world.openai.journal.requests, world.ollama_cloud.journal.requests], [[], []])
  })
})

describe('a provider that keeps failing', { concurrency: true }, () => {
  async function failed(world: World, times: number, body = critical()): Promise<void> {
    for (let time = 0; time < times; time += 1) await world.chat(body)
  }

  test('is passed over, and after its cooldown one request of many tries it', async () => {
    const clock = new HandClock()
    await using world = await worldAt(clock)
    world.openai.always({ status: 500 })
    await failed(world, 5)
    assert.equal(world.openai.journal.requests.length, 3)

    clock.advance(10_000)
    const { promise: heldUntil, resolve: release } = Promise.withResolvers<void>()
    world.openai.always({ heldUntil })
    const trial = world.open(critical())
    await world.openai.journal.waitUntil(() => world.openai.journal.requests.length === 4, 60_000)
    const others = await Promise.all([1, 2, 3].map(() => world.chat(critical())))
    assert.deepEqual(
      others.map(({ headers }) => headers['x-aegis-provider']),
      ['ollama_cloud', 'ollama_cloud', 'ollama_cloud'],
    )
    release()
    assert.equal((await trial.reply).headers['x-aegis-provider'], 'openai')
    assert.equal((await world.chat(critical())).headers['x-aegis-provider'], 'openai')
    await world.atRest()
  })

  test('is passed over again when the trial fails', async () => {
    const clock = new HandClock()
    await using world = await worldAt(clock)
    world.openai.always({ disconnectAfter: -1 })
    await failed(world, 3)
    clock.advance(10_000)
    await failed(world, 3)
    assert.equal(world.openai.journal.requests.length, 4)
  })

  test('is not tried by a request that it would cost too much; the next one tries it', async () => {
    const clock = new HandClock()
    await using world = await worldAt(clock, { limits: { openai: 1 } })
    world.openai.always({ status: 500 })
    await failed(world, 3)
    world.openai.always({})
    clock.advance(10_000)
    const dear = await world.chat(critical({ max_tokens: 2_000_000_000 }))
    assert.notEqual(dear.headers['x-aegis-provider'], 'openai')
    assert.equal((await world.chat(critical({ max_tokens: 10 }))).headers['x-aegis-provider'], 'openai')
  })

  test('is asked all the same when it is the only one, and when all others failed or had no money', async () => {
    const clock = new HandClock()
    await using lonely = await worldAt(clock, alone)
    lonely.openai.always({ status: 500 })
    await failed(lonely, 5)
    assert.equal(lonely.openai.journal.requests.length, 5)
    assert.deepEqual(await results(lonely), ['server_error'])
    assert.equal(member(await lonely.explain(critical()), 'candidates.0.verdict'), 'would be asked')

    await using world = await worldAt(clock, { limits: { ollama_cloud: 0 } })
    world.openai.always({ status: 500 })
    await failed(world, 3)
    world.openai.always({})
    world.local_ollama.always({ status: 500 })
    assert.equal((await world.chat(critical())).headers['x-aegis-provider'], 'openai')
    assert.deepEqual(await results(world), ['cooling_down', 'budget_exceeded', 'server_error', 'answered'])
    await world.atRest()
  })

  test('of restricted data is the local one, and no cloud is asked for it', async () => {
    const clock = new HandClock()
    await using world = await worldAt(clock)
    world.local_ollama.always({ status: 500 })
    const restricted = question({ aegis: { data_classification: 'hipaa' } })
    await failed(world, 6, restricted)
    assert.equal(chats(world.local_ollama), 6, 'the last one left is asked')
    assert.deepEqual([world.openai.journal.requests, world.ollama_cloud.journal.requests], [[], []])
    // Requests that may leave do leave.
    assert.equal((await world.chat(question())).headers['x-aegis-location'], 'cloud')
  })

  test('is not one that a caller left, or gave too little time', async () => {
    const clock = new HandClock()
    await using world = await startWorld({
      ...onlyLocal,
      gateway: { clock, timers: clock },
      config: { routing: { breaker: { ...breaker, failures: 1 }, timeout_ms: 300 } },
    })
    world.local_ollama.always({ hang: 'before_headers' })
    assert.equal((await world.chat(question())).status, 504)
    const leaver = world.open(question())
    await world.local_ollama.journal.waitUntil(() => chats(world.local_ollama) === 2, 60_000)
    leaver.leave()
    await world.atRest()
    const explained = await world.explain(question())
    assert.equal(member(explained, 'candidates.0.verdict'), 'would be asked')
  })
})
