// Integration tests of the query graph: searches, citations, streaming, and the classification of what was found.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { QueryEvent } from './rag.ts'
import { asked, canary, leaked, type RagWorld, type RagWorldOptions, startRag } from './world.ts'

const publicQuestion = 'Which valve does the Aurora Pump use?'
const restrictedQuestion = 'When began the treatment of the syndrome in spring?'

async function readIn(options: RagWorldOptions = {}): Promise<RagWorld> {
  const world = await startRag(options)
  await world.ingest()
  world.pipeline.calls.length = 0
  return world
}

describe('a question', () => {
  test('over public passages may be answered by a cloud, with citations', async () => {
    await using world = await readIn()
    const { answer, citations, classification } = await world.pipeline.ask(publicQuestion, { declared: 'public' })
    assert.equal(classification, 'public')
    assert.equal(world.pipeline.calls.at(-1)?.location, 'cloud')
    assert.match(answer, /Helix Valve/)
    assert.deepEqual([...new Set(citations.map(({ path }) => path))], ['manual.md'])
  })

  test('that finds a hipaa passage is hipaa, and answered at home alone', async () => {
    await using world = await readIn()
    const { answer, citations, classification } = await world.pipeline.ask(restrictedQuestion)
    assert.equal(classification, 'hipaa')
    assert.deepEqual(
      [world.pipeline.calls.at(-1)?.location, world.pipeline.calls.at(-1)?.classification],
      ['local', 'hipaa'],
    )
    assert.match(answer, new RegExp(canary))
    assert.deepEqual(
      citations.map((passage) => passage.classification),
      ['hipaa'],
    )
    assert.ok(!leaked(world.sandbox))
  })

  test('that finds a hipaa passage by the graph alone is hipaa too', async () => {
    await using world = await readIn()
    const { classification, passages } = await world.pipeline.ask(`What of ${canary} and Apixaban?`)
    assert.ok(passages.some((passage) => passage.foundBy === 'graph' && passage.classification === 'hipaa'))
    assert.equal(classification, 'hipaa')
    assert.ok(!leaked(world.sandbox))
  })

  test('that is hipaa itself is so in every step, whatever it finds', async () => {
    await using world = await readIn()
    await world.pipeline.ask(`${publicQuestion} (${canary})`, { declared: 'hipaa' })
    assert.deepEqual(
      world.pipeline.calls.map(({ kind, location, classification }) => [kind, location, classification]),
      [
        ['extract', 'local', 'hipaa'],
        ['embed', 'local', 'hipaa'],
        ['answer', 'local', 'hipaa'],
      ],
    )
    assert.ok(!leaked(world.sandbox))
  })

  test('is planned, searched and answered in the order of the graph, and the answer comes in pieces', async () => {
    await using world = await readIn()
    const events: QueryEvent[] = []
    const { answer } = await world.pipeline.ask(publicQuestion, { declared: 'public' }, (event) => events.push(event))
    assert.deepEqual(
      events.slice(0, 2).map(({ type }) => type),
      ['plan', 'found'],
    )
    const pieces = events.flatMap((event) => (event.type === 'piece' ? [event.text] : []))
    assert.ok(pieces.length > 3)
    assert.equal(pieces.join(''), answer)
  })

  for (const [search, foundBy] of [
    ['vector', ['vector']],
    ['graph', ['graph']],
    ['both', ['graph', 'vector']],
  ] as const) {
    test(`that is planned for ${search} is searched by ${foundBy.join(' and ')}`, async () => {
      await using world = await readIn()
      world.sandbox.local.next({ text: JSON.stringify({ search, complexity: 'low' }) })
      const { passages } = await world.pipeline.ask(publicQuestion, { declared: 'public' })
      assert.deepEqual([...new Set(passages.map((passage) => passage.foundBy))].sort(), foundBy)
    })
  }

  test('that nobody has planned, because the plan was no plan, is searched by both', async () => {
    await using world = await readIn()
    world.sandbox.local.next({ text: 'Let me think about your question' })
    const { passages, plan } = await world.pipeline.ask(publicQuestion, { declared: 'public' })
    assert.deepEqual(plan, { search: 'both', complexity: 'medium' })
    assert.deepEqual([...new Set(passages.map((passage) => passage.foundBy))].sort(), ['graph', 'vector'])
  })

  test('of low complexity is answered at home, which costs nothing', async () => {
    await using world = await readIn()
    world.sandbox.local.next({ text: JSON.stringify({ search: 'vector', complexity: 'low' }) })
    await world.pipeline.ask(publicQuestion, { declared: 'public' })
    assert.deepEqual(
      world.pipeline.calls.map(({ location, costUsd }) => [location, costUsd]),
      Array(3).fill(['local', 0]),
    )
  })

  test('finds the same passages with sqlite-vec and with the exact search', async () => {
    const found = async (exact: boolean) => {
      await using world = await readIn({ exact })
      assert.equal(world.store.vectors.kind, exact ? 'exact' : 'sqlite-vec')
      const { passages } = await world.pipeline.ask(publicQuestion, { declared: 'public' })
      return passages.map(({ text, foundBy }) => [text, foundBy])
    }
    assert.deepEqual(await found(true), await found(false))
  })

  test('over nothing has no citations and says so', async () => {
    await using world = await startRag({ documents: {} })
    const { passages, citations } = await world.pipeline.ask(publicQuestion, { declared: 'public' })
    assert.deepEqual([passages, citations], [[], []])
  })

  test('goes to the next provider when the cloud fails, with the same classification', async () => {
    await using world = await readIn()
    await world.sandbox.set('cloud', 'rate_limited')
    await world.sandbox.set('openai', 'down')
    const { answer } = await world.pipeline.ask(publicQuestion, { declared: 'public' })
    assert.match(answer, /Helix Valve/)
    assert.equal(world.pipeline.calls.at(-1)?.provider, 'local_ollama')
  })

  test('over restricted passages fails while nobody at home can answer, and nothing leaves', async () => {
    await using world = await readIn()
    const { local } = world.sandbox
    await world.pipeline.ask(restrictedQuestion)
    local.next({}, {}, { status: 500 }, { status: 500 }, { status: 500 }, { status: 500 })
    await assert.rejects(world.pipeline.ask(restrictedQuestion), { code: 'local_unavailable_for_restricted_data' })
    assert.ok(!leaked(world.sandbox))
    assert.equal(asked(world.sandbox.openai).length, 0)
  })
})
