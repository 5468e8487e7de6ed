// Proves that a batch keeps its order and its bound, and that its tasks are routed, refused and failed one by one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LLMTask } from '../../src/index.ts'
import { patienceMs, startWorld } from './world.ts'

function tasks(count: number, more: LLMTask = {}): LLMTask[] {
  return Array.from({ length: count }, (_, index) => ({ prompt: `task-${index}-end`, ...more }))
}

for (const concurrency of [1, 3, 8]) {
  test(`no more than ${concurrency} tasks are under way at once, and no fewer`, async () => {
    await using world = await startWorld()
    const count = 30
    const { requests } = world.local.journal
    const gates = Array.from({ length: count }, () => Promise.withResolvers<void>())
    world.local.next(...gates.map(({ promise }) => ({ heldUntil: promise })))
    const running = world.aegis.generateBatch(tasks(count, { model: 'llama3.2:8b' }), { concurrency })
    for (const [released, gate] of gates.entries()) {
      const begun = Math.min(concurrency + released, count)
      await world.local.journal.waitUntil(() => requests.length >= begun, patienceMs)
      // A whole request of its own, elsewhere: one task too many would have arrived by now.
      await world.aegis.generate({ prompt: 'meanwhile', model: 'gpt-4o-mini' })
      assert.equal(requests.length, begun, `after ${released} answers`)
      gate.resolve()
    }
    const results = await running
    assert.ok(results.every(({ status }) => status === 'answered'))
    assert.equal(requests.length, count)
  })
}

test('results stand in the order of their tasks, whichever is ready first', async () => {
  await using world = await startWorld()
  const count = 24
  world.local.next(...Array.from({ length: count }, (_, index) => ({ delayHeadersMs: (index * 13) % 40 })))
  const batch = Array.from({ length: count }, (_, index) => ({
    prompt: Array(index + 1)
      .fill('word')
      .join(' '),
    model: 'llama3.2:8b',
  }))
  const results = await world.aegis.generateBatch(batch)
  const words = results.map((result) =>
    result.status === 'answered' ? Number(/about (\d+) words?/.exec(result.answer.text)?.[1]) : -1,
  )
  assert.deepEqual(
    words,
    Array.from({ length: count }, (_, index) => index + 1),
  )
})

test('one restricted task in twenty stays local, alone', async () => {
  await using world = await startWorld()
  const batch = tasks(20)
  batch[7] = { prompt: 'restricted-canary', dataClassification: 'hipaa' }
  const results = await world.aegis.generateBatch(batch)
  const reasons = results.map((result) =>
    result.status === 'answered' ? [result.answer.provider, result.answer.reason] : [],
  )
  for (const [index, found] of reasons.entries()) {
    const expected = index === 7 ? ['local_ollama', 'sensitive_data_local_only'] : ['ollama_cloud', 'scale_or_quality']
    assert.deepEqual(found, expected, `task ${index}`)
  }
  for (const upstream of [world.cloud, world.openai])
    assert.ok(!upstream.journal.allBytes().includes('restricted-canary'))
  assert.equal(world.cloud.journal.requests.filter(({ path }) => path === '/api/chat').length, 19)
  assert.equal(world.local.journal.requests.filter(({ path }) => path === '/api/chat').length, 1)
})

test('the size of a batch is the batch size of its tasks, unless a task has its own', async () => {
  await using world = await startWorld()
  const providerOf = async (batch: readonly LLMTask[]) => {
    const [first] = await world.aegis.generateBatch(batch)
    return first?.status === 'answered' ? first.answer.provider : undefined
  }
  assert.equal(await providerOf(tasks(10)), 'local_ollama')
  assert.equal(await providerOf(tasks(11)), 'ollama_cloud')
  assert.equal(await providerOf(tasks(11, { batchSize: 1 })), 'local_ollama')
  assert.equal(await providerOf(tasks(1, { batchSize: 50 })), 'ollama_cloud')
})

test('tasks that fail do not fail the others', async () => {
  await using world = await startWorld()
  const batch: LLMTask[] = tasks(6, { model: 'llama3.2:8b' })
  batch[1] = { prompt: 'x', model: 'gpt-99' }
  batch[2] = { prompt: 'x', ...{ promt: 'y' } }
  batch[4] = { prompt: 'x', model: 'gpt-4o' }
  world.openai.always({ status: 400, errorBody: { error: { message: 'No.', type: 'invalid_request_error' } } })
  const results = await world.aegis.generateBatch(batch, { concurrency: 2 })
  const seen = results.map((result) =>
    result.status === 'answered' ? 'answered' : `${result.error.code} ${result.error.param}`,
  )
  assert.deepEqual(seen, [
    'answered',
    'unknown_model model',
    'invalid_request promt',
    'answered',
    'invalid_request undefined',
    'answered',
  ])
})

test('a signal ends what runs of a batch and starts nothing more', async () => {
  await using world = await startWorld()
  world.local.always({ hang: 'before_headers' })
  const controller = new AbortController()
  const running = world.aegis.generateBatch(tasks(9), { concurrency: 2, signal: controller.signal })
  await world.local.journal.waitUntil(() => world.local.journal.requests.length === 2, patienceMs)
  controller.abort()
  const results = await running
  assert.deepEqual(
    results.map((result) => result.status === 'failed' && result.error.code),
    Array(9).fill('client_closed'),
  )
  assert.equal(world.local.journal.requests.length, 2)
})

test('a batch of nothing is nothing, and a bound that is none is refused', async () => {
  await using world = await startWorld()
  assert.deepEqual(await world.aegis.generateBatch([]), [])
  for (const concurrency of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1001]) {
    const refused = { code: 'invalid_request', param: 'concurrency' }
    await assert.rejects(world.aegis.generateBatch(tasks(1), { concurrency }), refused)
  }
})
