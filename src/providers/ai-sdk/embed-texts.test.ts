// Proves what embeddings by the packages of the AI SDK send, how many calls they make, and what a failure among those costs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forgedAttempt, fundedAttempt } from '../../../test/make/attempt.ts'
import { embeddingBody } from '../../../test/make/embedding-body.ts'
import { makings, type ServiceKind, startService, type TestService } from '../../../test/make/service.ts'
import { classifiedAs, task } from '../../../test/make/task.ts'
import { Cancellation } from '../../domain/cancellation.ts'
import type { Completion } from '../../domain/completion.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import { simulatedEmbedding } from '../../testing/embedding.ts'

/** Longer than anything takes; a wait that reaches it has failed. */
const patienceMs = 15_000

interface List {
  readonly data: readonly { readonly index: number; readonly embedding: readonly number[] }[]
  readonly usage?: { readonly prompt_tokens: number }
}

function embed(
  service: TestService,
  kind: ServiceKind,
  body: object,
  { model = makings[kind].embedding ?? '', signal = new Cancellation() } = {},
): Promise<Completion> {
  const { provider } = service
  const attempt = fundedAttempt({ provider: provider.ref, model, task: task({ body: embeddingBody(body) }) })
  return provider.embed(attempt, signal)
}

const listOf = ({ body }: Completion) => JSON.parse(body.toString()) as List
const sentBodies = ({ upstream }: TestService) => upstream.journal.requests.map(({ json }) => json ?? {})

async function failureOf(running: Promise<unknown>): Promise<ProviderFailure> {
  const error = await running.then(
    () => assert.fail('it did not fail'),
    (caught: unknown) => caught,
  )
  assert.ok(error instanceof ProviderFailure, String(error))
  return error
}

const calls: readonly (readonly [ServiceKind, number, number])[] = [
  ['google', 1, 1],
  ['google', 101, 2],
  ['vertex', 250, 1],
  ['cohere', 97, 2],
  ['bedrock', 20, 20],
]
for (const [kind, texts, requests] of calls) {
  test(`${kind} is asked ${requests} times for ${texts} texts, and their order is kept`, async () => {
    await using service = await startService(kind)
    const input = Array.from({ length: texts }, (_, index) => `text ${index}`)
    const answer = await embed(service, kind, { input, dimensions: 256 })
    const { data, usage } = listOf(answer)
    assert.equal(service.upstream.journal.requests.length, requests)
    assert.deepEqual(
      data.map(({ index, embedding }) => [index, embedding]),
      input.map((text, index) => [index, simulatedEmbedding(text, 256)]),
    )
    const billed = service.upstream.journal.requests.reduce((sum, one) => sum + (one.billed?.inputTokens ?? 0), 0)
    assert.equal(answer.usage?.inputTokens, kind === 'google' ? undefined : billed)
    assert.equal(usage?.prompt_tokens, kind === 'google' ? undefined : billed)
  })
}

const wishes: readonly (readonly [ServiceKind, string, object, object])[] = [
  [
    'google',
    'gemini-embedding-001',
    { task_type: 'RETRIEVAL_QUERY' },
    { outputDimensionality: 512, taskType: 'RETRIEVAL_QUERY' },
  ],
  ['cohere', 'embed-v4.0', { input_type: 'search_document' }, { output_dimension: 512, input_type: 'search_document' }],
  ['bedrock', 'amazon.titan-embed-text-v2:0', {}, { dimensions: 512 }],
  [
    'bedrock',
    'cohere.embed-v4:0',
    { input_type: 'search_document' },
    { output_dimension: 512, input_type: 'search_document' },
  ],
]
for (const [kind, model, wish, expected] of wishes) {
  test(`${model} of ${kind} is told the dimensions, and what the vectors are for`, async () => {
    await using service = await startService(kind)
    const { data } = listOf(await embed(service, kind, { input: 'a text', dimensions: 512, ...wish }, { model }))
    const [sent] = sentBodies(service)
    assert.deepEqual({ ...sent, ...expected }, sent)
    assert.equal(data[0]?.embedding.length, 512)
  })
}

test('the families of Bedrock are each read with their count, or without one', async () => {
  await using service = await startService('bedrock')
  for (const model of [
    'amazon.titan-embed-text-v2:0',
    'amazon.nova-2-multimodal-embeddings-v1:0',
    'cohere.embed-v4:0',
  ]) {
    const counted = await embed(service, 'bedrock', { input: 'three short words' }, { model })
    assert.ok((counted.usage?.inputTokens ?? 0) > 0, model)
    service.upstream.next({ usage: 'absent' })
    const uncounted = await embed(service, 'bedrock', { input: 'three short words' }, { model })
    assert.equal(uncounted.usage?.inputTokens || undefined, undefined, model)
    assert.equal(listOf(uncounted).data.length, 1)
  }
})

test('lists of token ids are not for these wires, and nothing is sent', async () => {
  for (const kind of ['google', 'vertex', 'cohere', 'bedrock'] as const) {
    await using service = await startService(kind)
    for (const input of [
      [1, 2, 3],
      [[1, 2], [3]],
    ]) {
      const failure = await failureOf(embed(service, kind, { input }))
      assert.deepEqual([failure.kind, failure.dispatched], ['unsupported', false])
    }
    assert.equal(service.upstream.journal.requests.length, 0)
  }
})

test('Anthropic embeds nothing, and a model’s name that would lead elsewhere is none', async () => {
  await using anthropic = await startService('anthropic')
  assert.equal((await failureOf(embed(anthropic, 'anthropic', { input: 'a' }))).kind, 'unsupported')
  await using google = await startService('google')
  const elsewhere = embed(google, 'google', { input: 'a' }, { model: '../tunedModels/x' })
  assert.equal((await failureOf(elsewhere)).kind, 'model_missing')
  assert.equal(google.upstream.journal.requests.length, 0)
})

test('a refusal of the only call says that nothing was billed; one of several does not', async () => {
  await using service = await startService('bedrock')
  service.upstream.next({ status: 429 })
  const alone = await failureOf(embed(service, 'bedrock', { input: 'a text' }))
  assert.deepEqual([alone.kind, alone.upstreamStatus], ['rate_limited', 429])
  const input = Array.from({ length: 12 }, (_, index) => `text ${index}`)
  service.upstream.next(...Array.from({ length: 8 }, () => ({})), { status: 429 })
  const among = await failureOf(embed(service, 'bedrock', { input }))
  assert.deepEqual([among.kind, among.upstreamStatus, among.dispatched], ['rate_limited', undefined, true])
})

test('a caller who leaves frees every call', async () => {
  await using service = await startService('bedrock')
  service.upstream.always({ hang: 'before_headers' })
  const signal = new Cancellation()
  const running = failureOf(embed(service, 'bedrock', { input: ['a', 'b', 'c'] }, { signal }))
  await service.upstream.journal.waitFor(({ method, ended }) => method === 'POST' && ended === 'open', patienceMs)
  signal.cancel('client_closed')
  assert.equal((await running).kind, 'cancelled')
  await service.upstream.journal.waitFor(
    () => service.upstream.journal.requests.every(({ ended }) => ended !== 'open'),
    patienceMs,
  )
})

test('a restricted text that comes here by a fault of routing is refused by the second lock', async () => {
  for (const kind of ['google', 'vertex', 'cohere', 'bedrock'] as const) {
    await using service = await startService(kind)
    const parts = { provider: service.provider.ref, classification: classifiedAs('pii') }
    const attempt = forgedAttempt({ ...parts, task: task({ body: embeddingBody({ input: 'a text' }) }) })
    const failure = await failureOf(service.provider.embed(attempt, new Cancellation()))
    assert.deepEqual([failure.kind, failure.dispatched], ['privacy_refused', false])
    assert.equal(service.violations.length, 1)
    assert.equal(service.upstream.journal.connections.length, 0)
  }
})
