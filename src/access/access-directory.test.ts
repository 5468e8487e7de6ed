// The copy of keys in memory: how long it is believed, who waits, and who is asked.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HandClock } from '../../test/make/hand-clock.ts'
import { AegisError } from '../domain/errors.ts'
import type { AccessStore } from '../ledger/access-store.ts'
import { IN_MEMORY } from '../ledger/sqlite/ledger-file.ts'
import { SqliteStore } from '../ledger/sqlite/sqlite-store.ts'
import { AccessDirectory } from './access-directory.ts'
import { KeyBook } from './key-book.ts'

const LASTS_MS = 500

/** A store whose versions are believed for a while, as those of a database; it can be away, and counts questions. */
class FarStore implements AccessStore {
  readonly versionLastsMs = LASTS_MS
  readonly #near: AccessStore
  questions = 0
  away = false

  constructor(near: AccessStore) {
    this.#near = near
  }

  async version(): Promise<number> {
    this.questions += 1
    if (this.away) throw new Error('away')
    return this.#near.version()
  }

  changesAfter(version: number) {
    return this.#near.changesAfter(version)
  }

  change(...asked: Parameters<AccessStore['change']>) {
    return this.#near.change(...asked)
  }
}

async function worldOf() {
  const file = new SqliteStore({ path: IN_MEMORY })
  await file.open()
  const clock = new HandClock()
  const waits: number[] = []
  const process = async () => {
    const store = new FarStore(file.access)
    const wait = async (milliseconds: number) => {
      waits.push(milliseconds)
    }
    const directory = await AccessDirectory.open({ store, clock, wait })
    return { store, directory, keys: new KeyBook(directory, clock) }
  }
  const one = await process()
  const two = await process()
  const dispose = async () => {
    for (const { directory } of [one, two]) directory.close()
    await file.close()
  }
  return { one, two, clock, waits, [Symbol.asyncDispose]: dispose }
}

test('what was asked within its time is believed, and asked anew before that is over, with nobody waiting', async () => {
  await using world = await worldOf()
  const { directory, store } = world.two
  const { questions } = store
  world.clock.advance(LASTS_MS / 2)
  assert.equal(directory.fresh(), undefined)
  assert.equal(store.questions, questions)
  world.clock.advance(1)
  assert.equal(directory.fresh(), undefined)
  assert.equal(directory.fresh(), undefined)
  assert.equal(store.questions, questions + 1, 'one question for all')
})

test('after its time nobody is admitted by it: the store is asked first', async () => {
  await using world = await worldOf()
  const { key } = await world.one.keys.create({})
  assert.ok(await world.two.directory.findKey(key.id))
  await world.one.keys.revoke(key.id)
  world.clock.advance(LASTS_MS + 1)
  const found = world.two.directory.findKey(key.id)
  assert.ok(found instanceof Promise)
  assert.notEqual((await found)?.key.revokedAtMs, null)
})

test('who withdraws waits for longer than anybody may believe the old, and who gives does not', async () => {
  await using world = await worldOf()
  const { key } = await world.one.keys.create({})
  assert.deepEqual(world.waits, [])
  await world.one.keys.rotate(key.id, 1000)
  await world.one.keys.revoke(key.id)
  assert.equal(world.waits.length, 2)
  for (const wait of world.waits) assert.ok(wait > LASTS_MS)
})

test('a key that is not known is asked for before it is refused, and many such cost few questions', async () => {
  await using world = await worldOf()
  const { key } = await world.one.keys.create({})
  const found = world.two.directory.findKey(key.id)
  assert.ok(found instanceof Promise)
  assert.equal((await found)?.key.id, key.id)
  const { questions } = world.two.store
  const strangers = Array.from({ length: 100 }, (_, index) => world.two.directory.findKey(`${index}`))
  for (const stranger of await Promise.all(strangers)) assert.equal(stranger, undefined)
  assert.ok(world.two.store.questions - questions <= 2, `${world.two.store.questions - questions} questions`)
})

test('a store that is away is ledger_unavailable once the copy is too old, and not a word about the key', async () => {
  await using world = await worldOf()
  const { directory, store } = world.two
  store.away = true
  assert.equal(directory.fresh(), undefined)
  world.clock.advance(LASTS_MS + 1)
  await assert.rejects(
    async () => directory.fresh(),
    (error) => error instanceof AegisError && error.code === 'ledger_unavailable',
  )
  store.away = false
  await directory.fresh()
  assert.equal(directory.fresh(), undefined)
})

test('changes that two processes make at once are both made', async () => {
  await using world = await worldOf()
  const books = [world.one.keys, world.two.keys]
  const made = await Promise.all(
    Array.from({ length: 20 }, (_, index) => books[index % 2]?.create({ name: `${index}` })),
  )
  const listed = (await world.one.keys.list()).map(({ id }) => id)
  assert.deepEqual(listed.toSorted(), made.map((one) => one?.key.id).toSorted())
})
