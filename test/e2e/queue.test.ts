// A provider with a bound on its requests is never given more, and no way in which a request ends keeps its place.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Behaviour } from '../../src/testing/index.ts'
import { HandClock } from '../make/hand-clock.ts'
import { type Ask, ask, errorOf } from './client.ts'
import { critical, question, startWorld, until, type World, type WorldOptions } from './world.ts'

const onlyLocal = { openai: undefined, ollama_cloud: undefined } as const
const one = { max_concurrent: 1, max_queue: 1 } as const
const none = { max_concurrent: 1, max_queue: 0 } as const

const slotsOf = (world: World) => world.gateway.aegis.gateway.proxy.slots.get('local_ollama') ?? assert.fail()

/** Fills the only place of the local provider until it is let go. */
async function occupied(world: World): Promise<{ readonly running: Ask; readonly release: () => void }> {
  const { promise: heldUntil, resolve: release } = Promise.withResolvers<void>()
  world.local_ollama.next({ heldUntil })
  const running = world.open(question())
  await world.local_ollama.journal.waitUntil(() => world.local_ollama.journal.requests.length === 1, 60_000)
  return { running, release }
}

async function waiting(world: World, count: number): Promise<void> {
  await until(() => slotsOf(world).waiting === count, `${count} requests in the queue`)
}

async function allFree(world: World): Promise<void> {
  await world.atRest()
  assert.deepEqual([slotsOf(world).taken, slotsOf(world).waiting], [0, 0])
}

describe('a provider with one place', { concurrency: true }, () => {
  test('answers those that wait one after the other, and embeddings among them', async () => {
    await using world = await startWorld({
      providers: { ...onlyLocal, local_ollama: { max_concurrent: 1, models: ['llama3.2:8b', 'nomic-embed-text'] } },
      localModels: ['llama3.2:8b', 'nomic-embed-text'],
    })
    const { running, release } = await occupied(world)
    const next = world.open(question({ stream: true }))
    await waiting(world, 1)
    const embedding = ask(`${world.gateway.url}/v1/embeddings`, { model: 'nomic-embed-text', input: 'A text.' })
    await waiting(world, 2)
    assert.equal(world.metric('llm_provider_requests{provider="local_ollama",state="running"}'), 1)
    assert.equal(world.metric('llm_provider_requests{provider="local_ollama",state="waiting"}'), 2)
    assert.equal(world.local_ollama.journal.requests.length, 1)
    release()
    const replies = await Promise.all([running.reply, next.reply, embedding])
    assert.deepEqual(
      replies.map(({ status }) => status),
      [200, 200, 200],
    )
    assert.deepEqual(
      world.local_ollama.journal.requests.map(({ path }) => path),
      ['/api/chat', '/api/chat', '/api/embed'],
    )
    await allFree(world)
  })

  test('hands over to the next candidate when its queue is full', async () => {
    await using world = await startWorld({ providers: { local_ollama: none } })
    const { running, release } = await occupied(world)
    const reply = await world.chat(question())
    assert.equal(reply.headers['x-aegis-location'], 'cloud')
    assert.match((await world.usage())[0]?.attempts[0] ?? '', /queue_full$/)
    release()
    assert.equal((await running.reply).status, 200)
    await allFree(world)
  })

  test('is a 503 with Retry-After when nobody else is left, and so it is after the longest wait', async () => {
    const clock = new HandClock()
    await using world = await startWorld({
      providers: { ...onlyLocal, local_ollama: { ...one, queue_timeout_ms: 3_000 } },
      gateway: { clock, timers: clock },
    })
    const { running, release } = await occupied(world)
    const patient = world.open(question())
    await waiting(world, 1)
    const refused = await world.chat(question())
    clock.advance(3_000)
    for (const reply of [refused, await patient.reply]) {
      assert.equal(reply.status, 503)
      assert.equal(errorOf(reply).code, 'overloaded')
      assert.equal(errorOf(reply).source, 'gateway')
      assert.equal(reply.headers['retry-after'], '5')
    }
    release()
    await running.reply
    await allFree(world)
  })

  test('is a 503 for restricted data, which goes nowhere else', async () => {
    await using world = await startWorld({ providers: { local_ollama: none } })
    const { running, release } = await occupied(world)
    const reply = await world.chat(question({ aegis: { data_classification: 'pii' } }))
    assert.equal(reply.status, 503)
    assert.equal(errorOf(reply).code, 'local_unavailable_for_restricted_data')
    assert.ok(reply.headers['retry-after'])
    assert.deepEqual([world.openai.journal.requests, world.ollama_cloud.journal.requests], [[], []])
    release()
    await running.reply
    await allFree(world)
  })

  test('holds no money for those that wait', async () => {
    const providers = { openai: { max_concurrent: 1 }, ollama_cloud: undefined, local_ollama: undefined } as const
    await using world = await startWorld({ providers, limits: { openai: 100 } })
    const { promise: heldUntil, resolve: release } = Promise.withResolvers<void>()
    world.openai.next({ heldUntil })
    const running = world.open(critical({ max_tokens: 10 }))
    await world.openai.journal.waitUntil(() => world.openai.journal.requests.length === 1, 60_000)
    const { reserved } = await world.budget('openai')
    const next = world.open(critical({ max_tokens: 10 }))
    const slots = world.gateway.aegis.gateway.proxy.slots.get('openai')
    await until(() => slots?.waiting === 1, 'a request in the queue')
    assert.equal((await world.budget('openai')).reserved, reserved)
    release()
    await Promise.all([running.reply, next.reply])
    await world.atRest()
  })

  test('has its queue free at once when a client leaves it, and nothing is sent for that client', async () => {
    await using world = await startWorld({ providers: { ...onlyLocal, local_ollama: one } })
    const { running, release } = await occupied(world)
    const leaver = world.open(question())
    await waiting(world, 1)
    leaver.leave()
    await waiting(world, 0)
    release()
    assert.equal((await running.reply).status, 200)
    await allFree(world)
    assert.equal(world.local_ollama.journal.requests.length, 1)
  })
})

describe('no place is lost', { concurrency: true }, () => {
  const endings: readonly (readonly [name: string, behaviour: Behaviour])[] = [
    ['an answer', {}],
    ['an error', { status: 500 }],
    ['a reset', { disconnectAfter: -1 }],
    ['an answer that breaks off', { disconnectAfter: 3 }],
    ['an unreadable answer', { rawBody: 'hello', rawFrames: ['hello'] }],
    ['an error in the stream', { inBandErrorAfter: 2 }],
  ]
  const options: WorldOptions = {
    providers: { ...onlyLocal, local_ollama: { max_concurrent: 1 } },
    config: { routing: { max_retries: 0 } },
  }
  for (const stream of [false, true]) {
    test(`by any end of ${stream ? 'a stream' : 'a whole answer'}`, async () => {
      await using world = await startWorld(options)
      for (const [name, behaviour] of endings) {
        world.local_ollama.always(behaviour)
        await world.chat(question({ stream }))
        await world.atRest()
        assert.equal(slotsOf(world).taken, 0, `after ${name}`)
      }
    })
  }

  test('by 1,000 clients that leave: in the queue, before the headers, before the body and within the stream', async () => {
    await using world = await startWorld({
      ...options,
      providers: { ...onlyLocal, local_ollama: { max_concurrent: 8, max_queue: 1_000 } },
    })
    const stages: readonly Behaviour[] = [
      { hang: 'before_headers' },
      { hang: 'after_headers' },
      { hang: 'mid_stream' },
      { chunkGapMs: 5 },
    ]
    for (let round = 0; round < 20; round += 1) {
      world.local_ollama.always(stages[round % stages.length] ?? {})
      const clients = Array.from({ length: 50 }, (_, index) => world.open(question({ stream: index % 3 !== 0 })))
      await until(() => slotsOf(world).taken === 8 && slotsOf(world).waiting > 0, 'all places taken')
      for (const client of clients) client.leave()
      await until(() => slotsOf(world).taken + slotsOf(world).waiting === 0, 'all places free again')
    }
    await world.atRest()
    world.local_ollama.always({})
    const after = await Promise.all(Array.from({ length: 20 }, () => world.chat(question())))
    assert.ok(after.every(({ status }) => status === 200))
    await allFree(world)
  })
})
