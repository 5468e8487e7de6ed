// Owns the part of the stores' contract about content that is kept: found by its id, listed by its tenant, gone in time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContentKind, KeptContent } from '../content-store.ts'
import { type MakeStore, NOW_MS, StoreWorld } from './store-world.ts'

const bytes = Buffer.from([0, 1, 2, 0xff, 0xfe, 0, 0x27, 0x5c, 0x80])

function piece(id: string, more: Partial<KeptContent> = {}): KeptContent {
  return {
    ...{ id, kind: 'file', tenant: 'k1', classification: 'internal', createdAtMs: NOW_MS, expiresAtMs: NOW_MS + 1000 },
    ...{ about: Buffer.from(`about ${id}`), content: bytes },
    ...more,
  }
}

/** With plain arrays, so that no store's own class of bytes counts. */
function plain<Piece extends { readonly about: Uint8Array; readonly content?: Uint8Array }>(found: Piece | undefined) {
  if (!found) return undefined
  const { about, content, ...rest } = found
  return {
    ...rest,
    about: Buffer.from(about).toString('hex'),
    content: content && Buffer.from(content).toString('hex'),
  }
}

export function storeContent(makeStore: MakeStore): void {
  test('what was kept is found byte for byte by every store, with and without its content', async () => {
    await using world = await StoreWorld.open(makeStore)
    const kept = piece('file-1', { classification: 'pii' })
    await world.store.contents.keep(kept)
    const other = await world.another()
    assert.deepEqual(plain(await other.contents.kept('file-1')), plain(kept))
    const { content: _, ...described } = kept
    assert.deepEqual(plain(await other.contents.describe('file-1')), plain(described))
    assert.equal(await other.contents.kept('file-2'), undefined)
    assert.equal(await other.contents.describe('file-2'), undefined)
  })

  test('a large piece is kept whole', async () => {
    await using world = await StoreWorld.open(makeStore)
    const content = Buffer.alloc(3_000_000, 'abcdefg')
    await world.store.contents.keep(piece('large', { content }))
    assert.ok(Buffer.from((await world.store.contents.kept('large'))?.content ?? []).equals(content))
  })

  test('the first piece of an id stays', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.store.contents.keep(piece('a', { about: Buffer.from('first') }))
    await world.store.contents.keep(piece('a', { about: Buffer.from('second') }))
    assert.equal(Buffer.from((await world.store.contents.kept('a'))?.about ?? []).toString(), 'first')
  })

  test('a list has the pieces of one kind and tenant, newest first, page by page', async () => {
    await using world = await StoreWorld.open(makeStore)
    const kinds: readonly ContentKind[] = ['file', 'response']
    for (const kind of kinds) {
      for (const tenant of ['', 'k1', 'k2']) {
        for (let age = 0; age < 5; age += 1) {
          // Two of one age: then the id decides.
          const createdAtMs = NOW_MS - Math.floor(age / 2)
          await world.store.contents.keep(piece(`${kind}.${tenant}.${age}`, { kind, tenant, createdAtMs }))
        }
      }
    }
    for (const tenant of ['', 'k1']) {
      const seen: string[] = []
      for (let afterId: string | undefined; ; ) {
        const page = await world.store.contents.list('file', tenant, { limit: 2, afterId })
        seen.push(...page.map(({ id }) => id))
        if (page.length < 2) break
        afterId = page.at(-1)?.id
      }
      assert.deepEqual(
        seen,
        [1, 0, 3, 2, 4].map((age) => `file.${tenant}.${age}`),
      )
    }
    assert.deepEqual(await world.store.contents.list('file', 'k1', { limit: 10, afterId: 'nobody' }), [])
    assert.deepEqual(await world.store.contents.list('file', 'k3', { limit: 10 }), [])
  })

  test('what is forgotten is gone, once', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.store.contents.keep(piece('a'))
    assert.equal(await world.store.contents.forget('a'), true)
    assert.equal(await world.store.contents.forget('a'), false)
    assert.equal(await world.store.contents.kept('a'), undefined)
  })

  test('what is over is forgotten, and the rest stays', async () => {
    await using world = await StoreWorld.open(makeStore)
    await world.store.contents.keep(piece('over', { expiresAtMs: NOW_MS }))
    await world.store.contents.keep(piece('not over', { expiresAtMs: NOW_MS + 1 }))
    const batch = { tenant: '', keyName: 'k', about: bytes }
    await world.store.contents.addBatch({ ...batch, id: 'done', createdAtMs: NOW_MS - 2, status: 'completed' })
    await world.store.contents.addBatch({ ...batch, id: 'open', createdAtMs: NOW_MS - 2, status: 'in_progress' })
    await world.store.contents.addBatch({ ...batch, id: 'young', createdAtMs: NOW_MS, status: 'completed' })
    await world.store.contents.addBatchItem('done', { line: 1, ok: true, classification: 'public', reply: bytes })
    await world.store.contents.forgetExpired(NOW_MS, NOW_MS - 1)
    assert.equal(await world.store.contents.kept('over'), undefined)
    assert.ok(await world.store.contents.kept('not over'))
    assert.equal(await world.store.contents.batch('done'), undefined)
    assert.deepEqual(await world.store.contents.batchItems('done'), [])
    assert.ok((await world.store.contents.batch('open')) && (await world.store.contents.batch('young')))
  })
}
