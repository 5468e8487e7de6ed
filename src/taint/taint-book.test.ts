// Proves, on real SQLite files, that restricted conversations are remembered: upwards only, by all, and within bounds.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { chatBody } from '../../test/make/chat-body.ts'
import { HandClock } from '../../test/make/hand-clock.ts'
import fc from '../../test/make/property.ts'
import { classifiedAs, task, undecidable } from '../../test/make/task.ts'
import type { Logger } from '../domain/logger.ts'
import type { Task } from '../domain/task.ts'
import { FaultyStore } from '../ledger/contract/faulty-store.ts'
import { SqliteStore } from '../ledger/sqlite/sqlite-store.ts'
import { TaintBook, type TaintBookOptions } from './taint-book.ts'

const DAY_MS = 86_400_000
const silent: Logger = { info() {}, warn() {}, error() {} }

class Place implements AsyncDisposable {
  readonly path = mkdtempSync(join(tmpdir(), 'aegis-taint-'))
  readonly clock = new HandClock()
  readonly file = join(this.path, 'aegis.db')
  readonly faulty: FaultyStore
  readonly #stores: SqliteStore[] = []
  readonly #books: TaintBook[] = []

  constructor() {
    const store = new SqliteStore({ path: this.file })
    this.#stores.push(store)
    this.faulty = new FaultyStore(store)
  }

  /** As another process would open it. */
  async book(more: Partial<TaintBookOptions> = {}): Promise<TaintBook> {
    const store = new SqliteStore({ path: this.file })
    this.#stores.push(store)
    await store.open()
    return this.#open({ store: store.taint, ...more })
  }

  async faultyBook(more: Partial<TaintBookOptions> = {}): Promise<TaintBook> {
    await this.faulty.store.open()
    return this.#open({ store: this.faulty.store.taint, ...more })
  }

  async #open(more: Partial<TaintBookOptions> & Pick<TaintBookOptions, 'store'>): Promise<TaintBook> {
    const book = await TaintBook.open({ clock: this.clock, logger: silent, lifetimeMs: 30 * DAY_MS, ...more })
    this.#books.push(book)
    return book
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.faulty.mode = 'works'
    for (const book of this.#books) await book.close()
    for (const store of this.#stores) await store.close()
    rmSync(this.path, { recursive: true, force: true })
  }
}

let requests = 0
const inSession = (session: string, more: Partial<Task> = {}): Task =>
  task({ id: `req_${(++requests).toString(16).padStart(32, '0')}`, hints: { session }, ...more })
const naming = (id: string, more: Partial<Task> = {}): Task =>
  task({ body: chatBody({ model: 'm', messages: [], previous_response_id: id }), ...more })
const answer = Buffer.from('{"id":"chatcmpl-77aa","choices":[{"message":{"tool_calls":[{"id":"call_9f8e7d"}]}}]}')

describe('a conversation', () => {
  test('that was restricted stays at least so, in this process at once', async () => {
    await using place = new Place()
    const book = await place.book()
    assert.equal(book.of(inSession('s1')), undefined)
    book.restricted(inSession('s1'), classifiedAs('pii'))
    book.restricted(inSession('s1'), classifiedAs('confidential'))
    assert.equal(book.of(inSession('s1')), 'pii')
    book.restricted(inSession('s1'), classifiedAs('hipaa'))
    assert.equal(book.of(inSession('s1')), 'hipaa')
    book.restricted(inSession('s2'), undecidable)
    assert.equal(book.of(inSession('s2')), 'undecidable')
    assert.equal(book.of(inSession('s3')), undefined)
  })

  test('that was never restricted leaves no mark', async () => {
    await using place = new Place()
    const book = await place.book()
    book.restricted(inSession('s1'), classifiedAs('internal'))
    assert.equal(book.size, 0)
  })

  test('is the same however its name is written, and another one under another key or user', async () => {
    await using place = new Place()
    const book = await place.book()
    book.restricted(inSession('Case-7', { keyId: 'k1', user: 'ann' }), classifiedAs('pii'))
    for (const name of ['case-7', ' CASE-7 ', '\uff43ase-7']) {
      assert.equal(book.of(inSession(name, { keyId: 'k1', user: 'ann' })), 'pii', name)
    }
    for (const other of [
      { keyId: 'k2', user: 'ann' },
      { keyId: 'k1', user: 'bob' },
      { keyId: 'k1' },
      { user: 'k1ann' },
    ]) {
      assert.equal(book.of(inSession('Case-7', other)), undefined)
    }
  })

  test('is found again by the ids of its answers and of its requests, whoever of the key names them', async () => {
    await using place = new Place()
    const book = await place.book()
    const asked = inSession('s1', { keyId: 'k1', user: 'ann' })
    book.restricted(asked, classifiedAs('pii'))
    book.answered(asked, classifiedAs('pii'), answer)
    for (const id of ['chatcmpl-77aa', 'call_9f8e7d', asked.id, `resp_${asked.id}`, `msg_${asked.id}_0`]) {
      assert.equal(book.of(naming(id, { keyId: 'k1', user: 'bob' })), 'pii', id)
      assert.equal(book.of(naming(id, { keyId: 'k2' })), undefined, id)
    }
  })
})

test('in any order of requests, in several processes, each session ends at its highest level', async () => {
  const levels = ['public', 'internal', 'confidential', 'pii', 'hipaa'] as const
  const step = fc.record({ session: fc.nat(3), level: fc.constantFrom(...levels), process: fc.nat(2) })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      await using place = new Place()
      const books = [await place.book(), await place.book(), await place.book()]
      const highest = new Map<number, number>()
      for (const { session, level, process } of steps) {
        const book = books[process] as TaintBook
        book.restricted(inSession(`s${session}`), classifiedAs(level))
        highest.set(session, Math.max(highest.get(session) ?? 0, levels.indexOf(level)))
        if (session === 0) await book.flush()
      }
      for (const book of books) await book.flush()
      for (const book of [...books, await place.book()]) {
        await book.refresh()
        for (const [session, most] of highest)
          assert.equal(book.of(inSession(`s${session}`)), most < 2 ? undefined : levels[most])
      }
    }),
    { numRuns: 30 },
  )
})

describe('what is remembered', () => {
  test('is seen by other processes, and after a restart', async () => {
    await using place = new Place()
    const [one, two] = [await place.book(), await place.book()]
    one.restricted(inSession('s1'), classifiedAs('pii'))
    await one.flush()
    await two.refresh()
    assert.equal(two.of(inSession('s1')), 'pii')
    two.restricted(inSession('s1'), classifiedAs('hipaa'))
    await two.flush()
    await one.refresh()
    assert.equal(one.of(inSession('s1')), 'hipaa')
    const later = await place.book()
    assert.equal(later.of(inSession('s1')), 'hipaa')
  })

  test('ends with its time, counted from the last restricted request', async () => {
    await using place = new Place()
    const book = await place.book()
    book.restricted(inSession('s1'), classifiedAs('pii'))
    place.clock.advance(20 * DAY_MS)
    book.restricted(inSession('s1'), classifiedAs('confidential'))
    place.clock.advance(20 * DAY_MS)
    assert.equal(book.of(inSession('s1')), 'pii')
    await book.flush()
    assert.equal((await place.book()).of(inSession('s1')), 'pii')
    place.clock.advance(11 * DAY_MS)
    assert.equal(book.of(inSession('s1')), undefined)
  })

  test('is not in the file by name, nor by a hash that anybody could make', async () => {
    await using place = new Place()
    const book = await place.book()
    book.restricted(inSession('CANARY-SESSION-41'), classifiedAs('pii'))
    book.answered(inSession('CANARY-SESSION-41'), classifiedAs('pii'), answer)
    await book.flush()
    for (const suffix of ['', '-wal']) {
      const bytes = readFileSync(place.file + suffix, 'latin1').toLowerCase()
      assert.ok(!bytes.includes('canary') && !bytes.includes('call_9f8e7d'))
    }
  })

  test('is written again when the store was away, and is in force here meanwhile', async () => {
    await using place = new Place()
    const book = await place.faultyBook()
    for (const mode of ['away', 'mute'] as const) {
      place.faulty.mode = mode
      book.restricted(inSession(mode), classifiedAs('pii'))
      await assert.rejects(book.flush())
      assert.equal(book.of(inSession(mode)), 'pii')
    }
    place.faulty.mode = 'works'
    await book.flush()
    const other = await place.book()
    assert.equal(other.of(inSession('away')), 'pii')
    assert.equal(other.of(inSession('mute')), 'pii')
  })

  test('beyond what memory may hold is asked of the store, and a store that is away counts as a doubt', async () => {
    await using place = new Place()
    const book = await place.faultyBook({ maxMarks: 50 })
    for (let index = 0; index < 100; index += 1) book.restricted(inSession(`s${index}`), classifiedAs('pii'))
    await book.flush()
    assert.ok(book.size <= 50)
    assert.equal(await book.of(inSession('s0')), 'pii')
    assert.equal(book.of(inSession('s99')), 'pii')
    assert.equal(await book.of(inSession('never')), undefined)
    assert.equal(book.of(task({ hints: {} })), undefined, 'who names nothing is not asked about')
    place.faulty.mode = 'away'
    assert.equal(await book.of(inSession('s0')), 'undecidable')
  })
})
