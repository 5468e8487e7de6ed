// Proves what becomes of responses that are kept: as restricted as they were, sealed, and for nobody else.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { ConfigInput } from '../../src/config/schema.ts'
import { startOllamaUpstream, startOpenAIUpstream } from '../../src/testing/index.ts'
import { assertAbsent, canaries, harmless } from '../make/canaries.ts'
import { localOllama, openAIProvider, type RunningGateway, startGateway } from '../make/gateway.ts'
import { ask, errorOf, get, member, type Reply } from './client.ts'
import { assertKept, assertSent, cloudsOf, send, startOpenWorld } from './undeclared.ts'
import { temporaryFolder, type World } from './world.ts'

const levels = ['confidential', 'pii', 'hipaa'] as const
const idOf = (reply: Reply) => member(reply, 'id') as string

async function respond(world: World, body: object, headers: Record<string, string> = {}): Promise<Reply> {
  return send(world, '/v1/responses', { model: 'auto', input: harmless, ...body } as never, { headers })
}

describe('a response that was restricted', () => {
  for (const level of levels) {
    test(`and ${level} keeps all that follow it here, though they say nothing, or less`, async () => {
      await using world = await startOpenWorld()
      const first = await respond(world, { aegis: { data_classification: level } })
      assert.equal(first.headers['x-aegis-classification'], level)
      let previous_response_id = idOf(first)
      for (const headers of [{}, { 'x-aegis-data-classification': 'public' }]) {
        for (const stream of [false, true]) {
          const body = { model: 'openai/gpt-4o', previous_response_id, stream }
          const reply = await assertKept(world, () => respond(world, body, headers), harmless, level)
          assert.equal(reply.headers['x-aegis-classification'], level)
          if (!stream) previous_response_id = idOf(reply)
        }
      }
      await world.local_ollama.stopListening()
      const body = { model: 'openai/gpt-4o', previous_response_id }
      const refused = await assertKept(world, () => respond(world, body), harmless, 'nobody is here')
      assert.equal(refused.status, 503)
      await assertSent(world, () => respond(world, { model: 'openai/gpt-4o' }), 'another conversation')
    })
  }

  test('because of what was found in it keeps its followers here too', async () => {
    await using world = await startOpenWorld()
    for (const [name, canary] of Object.entries(canaries)) {
      const found = await assertKept(
        world,
        () => respond(world, { model: 'openai/gpt-4o', input: canary }),
        canary,
        name,
      )
      const body = { model: 'openai/gpt-4o', previous_response_id: idOf(found) }
      await assertKept(world, () => respond(world, body), canary, `after ${name}`)
    }
  })

  test('keeps those here too that name one of its items', async () => {
    await using world = await startOpenWorld()
    const first = await respond(world, { aegis: { data_classification: 'hipaa' } })
    const reference = { type: 'item_reference', id: member(first, 'output.0.id') }
    const input = [reference, { role: 'user', content: harmless }]
    const reply = await assertKept(world, () => respond(world, { model: 'openai/gpt-4o', input }), harmless, 'an item')
    assert.equal(reply.headers['x-aegis-classification'], 'hipaa')
    await world.local_ollama.stopListening()
    await assertKept(
      world,
      () => respond(world, { model: 'openai/gpt-4o', input }),
      harmless,
      'an item, and nobody is here',
    )
  })

  test('is refused to go on, and not sent, when a link of its chain is gone', async () => {
    await using world = await startOpenWorld()
    const first = idOf(await respond(world, { aegis: { data_classification: 'pii' } }))
    const second = idOf(await respond(world, { previous_response_id: first }))
    const url = `${world.gateway.url}/v1/responses/${first}`
    assert.equal((await fetch(url, { method: 'DELETE' })).status, 200)
    const body = { model: 'openai/gpt-4o', previous_response_id: second }
    const reply = await assertKept(world, () => respond(world, body), harmless, 'a broken chain')
    assert.equal(errorOf(reply).param, 'previous_response_id')
  })
})

/** A gateway over one ledger file, to be stopped and started again. */
async function startPlace(folder: string) {
  const ollama = await startOllamaUpstream({ models: ['llama3.2:8b'] })
  const openai = await startOpenAIUpstream()
  const start = (more: Partial<ConfigInput> = {}) =>
    startGateway({
      providers: { local: localOllama(ollama), openai: openAIProvider(openai) },
      ledger: `sqlite:${join(folder, 'aegis.db')}`,
      ...more,
    })
  const close = async () => {
    await ollama.close()
    await openai.close()
  }
  return { ollama, openai, start, [Symbol.asyncDispose]: close }
}

const auth = { master_key: 'sk-aegis-right-key' }
const key = { authorization: `Bearer ${auth.master_key}` }

function create({ url }: RunningGateway, body: object, headers: Record<string, string> = {}): Promise<Reply> {
  return ask(`${url}/v1/responses`, { model: 'auto', input: 'Hello.', ...body } as never, { headers })
}

test('after a restart a restricted response can be read and gone on with, and is as restricted as before', async () => {
  using folder = temporaryFolder()
  await using place = await startPlace(folder.path)
  let made: Reply
  {
    await using gateway = await place.start()
    made = await create(gateway, { aegis: { data_classification: 'hipaa' } })
  }
  await using gateway = await place.start()
  assert.deepEqual((await get(`${gateway.url}/v1/responses/${idOf(made)}`)).json, made.json)
  const next = await create(gateway, { model: 'openai/gpt-4o', previous_response_id: idOf(made) })
  assert.equal(next.headers['x-aegis-location'], 'local')
  assert.equal(next.headers['x-aegis-classification'], 'hipaa')
  assert.equal(place.openai.journal.connections.length, 0)
})

test('no file has a word of what is kept, and the key may be read by its owner only', async () => {
  using folder = temporaryFolder()
  await using place = await startPlace(folder.path)
  const shown: string[] = []
  {
    await using gateway = await place.start()
    for (const canary of Object.values(canaries)) {
      place.ollama.next({ text: canary })
      const metadata = { note: canary }
      const reply = await create(gateway, { input: canary, instructions: canary, metadata })
      assert.equal(reply.status, 200, reply.text)
      await create(gateway, { input: canary, stream: true, aegis: { data_classification: 'pii' } })
    }
    shown.push(JSON.stringify(gateway.log), (await get(`${gateway.url}/metrics`)).text)
  }
  const files = readdirSync(folder.path, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  assert.ok(files.some(({ name }) => name === 'aegis.db'))
  for (const { parentPath, name } of files) shown.push(readFileSync(join(parentPath, name), 'latin1'))
  for (const canary of Object.values(canaries)) for (const text of shown) assertAbsent(text, canary, text.slice(0, 40))
  assert.equal(statSync(join(folder.path, 'aegis.content.key')).mode & 0o777, 0o600)
})

test('who has another key cannot learn of a response, read it, go on with it or remove it', async () => {
  using folder = temporaryFolder()
  await using place = await startPlace(folder.path)
  let id: string
  {
    await using gateway = await place.start({ auth })
    id = idOf(await create(gateway, {}, key))
  }
  {
    await using gateway = await place.start()
    const url = `${gateway.url}/v1/responses/${id}`
    assert.equal((await get(url)).status, 404)
    assert.equal((await get(`${url}/input_items`)).status, 404)
    assert.equal((await fetch(url, { method: 'DELETE' })).status, 404)
    assert.equal((await create(gateway, { previous_response_id: id })).status, 400)
  }
  await using gateway = await place.start({ auth })
  assert.equal((await get(`${gateway.url}/v1/responses/${id}`, { headers: key })).status, 200)
})

test('without the content key that sealed it a response is lost, and the error says how to get it back', async () => {
  using folder = temporaryFolder()
  await using place = await startPlace(folder.path)
  const file = join(folder.path, 'aegis.content.key')
  let id: string
  {
    await using gateway = await place.start()
    id = idOf(await create(gateway, { aegis: { data_classification: 'pii' } }))
  }
  const kept = readFileSync(file)
  rmSync(file)
  {
    await using gateway = await place.start()
    const reply = await create(gateway, { model: 'openai/gpt-4o', previous_response_id: id })
    assert.equal(errorOf(reply).code, 'not_found')
    assert.match(String(errorOf(reply).message), /content\.key/)
    assert.equal(place.openai.journal.connections.length, 0)
  }
  writeFileSync(file, kept)
  await using gateway = await place.start()
  assert.equal((await get(`${gateway.url}/v1/responses/${id}`)).status, 200)
})

test('a key from the configuration opens what it sealed, wherever the files are', async () => {
  using folder = temporaryFolder()
  await using place = await startPlace(folder.path)
  const content = { key: 'a-key-of-the-configuration' }
  let id: string
  {
    await using gateway = await place.start({ content })
    id = idOf(await create(gateway, {}))
  }
  assert.ok(!readdirSync(folder.path).includes('aegis.content.key'))
  await using gateway = await place.start({ content })
  assert.equal((await get(`${gateway.url}/v1/responses/${id}`)).status, 200)
})

test('a response is gone when its time is over', async () => {
  let nowMs = Date.parse('2026-11-01T12:00:00Z')
  const clock = { wallMs: () => nowMs, monotonicMs: () => performance.now() }
  await using world = await startOpenWorld({ config: { content: { keep_days: 2 } }, gateway: { clock } })
  const id = idOf(await respond(world, {}))
  const url = `${world.gateway.url}/v1/responses/${id}`
  nowMs += 2 * 86_400_000 - 1
  assert.equal((await get(url)).status, 200)
  nowMs += 1
  assert.equal((await get(url)).status, 404)
})

test('an answer is given also when it cannot be kept, and says that it was not', async () => {
  await using world = await startOpenWorld()
  const { shelf } = world.gateway.aegis.gateway
  const keep = shelf.keep.bind(shelf)
  shelf.keep = () => Promise.reject(new Error('CANARY-7f3a91'))
  for (const stream of [false, true]) {
    const reply = await respond(world, { stream })
    assert.equal(reply.status, 200)
    assert.match(reply.text, /"store":false/)
    assert.doesNotMatch(reply.text + JSON.stringify(world.gateway.log), /CANARY/)
  }
  shelf.keep = keep
  assert.equal(world.gateway.log.filter(({ event }) => event === 'response_not_kept').length, 2)
  for (const { journal } of cloudsOf(world)) assert.equal(journal.connections.length, 0)
})
