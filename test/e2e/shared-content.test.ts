// Proves that several gateways on one PostgreSQL share what is kept, when they have the same content key, and only then.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startOllamaUpstream } from '../../src/testing/index.ts'
import { assertAbsent, canaries } from '../make/canaries.ts'
import { localOllama, type RunningGateway, startGateway } from '../make/gateway.ts'
import { PostgresServer } from '../make/postgres.ts'
import { asking, batchEnd, resultsOf, startBatch, upload } from './batch-client.ts'
import { ask, errorOf, get } from './client.ts'
import { temporaryFolder } from './world.ts'

let postgres: PostgresServer
before(async () => {
  postgres = await PostgresServer.start()
})
after(() => postgres.end())

const card = canaries['a card'] as string

test('two gateways with one key share responses, files and batches; a third without it can read none', async () => {
  using folder = temporaryFolder()
  await using upstream = await startOllamaUpstream()
  const url = await postgres.newDatabase()
  const start = (name: string, key: string) =>
    startGateway({
      providers: { local: localOllama(upstream) },
      ledger: { url, journal: `${folder.path}/${name}` },
      content: { key },
    })
  await using first = await start('first', 'the-key-that-they-share')
  await using second = await start('second', 'the-key-that-they-share')
  await using foreign = await start('foreign', 'the-key-of-another-one')

  const create = (gateway: RunningGateway, body: object) =>
    ask(`${gateway.url}/v1/responses`, { model: 'auto', ...body } as never)
  const made = await create(first, { input: card, aegis: { data_classification: 'pii' } })
  const id = made.json.id as string
  assert.deepEqual((await get(`${second.url}/v1/responses/${id}`)).json, made.json)
  const next = await create(second, { input: 'Go on.', previous_response_id: id })
  assert.equal(next.headers['x-aegis-classification'], 'pii')
  const refused = await create(foreign, { input: 'Go on.', previous_response_id: id })
  assert.equal(refused.status, 404)
  assert.match(String(errorOf(refused).message), /content\.key/)

  const lines = Array.from({ length: 12 }, (_, index) => asking(`q${index}`, `${card} ${index}`))
  const batch = (await startBatch(first.url, await upload(second.url, lines))).json.id as string
  const over = await batchEnd(second.url, batch)
  assert.deepEqual(over.request_counts, { total: 12, completed: 12, failed: 0 })
  assert.equal((await resultsOf(first.url, over)).size, 12)
  assert.equal(upstream.journal.requests.filter(({ path }) => path === '/api/chat').length, 12 + 2, 'each line once')

  for (const table of ['content', 'batch', 'batch_item', 'usage']) {
    const rows = await postgres.ask(`SELECT ${table}::text AS row FROM aegis.${table}`, url)
    assert.ok(rows.length > 0, table)
    assertAbsent(JSON.stringify(rows), card, table)
  }
})
