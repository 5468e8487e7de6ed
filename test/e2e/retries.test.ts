// The last candidate left is asked again when its failure may pass: once, after a wait that ends with the client.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Behaviour } from '../../src/testing/index.ts'
import { HandClock } from '../make/hand-clock.ts'
import { critical, openaiPrice, startWorld, until, type World, type WorldOptions } from './world.ts'

async function lonelyWorld(clock: HandClock, options: WorldOptions = {}): Promise<World> {
  return startWorld({
    gateway: { clock, timers: clock, random: () => 0.5 },
    providers: { ollama_cloud: undefined, local_ollama: undefined },
    limits: { openai: 100 },
    ...options,
  })
}

/** Resolves once a request waits, with the milliseconds that it will wait. */
async function backoff(clock: HandClock): Promise<number> {
  await until(() => clock.waits.length > 0, 'a wait before a retry')
  return clock.waits[0] ?? assert.fail()
}

const passing: readonly (readonly [name: string, behaviour: Behaviour, waitMs: number])[] = [
  ['a connection reset before any byte', { disconnectAfter: -1 }, 125],
  ['a 502', { status: 502 }, 125],
  ['a 504', { status: 504 }, 125],
  ['a 429 with a short Retry-After', { status: 429, headers: { 'retry-after': '2' } }, 2_125],
  ['a 503 with a short Retry-After', { status: 503, headers: { 'retry-after': '3' } }, 3_125],
]

describe('the only candidate', { concurrency: true }, () => {
  for (const [name, behaviour, waitMs] of passing) {
    for (const stream of [false, true]) {
      test(`is asked again after ${name}, ${stream ? 'streamed' : 'whole'}, and each attempt has its own reservation`, async () => {
        const clock = new HandClock()
        await using world = await lonelyWorld(clock)
        world.openai.next(behaviour)
        const asked = world.open(critical({ stream, max_tokens: 50 }))
        assert.equal(await backoff(clock), waitMs)
        assert.equal((await world.budget('openai')).reserved, 0, 'nothing is held during the wait')
        clock.advance(waitMs)
        const reply = await asked.reply
        assert.equal(reply.status, 200)
        assert.equal(reply.headers['x-aegis-attempts'], '2')
        assert.equal(world.openai.journal.requests.length, 2)
        await world.atRest()
        const [row] = await world.usage()
        assert.equal(row?.status, 'ok')
        assert.equal(row?.cost, (await world.budget('openai')).spent)
        assert.ok((row?.cost ?? 0) > openaiPrice.input)
      })
    }
  }

  const lasting: readonly (readonly [name: string, behaviour: Behaviour])[] = [
    ['a 500', { status: 500 }],
    ['a 503 without Retry-After', { status: 503 }],
    ['a 429 with a long Retry-After', { status: 429, headers: { 'retry-after': '30' } }],
    ['a refused key', { status: 401 }],
    ['a request-shaped error', { status: 422 }],
    ['an unreadable answer', { rawBody: 'hello', rawFrames: ['hello'] }],
    ['an answer that breaks off', { disconnectAfter: 1 }],
  ]
  for (const [name, behaviour] of lasting) {
    test(`is not asked again after ${name}`, async () => {
      const clock = new HandClock()
      await using world = await lonelyWorld(clock)
      world.openai.always(behaviour)
      assert.ok((await world.chat(critical({ max_tokens: 50 }))).status >= 400)
      assert.equal(world.openai.journal.requests.length, 1)
      assert.deepEqual(clock.waits, [])
    })
  }

  test('is asked twice and no more, so that clients that retry do not multiply', async () => {
    const clock = new HandClock()
    await using world = await lonelyWorld(clock)
    world.openai.always({ status: 502 })
    const asked = world.open(critical())
    clock.advance(await backoff(clock))
    assert.equal((await asked.reply).status, 502)
    assert.equal(world.openai.journal.requests.length, 2)
  })

  test('is not asked again for a client that says that it tries again by itself', async () => {
    const clock = new HandClock()
    await using world = await lonelyWorld(clock)
    world.openai.always({ status: 502 })
    const reply = await world.chat(critical(), { headers: { 'X-Stainless-Retry-Count': '0' } })
    assert.equal(reply.status, 502)
    assert.equal(world.openai.journal.requests.length, 1)
  })

  test('is asked as often as max_retries and max_attempts both allow, with longer waits', async () => {
    const clock = new HandClock()
    await using world = await lonelyWorld(clock, { config: { routing: { max_retries: 5, max_attempts: 3 } } })
    world.openai.always({ status: 502 })
    const asked = world.open(critical())
    for (const waitMs of [125, 250]) {
      assert.equal(await backoff(clock), waitMs)
      clock.advance(waitMs)
    }
    assert.equal((await asked.reply).status, 502)
    assert.equal(world.openai.journal.requests.length, 3)
  })

  test('is not asked again when its wait would outlast the request', async () => {
    const clock = new HandClock()
    await using world = await lonelyWorld(clock, { config: { routing: { timeout_ms: 2_000 } } })
    world.openai.always({ status: 429, headers: { 'retry-after': '2' } })
    const reply = await world.chat(critical())
    assert.deepEqual([reply.status, reply.headers['retry-after']], [429, '2'])
    assert.equal(world.openai.journal.requests.length, 1)
  })

  test('is not asked again when the client leaves during the wait, which ends at once', async () => {
    const clock = new HandClock()
    await using world = await lonelyWorld(clock)
    world.openai.always({ status: 502 })
    const leaver = world.open(critical())
    await backoff(clock)
    leaver.leave()
    await world.atRest()
    assert.deepEqual(clock.waits, [])
    assert.equal(world.openai.journal.requests.length, 1)
    assert.equal((await world.usage())[0]?.status, 'client_closed')
  })
})

test('while another candidate is left nobody is asked again, and then the last one that was asked is', async () => {
  const clock = new HandClock()
  await using world = await startWorld({ gateway: { clock, timers: clock, random: () => 0.5 } })
  for (const upstream of [world.openai, world.ollama_cloud]) upstream.always({ disconnectAfter: -1 })
  world.local_ollama.next({ disconnectAfter: -1 })
  const asked = world.open(critical())
  clock.advance(await backoff(clock))
  const reply = await asked.reply
  assert.equal(reply.headers['x-aegis-provider'], 'local_ollama')
  assert.deepEqual(
    [world.openai, world.ollama_cloud, world.local_ollama].map(({ journal }) => journal.requests.length),
    [1, 1, 2],
  )
})
