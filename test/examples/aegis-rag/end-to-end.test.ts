// End to end: a whole corpus read in while providers fail, money runs out, or nobody at home answers; then questions.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { chats, critical, leaked, long, manual, record, startRag } from './world.ts'

/** Documents that go to OpenAI, chunk by chunk. */
const agreements = Object.fromEntries(
  Array.from({ length: 6 }, (_, index) => [`agreement-${index}.md`, critical.replace('Harbour', `Harbour ${index}`)]),
)
const extractedBy = (calls: readonly { kind: string; provider: string }[]) =>
  calls.filter(({ kind }) => kind === 'extract').map(({ provider }) => provider)

describe('a corpus is read in and questions are answered', () => {
  test('though OpenAI goes down in the middle: the rest is extracted elsewhere, each chunk once', async () => {
    await using world = await startRag({ documents: { ...agreements, 'record.md': record }, concurrency: 1 })
    world.sandbox.openai.next({}, {})
    world.sandbox.openai.always({ disconnectAfter: -1 })
    await world.ingest()
    const providers = extractedBy(world.pipeline.calls)
    assert.equal(providers.filter((name) => name === 'openai').length, 2)
    assert.equal(providers.length, 7)
    assert.ok(world.store.documents().every(({ extracted, embedded, waitsFor }) => extracted && embedded && !waitsFor))
    const { answer, citations } = await world.pipeline.ask('What does Harbour 3 Supplies deliver to Northwind Clinic?')
    assert.match(answer, /Helix Valve/)
    assert.ok(citations.length > 0)
    assert.ok(!leaked(world.sandbox))
  })

  test('though OpenAI refuses connections from the middle on', async () => {
    await using world = await startRag({ documents: agreements, concurrency: 1 })
    const { openai } = world.sandbox
    const down = openai.journal.waitUntil(() => chats(openai).some(({ ended }) => ended === 'complete'), 60_000)
    const stopped = down.then(() => world.sandbox.set('openai', 'down'))
    await Promise.all([world.ingest(), stopped])
    assert.ok(world.store.documents().every(({ extracted, embedded }) => extracted && embedded))
    assert.ok(extractedBy(world.pipeline.calls).includes('openai'))
  })

  test('though the budget of the cloud is used up in the middle: nothing is spent over it, and home does the rest', async () => {
    // Room for the worst case of one extraction and the true cost of a few.
    const limit = 0.0025
    const budgets = { monthly_limits: { ollama_cloud: limit, openai: 5 } }
    await using world = await startRag({ documents: { 'long.md': long }, config: { budgets }, concurrency: 1 })
    await world.ingest()
    const providers = extractedBy(world.pipeline.calls)
    assert.equal(providers[0], 'ollama_cloud')
    assert.equal(providers.at(-1), 'local_ollama')
    const spent = world.pipeline.calls.reduce((sum, { costUsd }) => sum + costUsd, 0)
    assert.ok(spent > 0 && spent <= limit, `${spent} of ${limit}`)
    const [budget] = (await world.proxy.budgets()).filter(({ subject }) => subject === 'ollama_cloud')
    assert.ok(budget && Number(budget.spent) <= limit * 1e9)
    assert.ok(world.store.documents().every(({ extracted, embedded }) => extracted && embedded))
  })

  test('though nobody at home answers: restricted documents wait, nothing leaks, and the next run goes on there', async () => {
    await using world = await startRag({ documents: { 'long.md': long, 'record.md': record } })
    await world.sandbox.set('local', 'down')
    const told = await world.ingest()
    assert.ok(told.includes('extracted long.md') && told.includes('waits record.md'))
    const waiting = world.store.documents().find(({ path }) => path === 'record.md')
    assert.deepEqual(
      [waiting?.extracted, waiting?.embedded, waiting?.waitsFor],
      [false, false, 'local_unavailable_for_restricted_data'],
    )
    assert.ok(!leaked(world.sandbox))
    const inCloud = chats(world.sandbox.cloud).length
    assert.ok(inCloud > 10)

    await world.sandbox.set('local', 'up')
    const later = await world.ingest()
    assert.ok(
      later.includes('extracted record.md') &&
        later.includes('embedded record.md') &&
        !later.includes('extracted long.md'),
    )
    assert.equal(chats(world.sandbox.cloud).length, inCloud, 'what was done is not done again')
    assert.ok(world.store.documents().every(({ extracted, embedded, waitsFor }) => extracted && embedded && !waitsFor))
    const { classification, answer } = await world.pipeline.ask('What began in spring with Apixaban?')
    assert.equal(classification, 'hipaa')
    assert.match(answer, /Apixaban/)
    assert.ok(!leaked(world.sandbox))
  })

  test('and what is public is asked of the cloud while what is restricted is asked at home, in one session', async () => {
    await using world = await startRag({ documents: { 'manual.md': manual, 'record.md': record } })
    await world.ingest()
    const open = await world.pipeline.ask('Which valve does the Aurora Pump use?', { declared: 'public' })
    assert.deepEqual([open.classification, world.pipeline.calls.at(-1)?.location], ['public', 'cloud'])
    const closed = await world.pipeline.ask('What began in spring with Apixaban?', { declared: 'public' })
    assert.deepEqual([closed.classification, world.pipeline.calls.at(-1)?.location], ['hipaa', 'local'])
    assert.ok(!leaked(world.sandbox))
  })
})
