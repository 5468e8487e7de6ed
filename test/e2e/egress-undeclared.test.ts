// What becomes of data that nobody declared when things fail, run beside each other, are configured or explained.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../src/testing/index.ts'
import { assertAbsent, canaries, harmless } from '../make/canaries.ts'
import { errorOf, get, member } from './client.ts'
import { assertKept, assertSent, bytesAtClouds, cloudChat, startOpenWorld } from './undeclared.ts'
import { temporaryFolder, type World, type WorldOptions } from './world.ts'

const card = canaries['a card'] as string
const saying = (content: string, more: JsonObject = {}) => cloudChat({ messages: [{ role: 'user', content }], ...more })
const large = `${'Nothing to see here, and nothing there. '.repeat(2_000)} `

test('an answer says what was found: the level, and that it stayed here', async () => {
  await using world = await startOpenWorld()
  const found = await assertKept(world, () => world.chat(saying(card)), card, 'a card')
  assert.equal(found.headers['x-aegis-classification'], 'pii')
  const token = canaries['a token'] as string
  const secret = await assertKept(world, () => world.chat(saying(token)), token, 'a token')
  assert.equal(secret.headers['x-aegis-classification'], 'confidential')
})

test('when the local provider fails in any way, a finding is refused and goes nowhere else', async () => {
  await using world = await startOpenWorld()
  for (const behaviour of [{ status: 500 }, { disconnectAfter: -1 }, { disconnectAfter: 0 }, { rawBody: '{' }]) {
    world.local_ollama.reset()
    world.local_ollama.always(behaviour)
    for (const stream of [false, true]) {
      for (const text of [card, large + card]) {
        const reply = await assertKept(world, () => world.chat(saying(text, { stream })), card, 'a fault')
        assert.equal(reply.status, 503, reply.text)
      }
    }
  }
  await world.local_ollama.stopListening()
  const gone = await assertKept(world, () => world.chat(saying(card)), card, 'gone')
  assert.equal(gone.status, 503)
  await assertSent(world, () => world.chat(saying(harmless)), 'the same without')
})

test('without a local provider a finding is refused, and never sent to the cloud', async () => {
  await using world = await startOpenWorld({ providers: { local_ollama: undefined } })
  for (const text of [card, large + card]) {
    const reply = await assertKept(world, () => world.chat(saying(text)), card, 'no local provider')
    assert.equal(reply.status, 503, reply.text)
  }
  await assertSent(world, () => world.chat(saying(harmless)), 'the same without')
})

test('clouds that fail are not a way out, and the fallback of harmless data carries no other request', async () => {
  await using world = await startOpenWorld()
  world.openai.always({ status: 503 })
  const texts = Array.from({ length: 30 }, (_, index) =>
    index % 3 === 0 ? card : index % 3 === 1 ? large + card : `${harmless} ${index}`,
  )
  const replies = await Promise.all(texts.map((text, index) => world.chat(saying(text, { stream: index % 2 === 0 }))))
  for (const [index, reply] of replies.entries()) {
    assert.equal(reply.status, 200, reply.text)
    assert.equal(reply.headers['x-aegis-location'], texts[index]?.includes(card) ? 'local' : 'cloud')
  }
  for (const { journal } of [world.openai, world.ollama_cloud]) assertAbsent(journal.allBytes(), card, 'a cloud')
  assert.ok(bytesAtClouds(world) > 0)
})

describe('as configured', () => {
  const withDetect = (privacy: NonNullable<WorldOptions['config']>['privacy']) =>
    startOpenWorld({ config: { privacy } })

  test('with detection off only what is declared stays here', async () => {
    await using world = await withDetect({ detect: { enabled: false } })
    await assertSent(world, () => world.chat(saying(card)), 'not searched')
    const declared = saying(card, { aegis: { data_classification: 'pii' } })
    const before = bytesAtClouds(world)
    await world.chat(declared)
    assert.equal(bytesAtClouds(world), before)
  })

  test('a trusted declaration is not searched; without one the same text is', async () => {
    await using world = await withDetect({ detect: { trust_declared: true } })
    await assertSent(world, () => world.chat(saying(card, { aegis: { data_classification: 'public' } })), 'trusted')
    await assertKept(world, () => world.chat(saying(card)), card, 'not declared')
  })

  test('a declaration is not trusted unless that is configured', async () => {
    await using world = await startOpenWorld()
    for (const level of ['public', 'internal']) {
      const body = saying(card, { aegis: { data_classification: level } })
      await assertKept(world, () => world.chat(body), card, level)
    }
  })

  test('a type that is ignored goes out, and others do not', async () => {
    await using world = await withDetect({ detect: { ignore: ['ip_address'] } })
    const server = 'The server answers at 81.169.145.77 today.'
    await assertSent(world, () => world.chat(saying(server)), 'ignored')
    await using usual = await startOpenWorld()
    await assertKept(usual, () => usual.chat(saying(server)), server, 'not ignored')
    const address = canaries['an e-mail address'] as string
    await assertKept(world, () => world.chat(saying(address)), address, 'not ignored')
  })
})

test('an explanation names rule and place, and never the value', async () => {
  await using world = await startOpenWorld()
  for (const text of [card, large + card]) {
    const reply = await world.explain(saying(text))
    assert.equal(reply.status, 200, reply.text)
    const findings = member(reply, 'detected.findings') as unknown as readonly { rule: string; path: string }[]
    assert.ok(
      findings.some(({ rule, path }) => rule === 'card' && path === 'messages[0].content'),
      reply.text,
    )
    assert.equal(member(reply, 'classification.source'), 'detected')
    assertAbsent(reply.text, card, 'the explanation')
  }
  const named = await world.explain(cloudChat({ metadata: { [card]: { [card]: card } } }))
  assertAbsent(named.text, card, 'the explanation')
  assert.equal(bytesAtClouds(world), 0)
})

test('nothing of it stands in a log, the metrics, the status page, an error, the ledger or its journal', async () => {
  using folder = temporaryFolder()
  await using world = await startOpenWorld({ config: { ledger: `sqlite:${join(folder.path, 'aegis.db')}` } })
  const shown: string[] = []
  const asked = (text: string) => [saying(text), saying(large + text), saying('Hi.', { metadata: { [text]: text } })]
  const askAll = async () => {
    for (const canary of Object.values(canaries)) {
      for (const body of asked(canary)) shown.push(headersAndErrors(await world.chat(body)))
    }
  }
  await askAll()
  await world.local_ollama.stopListening()
  await askAll()
  for (const canary of Object.values(canaries))
    shown.push((await world.chat(JSON.stringify(saying(canary)).slice(0, -3))).text)
  shown.push(JSON.stringify(world.gateway.log), ...(await pagesOf(world)))
  await world.gateway.aegis.close()
  const files = readdirSync(folder.path, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  assert.ok(files.length > 0)
  for (const { parentPath, name } of files) shown.push(readFileSync(join(parentPath, name), 'latin1'))
  for (const canary of Object.values(canaries)) {
    for (const text of shown) assertAbsent(text, canary, text.slice(0, 60))
  }
  assert.equal(bytesAtClouds(world), 0)
})

function headersAndErrors(reply: Awaited<ReturnType<World['chat']>>): string {
  return `${JSON.stringify(reply.headers)} ${JSON.stringify(errorOf(reply))}`
}

function pagesOf({ gateway }: World): Promise<string[]> {
  return Promise.all(['/metrics', '/admin/status', '/admin'].map(async (path) => (await get(gateway.url + path)).text))
}
