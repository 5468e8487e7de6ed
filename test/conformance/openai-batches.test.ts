// Proves /v1/files and /v1/batches with OpenAI's own client, whatever wire answers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type OpenAI from 'openai'
import { toFile } from 'openai'
import type { Batch } from 'openai/resources/batches'
import { startOllamaUpstream } from '../../src/testing/index.ts'
import { until } from '../e2e/world.ts'
import { localOllama, startGateway } from '../make/gateway.ts'
import { openAIClient } from './openai-client.ts'
import { testEachWire } from './wires.ts'

const chatUrl = '/v1/chat/completions' as const
const saying = (content: string) => ({ model: 'auto', messages: [{ role: 'user', content }] })
const line = (customId: string, body: object, more: object = {}) =>
  JSON.stringify({ custom_id: customId, method: 'POST', url: chatUrl, body, ...more })

async function upload(client: OpenAI, lines: readonly string[]): Promise<string> {
  const file = await toFile(Buffer.from(lines.join('\n')), 'questions.jsonl')
  return (await client.files.create({ file, purpose: 'batch' })).id
}

async function run(client: OpenAI, lines: readonly string[]): Promise<Batch> {
  const input_file_id = await upload(client, lines)
  const { id } = await client.batches.create({ input_file_id, endpoint: chatUrl, completion_window: '24h' })
  return ended(client, id)
}

async function ended(client: OpenAI, id: string): Promise<Batch> {
  let batch: Batch | undefined
  const isOver = async () => {
    batch = await client.batches.retrieve(id)
    return ['completed', 'failed', 'cancelled', 'expired'].includes(batch.status)
  }
  await until(isOver, 'the batch is over')
  return batch as Batch
}

interface ResultLine {
  readonly id: string
  readonly custom_id: string
  readonly response: { status_code: number; request_id: string; body: Record<string, unknown> } | null
  readonly error: { code: string } | null
}

async function resultsOf(client: OpenAI, id: string | null | undefined): Promise<ResultLine[]> {
  assert.ok(id)
  const text = await (await client.files.content(id)).text()
  return text
    .trim()
    .split('\n')
    .map((one) => JSON.parse(one) as ResultLine)
}

test('a file is kept, shown, listed, read and removed', async () => {
  await using upstream = await startOllamaUpstream()
  await using gateway = await startGateway({ providers: { local: localOllama(upstream) } })
  const client = openAIClient(gateway)
  const bytes = Buffer.from(line('a', saying('Hällo "x"\u0000 日本')))
  const made = await client.files.create({ file: await toFile(bytes, 'fragen ä.jsonl'), purpose: 'batch' })
  assert.deepEqual([made.object, made.bytes, made.purpose], ['file', bytes.length, 'batch'])
  assert.equal(made.filename, 'fragen ä.jsonl')
  assert.deepEqual(await client.files.retrieve(made.id), made)
  assert.ok(Buffer.from(await (await client.files.content(made.id)).arrayBuffer()).equals(bytes))
  const others: string[] = []
  for (const name of ['b', 'c', 'd']) others.push(await upload(client, [line(name, saying(name))]))
  const listed: string[] = []
  for await (const file of client.files.list({ limit: 2 })) listed.push(file.id)
  assert.deepEqual(listed, [...others.reverse(), made.id])
  assert.equal((await client.files.delete(made.id)).deleted, true)
  await assert.rejects(client.files.retrieve(made.id), { status: 404 })
  await assert.rejects(client.files.content(made.id), { status: 404 })
  await assert.rejects(client.files.delete(made.id), { status: 404 })
})

testEachWire('a batch answers every line, in the order of its file, and counts them', async ({ gateway, model }) => {
  const client = openAIClient(gateway)
  const words = ['One', 'One two', 'One two three', 'One two three four', 'a b c d e', 'a b c d e f', 'a b c d e f g']
  const input_file_id = await upload(client, [...words.map((text, index) => line(`q${index}`, saying(text))), ''])
  const metadata = { team: 'north' }
  const made = await client.batches.create({ input_file_id, endpoint: chatUrl, completion_window: '24h', metadata })
  assert.deepEqual([made.object, made.request_counts?.total, made.metadata], ['batch', 7, metadata])
  const batch = await ended(client, made.id)
  assert.equal(batch.status, 'completed')
  assert.deepEqual({ ...batch.request_counts }, { total: 7, completed: 7, failed: 0 })
  assert.equal(batch.error_file_id, null)
  assert.ok(batch.completed_at && batch.completed_at >= batch.created_at)
  const results = await resultsOf(client, batch.output_file_id)
  assert.deepEqual(
    results.map(({ custom_id, response }) => [custom_id, response?.status_code, response?.body.model]),
    words.map((_, index) => [`q${index}`, 200, model]),
  )
  assert.match(JSON.stringify(results[2]?.response?.body), /You asked about 3 words/)
  assert.equal(new Set(results.map(({ id }) => id)).size, 7)
  assert.equal((await client.files.retrieve(batch.output_file_id as string)).purpose, 'batch_output')
  const listed: string[] = []
  for await (const one of client.batches.list({ limit: 1 })) listed.push(one.id)
  assert.deepEqual(listed, [batch.id])
})

testEachWire('lines that fail are in the error file with their status, and the others are answered', async (wire) => {
  const client = openAIClient(wire.gateway)
  const batch = await run(client, [
    line('good', saying('Hello')),
    line('no messages', { model: 'auto' }),
    line('no model', { ...saying('Hello'), model: 'nobody-has-this' }),
    line('streams', { ...saying('Hello'), stream: true }),
    line('twice', {}, {}).replace('"body":{}', '"body":{"model":"auto","model":"auto","messages":[]}'),
  ])
  assert.equal(batch.status, 'completed')
  assert.deepEqual({ ...batch.request_counts }, { total: 5, completed: 1, failed: 4 })
  assert.deepEqual(
    (await resultsOf(client, batch.output_file_id)).map(({ custom_id }) => custom_id),
    ['good'],
  )
  const errors = await resultsOf(client, batch.error_file_id)
  assert.deepEqual(
    errors.map(({ custom_id, response }) => [custom_id, response?.status_code]),
    [
      ['no messages', 400],
      ['no model', 404],
      ['streams', 400],
      ['twice', 400],
    ],
  )
  assert.match(JSON.stringify(errors[0]?.response?.body.error), /"param":"messages"/)
})

test('texts are embedded by a batch of their own endpoint', async () => {
  await using upstream = await startOllamaUpstream({ models: ['nomic-embed-text'] })
  await using gateway = await startGateway({
    providers: { local: localOllama(upstream, { models: ['nomic-embed-text'] }) },
  })
  const client = openAIClient(gateway)
  const endpoint = '/v1/embeddings' as const
  const lines = ['The sea.', 'The sky.'].map((input, index) =>
    line(`e${index}`, { model: 'auto', input }, { url: endpoint }),
  )
  const input_file_id = await upload(client, lines)
  const { id } = await client.batches.create({ input_file_id, endpoint, completion_window: '24h' })
  const batch = await ended(client, id)
  const results = await resultsOf(client, batch.output_file_id)
  assert.deepEqual(
    results.map(({ response }) => (response?.body.data as unknown[] | undefined)?.length),
    [1, 1],
  )
})

test('a file with mistakes fails its batch at once, says each by line, quotes nothing, and nothing is asked', async () => {
  await using upstream = await startOllamaUpstream()
  await using gateway = await startGateway({ providers: { local: localOllama(upstream) } })
  const client = openAIClient(gateway)
  const batch = await run(client, [
    line('CANARY-1', saying('CANARY')),
    '{"CANARY',
    '["CANARY"]',
    line('CANARY-1', saying('again')),
    line('', saying('CANARY')),
    line('b', saying('CANARY'), { method: 'GET' }),
    line('c', saying('CANARY'), { url: '/v1/CANARY' }),
    JSON.stringify({ custom_id: 'd', method: 'POST', url: chatUrl, body: 'CANARY' }),
  ])
  assert.equal(batch.status, 'failed')
  assert.deepEqual(
    batch.errors?.data?.map(({ line: number, code }) => [number, code]),
    [
      [2, 'invalid_json_line'],
      [3, 'invalid_json_line'],
      [4, 'duplicate_custom_id'],
      [5, 'missing_required_parameter'],
      [6, 'invalid_method'],
      [7, 'mismatched_url'],
      [8, 'missing_required_parameter'],
    ],
  )
  assert.doesNotMatch(JSON.stringify(batch), /CANARY/)
  const empty = await run(client, ['', '  '])
  assert.equal(empty.errors?.data?.[0]?.code, 'empty_file')
  assert.equal(upstream.journal.requests.length, 0)
})

test('wrong requests are errors of the client that name the field', async () => {
  await using upstream = await startOllamaUpstream()
  await using gateway = await startGateway({ providers: { local: localOllama(upstream) } })
  const client = openAIClient(gateway)
  const id = await upload(client, [line('a', saying('Hello'))])
  const asked = { input_file_id: id, endpoint: chatUrl, completion_window: '24h' as const }
  const cases: readonly (readonly [string, object])[] = [
    ['endpoint', { endpoint: '/v1/responses' }],
    ['completion_window', { completion_window: '1h' }],
    ['input_file_id', { input_file_id: 7 }],
    ['metadata', { metadata: { a: 1 } }],
    ['aegis.data_classification', { aegis: { data_classification: 'CANARY' } }],
  ]
  for (const [param, more] of cases)
    await assert.rejects(client.batches.create({ ...asked, ...more } as never), { status: 400, param })
  await assert.rejects(client.batches.create({ ...asked, input_file_id: 'file-none' }), { status: 404 })
  await assert.rejects(client.batches.retrieve('batch_none'), { status: 404 })
  await assert.rejects(client.batches.cancel('batch_none'), { status: 404 })
  const file = await toFile(Buffer.from('x'), 'x')
  await assert.rejects(client.files.create({ file, purpose: 'assistants' }), { status: 400, param: 'purpose' })
  const url = `${gateway.url}/v1/files`
  const plain = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
  assert.equal(plain.status, 400)
  const broken = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data' },
    body: 'CANARY',
  })
  assert.equal(broken.status, 400)
  assert.doesNotMatch(await broken.text(), /CANARY/)
})

test('a cancelled batch asks no further line and keeps what was answered', async () => {
  await using upstream = await startOllamaUpstream()
  const content = { batch_concurrency: 1 }
  await using gateway = await startGateway({ providers: { local: localOllama(upstream) }, content })
  const client = openAIClient(gateway)
  const { promise, resolve } = Promise.withResolvers<void>()
  upstream.next({}, { heldUntil: promise })
  const id = await upload(
    client,
    Array.from({ length: 20 }, (_, index) => line(`q${index}`, saying('Hello'))),
  )
  const { id: batchId } = await client.batches.create({
    input_file_id: id,
    endpoint: chatUrl,
    completion_window: '24h',
  })
  await until(() => upstream.journal.requests.filter(({ path }) => path === '/api/chat').length === 2, 'two are asked')
  await assert.rejects(client.files.delete(id), { status: 409 })
  assert.equal((await client.batches.cancel(batchId)).status, 'cancelling')
  resolve()
  const batch = await ended(client, batchId)
  assert.equal(batch.status, 'cancelled')
  assert.ok(batch.cancelling_at && batch.cancelled_at)
  assert.deepEqual({ ...batch.request_counts }, { total: 20, completed: 2, failed: 0 })
  assert.equal((await resultsOf(client, batch.output_file_id)).length, 2)
  assert.equal((await client.batches.cancel(batchId)).status, 'cancelled', 'once more changes nothing')
  assert.equal((await client.files.delete(id)).deleted, true)
})
