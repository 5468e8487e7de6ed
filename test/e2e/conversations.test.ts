// A conversation that has been restricted stays at home: by its session, by the ids of its answers, across processes.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../src/testing/index.ts'
import type { Reply } from './client.ts'
import { dataRoutes } from './egress-routes.ts'
import { bytesAtClouds, cloudChat, send, startOpenWorld } from './undeclared.ts'
import { startWorld, temporaryFolder, type World } from './world.ts'

const inSession = (session: string, more: JsonObject = {}) => cloudChat({ aegis: { session, ...more } })
const restricted = { data_classification: 'pii' } as const

function assertHere(reply: Reply, level = 'pii'): void {
  assert.equal(reply.status, 200, reply.text)
  assert.deepEqual(
    [reply.headers['x-aegis-location'], reply.headers['x-aegis-classification'], reply.headers['x-aegis-reason']],
    ['local', level, 'sensitive_data_local_only'],
  )
}

function assertCloud(reply: Reply): void {
  assert.equal(reply.status, 200, reply.text)
  assert.equal(reply.headers['x-aegis-location'], 'cloud')
}

/** The answer to a restricted request, and the ids in it. */
async function idsOf(world: World, stream: boolean): Promise<readonly string[]> {
  world.local_ollama.next({ toolCalls: [{ name: 'look_up', arguments: { a: 1 } }] })
  const tools = [{ type: 'function', function: { name: 'look_up', parameters: { type: 'object' } } }]
  const reply = await world.chat(cloudChat({ stream, tools, aegis: restricted }))
  assertHere(reply)
  const ids = new Set([...reply.text.matchAll(/"id":\s*"([^"]+)"/g)].map(([, id]) => String(id)))
  assert.ok([...ids].some((id) => id.startsWith('call_')) && ids.size >= 2, reply.text)
  return [...ids, String(reply.headers['x-aegis-request-id'])]
}

describe('a session that was restricted', () => {
  test('keeps later requests here that say nothing, or say less', async () => {
    await using world = await startWorld()
    assertCloud(await world.chat(inSession('s1')))
    assertHere(await world.chat(inSession('s1', restricted)))
    const before = bytesAtClouds(world)
    for (const more of [{}, { data_classification: 'public' }, { quality_requirement: 'critical', batch_size: 50 }]) {
      for (const stream of [false, true]) assertHere(await world.chat({ ...inSession('s1', more), stream }))
    }
    const headers = { 'x-aegis-session': 'S1 ' }
    assertHere(await world.chat(cloudChat({}), { headers }))
    assert.equal(bytesAtClouds(world), before)
    assertCloud(await world.chat(inSession('s2')))
    assertCloud(await world.chat(cloudChat({})))
    assert.equal(world.metric('llm_privacy_decisions_total{classification="pii",source="session"}'), 7)
  })

  test('goes up when more is found, and never down', async () => {
    await using world = await startWorld()
    assertHere(await world.chat(inSession('s1', { data_classification: 'confidential' })), 'confidential')
    assertHere(await world.chat(inSession('s1', { data_classification: 'hipaa' })), 'hipaa')
    assertHere(await world.chat(inSession('s1', { data_classification: 'confidential' })), 'hipaa')
    assertHere(await world.chat(inSession('s1')), 'hipaa')
  })

  test('is restricted by what was found as by what was declared', async () => {
    await using world = await startWorld()
    const card = { messages: [{ role: 'user', content: 'Card 4539 1488 0343 6467' }] }
    assertHere(await world.chat({ ...inSession('s1'), ...card }))
    assertHere(await world.chat(inSession('s1')))
  })

  test('is refused, not sent away, when nobody here can answer', async () => {
    await using world = await startWorld()
    await world.chat(inSession('s1', restricted))
    await world.local_ollama.stopListening()
    const before = bytesAtClouds(world)
    assert.equal((await world.chat(inSession('s1'))).status, 503)
    assert.equal(bytesAtClouds(world), before)
  })

  test('that two sources name differently, or in no readable way, is refused and reaches nobody', async () => {
    await using world = await startWorld()
    const conflict = await world.chat(inSession('s1'), { headers: { 'x-aegis-session': 's2' } })
    const twice = await world.chat(cloudChat({}), { headers: { 'x-aegis-session': ['s1', 's2'] } })
    const list = await world.chat(cloudChat({ aegis: { session: ['s1'] } }))
    const empty = await world.chat(cloudChat({ aegis: { session: '' } }))
    assert.deepEqual([conflict.status, twice.status, list.status, empty.status], [400, 400, 400, 400])
    assert.equal(bytesAtClouds(world), 0)
  })

  test('is that of its user: another one with the same words is not concerned', async () => {
    await using world = await startWorld()
    assertHere(await world.chat({ ...inSession('s1', restricted), user: 'ann' }))
    assertCloud(await world.chat({ ...inSession('s1'), user: 'bob' }))
    assertHere(await world.chat({ ...inSession('s1'), user: 'ann' }))
  })

  test('by one route is so on every other one', async () => {
    await using world = await startOpenWorld()
    for (const [index, first] of dataRoutes.entries()) {
      const session = `s${index}`
      const reply = await send(world, first.path, first.body('x', { aegis: { session, ...restricted } }))
      assertHere(reply)
      const before = bytesAtClouds(world)
      for (const then of dataRoutes) assertHere(await send(world, then.path, then.body('x', { aegis: { session } })))
      assert.equal(bytesAtClouds(world), before, first.path)
      for (const then of dataRoutes) assertCloud(await send(world, then.path, then.body('x')))
    }
  })

  test('is explained as such', async () => {
    await using world = await startWorld()
    await world.chat(inSession('s1', restricted))
    const { json } = await world.explain(inSession('s1'))
    assert.deepEqual(json.classification, { level: 'pii', restricted: true, source: 'session' })
  })
})

describe('the ids in an answer to a restricted request', () => {
  for (const stream of [false, true]) {
    test(`${stream ? 'streamed' : 'whole'}: who names one of them stays here`, async () => {
      await using world = await startWorld()
      const ids = await idsOf(world, stream)
      const before = bytesAtClouds(world)
      for (const id of ids) {
        assertHere(await world.chat(cloudChat({ previous_response_id: id })))
        assertHere(await world.chat(cloudChat({ messages: [{ role: 'user', content: 'x', id }] })))
      }
      const call = ids.find((id) => id.startsWith('call_')) as string
      const messages = [
        { role: 'user', content: 'Hi.' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: call, type: 'function', function: { name: 'look_up', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: call, content: 'none' },
      ]
      assertHere(await world.chat(cloudChat({ messages })))
      assert.equal(bytesAtClouds(world), before)
      assertCloud(await world.chat(cloudChat({})))
    })
  }

  test('of a public request concern nobody', async () => {
    await using world = await startWorld()
    const reply = await world.chat(cloudChat({}))
    assertCloud(reply)
    assertCloud(await world.chat(cloudChat({ previous_response_id: String(reply.json.id) })))
  })
})

test('a restricted conversation is known to a gateway beside it, and to the one after a restart', async () => {
  using folder = temporaryFolder()
  const config = { ledger: `sqlite:${join(folder.path, 'aegis.db')}` }
  let ids: readonly string[]
  {
    await using one = await startWorld({ config })
    await using two = await startWorld({ config })
    assertHere(await one.chat(inSession('s1', restricted)))
    ids = await idsOf(one, true)
    await one.gateway.aegis.privacy.taint?.flush()
    await two.gateway.aegis.privacy.taint?.refresh()
    assertHere(await two.chat(inSession('s1')))
    assertHere(await two.chat(cloudChat({ previous_response_id: ids[0] as string })))
    assertCloud(await two.chat(inSession('s2')))
  }
  await using later = await startWorld({ config })
  assertHere(await later.chat(inSession('s1')))
  for (const id of ids) assertHere(await later.chat(cloudChat({ previous_response_id: id })))
})
