// Unit tests of the example's store, with sqlite-vec and with the exact search.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { temporaryFolder } from '../../e2e/world.ts'
import { type LoadedDocument, type OpenStore, Store } from './rag.ts'

const document = (path: string, hash = 'h'): LoadedDocument => ({ path, title: path, text: '', hash, stated: {} })
const axis = (place: number, more = 0) => Array.from({ length: 8 }, (_, index) => (index === place ? 1 : more))

function filled(store: OpenStore) {
  store.putDocument(document('open.md'), 'public', false, ['first', 'second'])
  store.putDocument(document('record.md'), 'hipaa', true, ['third'])
  const [first, second] = store.chunksOf('open.md')
  const [third] = store.chunksOf('record.md')
  assert.ok(first && second && third)
  return { first, second, third }
}
type Graph = Parameters<OpenStore['putGraph']>[1]

for (const exact of [false, true]) {
  const kind = exact ? 'exact' : 'sqlite-vec'
  describe(`the store with ${kind}`, () => {
    test('finds the nearest chunks first, with their similarity', async () => {
      using store = await Store.open(':memory:', { exact })
      assert.equal(store.vectors.kind, kind)
      assert.deepEqual(store.vectors.nearest(axis(0), 3), [])
      const { first, second, third } = filled(store)
      store.putVectors('open.md', [first, second], [axis(0), axis(1)])
      store.putVectors('record.md', [third], [axis(0, 0.3)])
      const near = store.vectors.nearest(axis(0), 2)
      assert.deepEqual(
        near.map(({ id }) => id),
        [first.id, third.id],
      )
      assert.ok(Math.abs((near[0]?.similarity ?? 0) - 1) < 1e-6)
    })

    test('forgets the vectors, chunks and graph of a document that is replaced or removed', async () => {
      using store = await Store.open(':memory:', { exact })
      const { first, second } = filled(store)
      store.putVectors('open.md', [first, second], [axis(0), axis(1)])
      store.putGraph('open.md', [{ chunk: first, entities: [{ name: 'Pump', type: 'device' }], relations: [] }])
      store.putDocument(document('open.md', 'new'), 'internal', false, ['only'])
      assert.deepEqual(store.vectors.nearest(axis(0), 5), [])
      assert.deepEqual(store.namesIn('the pump'), [])
      assert.deepEqual(
        store.chunksOf('open.md').map(({ text, classification }) => [text, classification]),
        [['only', 'internal']],
      )
      store.removeDocument('open.md')
      assert.deepEqual(
        store.documents().map(({ path }) => path),
        ['record.md'],
      )
    })
  })
}

test('chunks and rows of the graph are as sensitive as their document', async () => {
  using store = await Store.open(':memory:')
  const { third } = filled(store)
  const relation = { source: 'Apixaban', relation: 'treats', target: 'Fibrillation' }
  store.putGraph('record.md', [
    { chunk: third, entities: [{ name: 'Apixaban', type: 'substance' }], relations: [relation] },
  ])
  const hipaa = store.counts().filter(({ classification }) => classification === 'hipaa')
  assert.deepEqual(
    hipaa.map(({ table, rows }) => [table, rows]),
    [
      ['documents', 1],
      ['chunks', 1],
      ['entities', 1],
      ['relations', 1],
    ],
  )
  assert.equal(store.factsAbout(['Apixaban'], 5)[0]?.chunk.classification, 'hipaa')
})

test('facts between two of the names come before facts about one', async () => {
  using store = await Store.open(':memory:')
  const { first, third } = filled(store)
  const one = { source: 'Pump', relation: 'uses', target: 'Valve' }
  store.putGraph('open.md', [{ chunk: first, entities: [], relations: [one] }])
  store.putGraph('record.md', [
    { chunk: third, entities: [], relations: [{ source: 'Patient', relation: 'uses', target: 'Pump' }] },
  ])
  assert.deepEqual(
    store.factsAbout(['Pump', 'Valve'], 5).map(({ chunk }) => chunk.path),
    ['open.md'],
  )
  assert.equal(store.factsAbout(['Pump'], 5).length, 2)
  assert.equal(store.factsAbout(['Pump'], 1).length, 1)
  assert.deepEqual(store.factsAbout([], 5), [])
})

test('names are found in a question in any case', async () => {
  using store = await Store.open(':memory:')
  const { first } = filled(store)
  store.putGraph('open.md', [
    {
      chunk: first,
      entities: [
        { name: 'Helix Valve', type: 'device' },
        { name: 'Dock', type: 'device' },
      ],
      relations: [],
    },
  ])
  assert.deepEqual(store.namesIn('Who makes the HELIX valve?'), ['Helix Valve'])
})

test('a graph that cannot be written whole is not written at all', async () => {
  using store = await Store.open(':memory:')
  const { first, third } = filled(store)
  const broken = { ...third, id: 99_999 }
  const found = [first, broken].map((chunk) => ({
    chunk,
    entities: [{ name: 'Pump', type: 'device' }],
    relations: [],
  })) satisfies Graph
  assert.throws(() => store.putGraph('open.md', found), /FOREIGN KEY/)
  assert.deepEqual([store.namesIn('pump'), store.documents()[0]?.extracted], [[], false])
})

test('what is done and what waits is known after the file was closed', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'rag.db')
  {
    using store = await Store.open(file)
    const { first, second } = filled(store)
    store.putVectors('open.md', [first, second], [axis(0), axis(1)])
    store.setWaitsFor('record.md', 'local_unavailable_for_restricted_data')
  }
  using store = await Store.open(file)
  assert.deepEqual(
    store.documents().map(({ path, embedded, extracted, waitsFor }) => [path, embedded, extracted, waitsFor]),
    [
      ['open.md', true, false, undefined],
      ['record.md', false, false, 'local_unavailable_for_restricted_data'],
    ],
  )
  assert.equal(store.vectors.nearest(axis(1), 1)[0]?.id, store.chunksOf('open.md')[1]?.id)
})
