// Integration tests of the ingestion graph over real HTTP upstreams: routing, classification, budgets, fallback, going on.
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { asked, canary, chats, critical, leaked, long, manual, startRag } from './world.ts'

const extractions = (calls: readonly { kind: string }[]) => calls.filter(({ kind }) => kind === 'extract')

describe('routing of the ingestion', () => {
  test('a large batch of public chunks is extracted where there is scale', async () => {
    await using world = await startRag({ documents: { 'long.md': long } })
    await world.ingest()
    const calls = world.pipeline.calls.filter(({ kind }) => kind === 'extract')
    assert.ok(calls.length > 10)
    assert.ok(calls.every(({ provider, reason }) => provider === 'ollama_cloud' && reason === 'scale_or_quality'))
  })

  test('a few public chunks are extracted at home', async () => {
    await using world = await startRag({ documents: { 'manual.md': manual } })
    await world.ingest()
    assert.ok(world.pipeline.calls.every(({ provider }) => provider === 'local_ollama'))
  })

  test('a critical document is extracted by the best there is', async () => {
    await using world = await startRag({ documents: { 'agreement.md': critical } })
    await world.ingest()
    const [call] = world.pipeline.calls.filter(({ kind }) => kind === 'extract')
    assert.deepEqual([call?.provider, call?.reason], ['openai', 'critical_quality'])
  })

  test('a critical document that is restricted stays at home all the same', async () => {
    const documents = { 'record.md': critical.replace('internal', 'hipaa').replace('Harbour', canary) }
    await using world = await startRag({ documents })
    await world.ingest()
    assert.deepEqual(new Set(world.pipeline.calls.map(({ location }) => location)), new Set(['local']))
    assert.ok(!leaked(world.sandbox))
  })

  test('a restricted document in a large batch of public ones neither leaves nor keeps them', async () => {
    await using world = await startRag({
      documents: { 'long.md': long, 'record.md': `---\nclassification: hipaa\n---\n${canary} again` },
    })
    await world.ingest()
    const restricted = world.pipeline.calls.filter(({ classification }) => classification === 'hipaa')
    assert.ok(restricted.length > 0 && restricted.every(({ location }) => location === 'local'))
    assert.ok(chats(world.sandbox.cloud).length > 10)
    assert.ok(!leaked(world.sandbox))
  })

  test('every embedding is made at home, so that all vectors are of one space', async () => {
    await using world = await startRag({ documents: { 'long.md': long, 'agreement.md': critical } })
    await world.ingest()
    const embeddings = world.pipeline.calls.filter(({ kind }) => kind === 'embed')
    assert.ok(embeddings.length === 2 && embeddings.every(({ location }) => location === 'local'))
    assert.equal(
      [world.sandbox.cloud, world.sandbox.openai].flatMap(asked).filter(({ path }) => /embed/.test(path)).length,
      0,
    )
  })

  test('what Aegis detects keeps a document at home that says nothing of itself', async () => {
    const note = `Write to jonathan.whitaker@example.org about ${canary}.`
    await using world = await startRag({ documents: { 'long.md': long, 'note.txt': note } })
    await world.ingest()
    assert.equal(world.store.documents().find(({ path }) => path === 'note.txt')?.classification, 'pii')
    assert.ok(!leaked(world.sandbox))
  })
})

describe('what is stored', () => {
  test('has the classification of its document in every table', async () => {
    await using world = await startRag()
    await world.ingest()
    for (const table of ['documents', 'chunks', 'entities', 'relations']) {
      const levels = world.store
        .counts()
        .filter((count) => count.table === table)
        .map(({ classification }) => classification)
      assert.deepEqual(levels, ['hipaa', 'public'], table)
    }
  })

  test('has entities and relations that stand in the text', async () => {
    await using world = await startRag({ documents: { 'manual.md': manual } })
    await world.ingest()
    assert.deepEqual(world.store.namesIn('the aurora pump and its helix valve'), ['Aurora Pump', 'Helix Valve'])
    assert.deepEqual(
      world.store.factsAbout(['Aurora Pump', 'Helix Valve'], 9).map(({ relation }) => relation),
      ['uses'],
    )
  })

  test('is not made again for a document that has not changed', async () => {
    await using world = await startRag()
    await world.ingest()
    const before = world.pipeline.calls.length
    assert.deepEqual(await world.ingest(), ['unchanged manual.md', 'unchanged record.md'])
    assert.equal(world.pipeline.calls.length, before)
  })

  test('is made anew for one that has changed, and goes with one that is gone', async () => {
    await using world = await startRag()
    await world.ingest()
    world.write({ 'manual.md': manual.replace('Helix Valve', 'Comet Valve') })
    rmSync(join(world.folder, 'record.md'))
    const told = await world.ingest()
    assert.ok(told.includes('loaded manual.md') && told.includes('removed record.md'))
    assert.deepEqual(
      world.store.documents().map(({ path }) => path),
      ['manual.md'],
    )
    assert.ok(world.store.namesIn('comet valve').length > 0)
  })

  test('is nothing of a document whose classification is misspelt', async () => {
    await using world = await startRag({ documents: { 'a.md': '---\nclassification: secret\n---\ntext' } })
    await assert.rejects(world.ingest(), /a\.md: classification must be one of public/)
    assert.deepEqual([world.store.documents(), world.pipeline.calls], [[], []])
  })
})

describe('when a provider fails', () => {
  test('the extraction falls back to another one and every document is read in', async () => {
    await using world = await startRag({ documents: { 'long.md': long } })
    await world.sandbox.set('cloud', 'failing')
    await world.ingest()
    assert.ok(world.store.documents().every(({ extracted, embedded }) => extracted && embedded))
    assert.ok(
      extractions(world.pipeline.calls).every((call) => (call as { provider?: string }).provider !== 'ollama_cloud'),
    )
  })

  test('answers that are broken count as failures too', async () => {
    await using world = await startRag({ documents: { 'agreement.md': critical } })
    await world.sandbox.set('openai', 'malformed')
    await world.ingest()
    const [call] = world.pipeline.calls.filter(({ kind }) => kind === 'extract')
    assert.notEqual(call?.provider, 'openai')
    assert.ok(world.store.documents()[0]?.extracted)
  })

  test('no budget sends the work to a cheaper one, and nothing is spent over the limit', async () => {
    const budgets = { monthly_limits: { openai: 0.0001, ollama_cloud: 5 } }
    await using world = await startRag({ documents: { 'agreement.md': critical }, config: { budgets } })
    await world.ingest()
    assert.equal(asked(world.sandbox.openai).length, 0)
    assert.ok(world.store.documents().every(({ extracted }) => extracted))
  })

  test('replies that are no extraction make their documents wait, and the next run goes on there', async () => {
    await using world = await startRag()
    world.sandbox.local.alwaysAt('/api/chat', { text: 'no JSON at all' })
    await world.ingest()
    const states = () =>
      world.store.documents().map(({ extracted, embedded, waitsFor }) => [extracted, embedded, waitsFor])
    assert.deepEqual(states(), Array(2).fill([false, true, 'unusable_answer']))
    world.sandbox.local.reset()
    await world.ingest()
    assert.deepEqual(states(), Array(2).fill([true, true, undefined]))
  })

  test('a fault of the pipeline itself ends the run and is not taken for something to wait for', async (context) => {
    await using world = await startRag({ documents: { 'manual.md': manual } })
    context.mock.method(world.store, 'putGraph', () => {
      throw new Error('the disk is full')
    })
    await assert.rejects(world.ingest(), /the disk is full/)
    assert.equal(world.store.documents()[0]?.waitsFor, undefined)
  })
})

describe('the old client', () => {
  test('does all the work at home and past Aegis, and has no use for what the pipeline says of it', async () => {
    await using world = await startRag({ client: 'ollama' })
    await world.ingest()
    assert.deepEqual(new Set(world.pipeline.calls.map(({ provider }) => provider)), new Set(['ollama (direct)']))
    assert.ok(world.store.documents().every(({ extracted, embedded }) => extracted && embedded))
    assert.deepEqual(
      world.sandbox.cloud.journal.requests.filter(({ method }) => method === 'POST'),
      [],
    )
  })
})
