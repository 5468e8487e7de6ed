// Proves that a batch is a queue of requests of their own: each is classified, routed and paid for by itself.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { assertAbsent, canaries, harmless } from '../make/canaries.ts'
import { asking, batchEnd, readBatch, resultsOf, runBatch, startBatch, upload } from './batch-client.ts'
import { ask, errorOf, get } from './client.ts'
import { cloudsOf, startOpenWorld } from './undeclared.ts'
import { startWorld, temporaryFolder, until, type World } from './world.ts'

const lines = (count: number, content = harmless) =>
  Array.from({ length: count }, (_, index) => asking(`q${index}`, `${content} ${index}`))

function chatsAt(world: World, name: 'openai' | 'ollama_cloud' | 'local_ollama'): string[] {
  const asked = world[name].journal.requests.filter(({ path }) => /chat/.test(path))
  return asked.map(({ json }) => JSON.stringify(json?.messages))
}

test('a batch of more than ten goes where large batches go, a smaller one does not', async () => {
  await using world = await startOpenWorld()
  const large = await runBatch(world.gateway.url, lines(11))
  assert.deepEqual(large.request_counts, { total: 11, completed: 11, failed: 0 })
  assert.equal(chatsAt(world, 'ollama_cloud').length, 11)
  await runBatch(world.gateway.url, lines(10))
  assert.equal(chatsAt(world, 'local_ollama').length, 10)
  assert.equal(chatsAt(world, 'ollama_cloud').length, 11)
})

describe('one restricted line among twenty', () => {
  test('is answered here though nobody declared it, and the nineteen others go to the cloud', async () => {
    for (const [name, canary] of Object.entries(canaries)) {
      await using world = await startOpenWorld()
      const asked = [...lines(19), asking('secret', canary)]
      const batch = await runBatch(world.gateway.url, asked)
      assert.deepEqual(batch.request_counts, { total: 20, completed: 20, failed: 0 }, name)
      assert.equal(chatsAt(world, 'ollama_cloud').length, 19)
      assert.equal(chatsAt(world, 'local_ollama').length, 1)
      for (const { journal, label } of cloudsOf(world)) assertAbsent(journal.allBytes(), canary, label)
    }
  })

  test('is declared in its own line, and stays here', async () => {
    await using world = await startOpenWorld()
    const secret = asking('secret', harmless, { aegis: { data_classification: 'hipaa' }, model: 'openai/gpt-4o' })
    await runBatch(world.gateway.url, [...lines(19), secret])
    assert.equal(chatsAt(world, 'local_ollama').length, 1)
    assert.equal(chatsAt(world, 'openai').length, 0)
  })

  test('fails alone when nobody here can answer, and makes no cloud choice', async () => {
    await using world = await startOpenWorld()
    await world.local_ollama.stopListening()
    const card = canaries['a card'] as string
    const batch = await runBatch(world.gateway.url, [...lines(19), asking('secret', card)])
    assert.deepEqual(batch.request_counts, { total: 20, completed: 19, failed: 1 })
    const failed = (await resultsOf(world.gateway.url, batch)).get('secret')
    assert.equal(failed?.response?.status_code, 503)
    assert.match(JSON.stringify(failed?.response?.body), /local_unavailable_for_restricted_data/)
    for (const { journal, label } of cloudsOf(world)) assertAbsent(journal.allBytes(), card, label)
  })
})

describe('what is declared of a batch or its file', () => {
  const declared = { 'x-aegis-data-classification': 'pii' }
  test('holds for every line, whatever the line says', async () => {
    await using world = await startOpenWorld()
    const { url } = world.gateway
    const asked = lines(12).map((line) => ({ ...line, body: { ...(line.body as object), model: 'openai/gpt-4o' } }))
    const lower = asked.map((line) => ({ ...line, body: { ...line.body, aegis: { data_classification: 'public' } } }))
    await runBatch(url, lower as never, {}, declared)
    await runBatch(url, asked as never, { aegis: { data_classification: 'pii' } })
    const file = await upload(url, asked as never, declared)
    await batchEnd(url, (await startBatch(url, file)).json.id as string)
    assert.equal(chatsAt(world, 'local_ollama').length, 36)
    for (const { journal } of cloudsOf(world)) assert.equal(journal.connections.length, 0)
  })

  test('may name a tier of quality, which routes its lines', async () => {
    await using world = await startOpenWorld()
    const hints = { aegis: { quality_requirement: 'critical', complexity: 'high', tags: ['nightly'] } }
    await runBatch(world.gateway.url, lines(3), hints)
    assert.equal(chatsAt(world, 'openai').length, 3)
    assert.ok((await world.usage()).every(({ tags }) => tags.includes('nightly')))
  })
})

test('a budget is never overdrawn by a batch: what does not fit is marked, and the rest is answered', async () => {
  const limit = 0.01
  await using world = await startWorld({
    limits: { openai: limit },
    providers: { local_ollama: undefined, ollama_cloud: undefined },
    config: { content: { batch_concurrency: 8 } },
  })
  const asked = lines(40).map((line) => ({ ...line, body: { ...(line.body as object), max_tokens: 200 } }))
  const batch = await runBatch(world.gateway.url, asked as never)
  const { completed, failed } = batch.request_counts
  assert.equal(completed + failed, 40)
  assert.ok(completed > 0 && failed > 0, `${completed} and ${failed}`)
  const refused = [...(await resultsOf(world.gateway.url, batch)).values()].filter(
    ({ response }) => response?.status_code !== 200,
  )
  for (const { response } of refused) {
    assert.equal(response?.status_code, 402)
    assert.match(JSON.stringify(response?.body), /budget_exceeded/)
  }
  await world.atRest()
  const { spent, reserved } = await world.budget('openai')
  assert.ok(spent <= limit * 1e9 && spent > 0, `${spent}`)
  assert.equal(reserved, 0)
})

test('no more lines are asked at once than is configured', async () => {
  await using world = await startWorld({ config: { content: { batch_concurrency: 3 } } })
  const { promise, resolve } = Promise.withResolvers<void>()
  world.local_ollama.always({ heldUntil: promise })
  const { url } = world.gateway
  const made = await startBatch(url, await upload(url, lines(9)))
  await until(() => chatsAt(world, 'local_ollama').length === 3, 'three are asked')
  assert.deepEqual((await readBatch(url, made.json.id as string)).request_counts, { total: 9, completed: 0, failed: 0 })
  assert.equal(chatsAt(world, 'local_ollama').length, 3)
  resolve()
  assert.equal((await batchEnd(url, made.json.id as string)).request_counts.completed, 9)
})

test('what is not asked within its window is marked so, and what was answered is kept', async () => {
  let nowMs = Date.parse('2026-11-01T12:00:00Z')
  const clock = { wallMs: () => nowMs, monotonicMs: () => performance.now() }
  await using world = await startWorld({ config: { content: { batch_concurrency: 1 } }, gateway: { clock } })
  const { promise, resolve } = Promise.withResolvers<void>()
  world.local_ollama.next({}, { heldUntil: promise })
  const { url } = world.gateway
  const made = await startBatch(url, await upload(url, lines(6)))
  await until(() => chatsAt(world, 'local_ollama').length === 2, 'the second is asked')
  nowMs += 24 * 3_600_000
  resolve()
  const batch = await batchEnd(url, made.json.id as string)
  assert.equal(batch.status, 'expired')
  assert.deepEqual(batch.request_counts, { total: 6, completed: 2, failed: 4 })
  const results = await resultsOf(url, batch)
  assert.equal(results.get('q5')?.error?.code, 'batch_expired')
  assert.equal(results.get('q5')?.response, null)
})

test('after a stop in the middle the next process goes on, and asks no line again that has its answer', async () => {
  using folder = temporaryFolder()
  const config = { ledger: `sqlite:${join(folder.path, 'aegis.db')}`, content: { batch_concurrency: 2 } }
  let id: string
  {
    await using world = await startWorld({ config })
    world.local_ollama.next({}, {}, {}, {}, { hang: 'before_headers' }, { hang: 'before_headers' })
    const { url } = world.gateway
    id = (await startBatch(url, await upload(url, lines(10)))).json.id as string
    await until(() => chatsAt(world, 'local_ollama').length === 6, 'two hang')
    await until(async () => (await readBatch(url, id)).request_counts.completed === 4, 'four are kept')
  }
  await using world = await startWorld({ config })
  const batch = await batchEnd(world.gateway.url, id)
  assert.deepEqual(batch.request_counts, { total: 10, completed: 10, failed: 0 })
  assert.equal(chatsAt(world, 'local_ollama').length, 6)
  assert.equal((await resultsOf(world.gateway.url, batch)).size, 10)
})

test('who has another key sees neither file nor batch of mine', async () => {
  using folder = temporaryFolder()
  const ledger = `sqlite:${join(folder.path, 'aegis.db')}`
  const key = { authorization: 'Bearer sk-aegis-right-key' }
  let fileId: string
  let batchId: string
  {
    await using world = await startWorld({ config: { ledger, auth: { master_key: 'sk-aegis-right-key' } } })
    const { url } = world.gateway
    fileId = await upload(url, lines(2), key)
    batchId = (await startBatch(url, fileId, {}, key)).json.id as string
    await batchEnd(url, batchId, key)
  }
  await using world = await startWorld({ config: { ledger } })
  const { url } = world.gateway
  for (const path of [`/v1/files/${fileId}`, `/v1/files/${fileId}/content`, `/v1/batches/${batchId}`])
    assert.equal((await get(url + path)).status, 404, path)
  for (const path of ['/v1/files', '/v1/batches']) assert.deepEqual((await get(url + path)).json.data, [])
  assert.equal((await fetch(`${url}/v1/files/${fileId}`, { method: 'DELETE' })).status, 404)
  assert.equal((await ask(`${url}/v1/batches/${batchId}/cancel`, {})).status, 404)
  assert.equal(errorOf(await startBatch(url, fileId)).param, 'input_file_id')
})

test('nothing of a batch stands in a file, a log or the metrics', async () => {
  using folder = temporaryFolder()
  const shown: string[] = []
  {
    await using world = await startOpenWorld({ config: { ledger: `sqlite:${join(folder.path, 'aegis.db')}` } })
    const { url } = world.gateway
    const asked = Object.entries(canaries).map(([name, canary]) => asking(canary, `${name}: ${canary}`))
    const batch = await runBatch(url, asked, { metadata: { note: canaries['a card'] as string } })
    assert.equal(batch.request_counts.completed, asked.length)
    await runBatch(url, [{ ...asked[0], url: canaries['a card'] } as never])
    shown.push(
      JSON.stringify(world.gateway.log),
      (await get(`${url}/metrics`)).text,
      (await get(`${url}/admin/status`)).text,
    )
  }
  const files = readdirSync(folder.path, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  assert.ok(files.some(({ name }) => name === 'aegis.db'))
  for (const { parentPath, name } of files) shown.push(readFileSync(join(parentPath, name), 'latin1'))
  for (const canary of Object.values(canaries)) for (const text of shown) assertAbsent(text, canary, text.slice(0, 40))
})
