// Proves, on real SQLite files, that a provider which one process closes is closed for all, until it is opened, and never by doubt.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { HandClock } from '../../test/make/hand-clock.ts'
import type { Logger } from '../domain/logger.ts'
import { FaultyStore } from '../ledger/contract/faulty-store.ts'
import { SqliteStore } from '../ledger/sqlite/sqlite-store.ts'
import { StoreUnavailable } from '../ledger/store.ts'
import { DoorBook } from './door-book.ts'

/** Processes on one ledger file, each with a store that can be away. */
class Place implements AsyncDisposable {
  readonly clock = new HandClock()
  readonly logged: string[] = []
  readonly #folder = mkdtempSync(join(tmpdir(), 'aegis-doors-'))
  readonly #ends = new AsyncDisposableStack()

  async process() {
    const faulty = new FaultyStore(new SqliteStore({ path: join(this.#folder, 'aegis.db') }))
    await faulty.store.open()
    this.#ends.defer(() => faulty.store.close())
    const note = (event: string, fields?: object) => void this.logged.push(`${event} ${JSON.stringify(fields)}`)
    const logger: Logger = { info: note, warn: note, error: note }
    const opened: string[] = []
    const onOpened = (provider: string, by: string) => void opened.push(`${provider} by ${by}`)
    const book = await DoorBook.open({ store: faulty.store.doors, clock: this.clock, logger, onOpened })
    this.#ends.defer(() => {
      faulty.mode = 'works'
      return book.close()
    })
    return { faulty, book, doors: book.doors, opened }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ends.disposeAsync()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

describe('a provider that one process has closed', () => {
  test('is closed there at once, in another at its next look, and after a restart', async () => {
    await using place = new Place()
    const [one, other] = [await place.process(), await place.process()]
    one.doors.close('ollama', 'remote_model_answered', { cloudWasOn: true })
    assert.equal(one.doors.blocks('ollama'), true)
    assert.equal(other.doors.blocks('ollama'), false)
    await one.book.flush()
    await other.book.refresh()
    const restarted = await place.process()
    for (const { doors } of [other, restarted]) {
      assert.equal(doors.blocks('ollama'), true)
      assert.deepEqual(doors.closed('ollama'), one.doors.closed('ollama'))
    }
    assert.ok(place.logged.some((line) => line.startsWith('privacy_closed {"provider":"ollama"')))
  })

  test('is opened for all by a person, whichever process they ask, and told of once', async () => {
    await using place = new Place()
    const [one, other] = [await place.process(), await place.process()]
    one.doors.close('ollama', 'restricted_attempt_to_cloud')
    await one.book.flush()
    // It has not looked since, and is asked all the same.
    assert.equal(await other.book.openByPerson('ollama'), true)
    assert.equal(one.doors.blocks('ollama'), true)
    await one.book.refresh()
    assert.equal(one.doors.blocks('ollama'), false)
    assert.deepEqual([one.opened, other.opened], [[], ['ollama by person']])
    assert.equal(await one.book.openByPerson('ollama'), false)
    assert.equal((await place.process()).doors.blocks('ollama'), false)
  })

  test('is opened for all by a proof, also by one of a process that has not seen the violation', async () => {
    await using place = new Place()
    const [one, other] = [await place.process(), await place.process()]
    one.doors.close('ollama', 'remote_model_answered', { cloudWasOn: true })
    one.doors.close('gpu', 'address_not_local')
    await one.book.flush()
    await other.book.refresh()
    assert.deepEqual([other.doors.blocks('gpu'), other.doors.closed('gpu')?.cause], [false, 'address_not_local'])
    other.doors.serverProven('ollama')
    other.doors.addressProven('gpu')
    await other.book.flush()
    await one.book.refresh()
    assert.deepEqual([...one.doors.all.keys()], [])
    assert.deepEqual(other.opened, ['ollama by proof', 'gpu by proof'])
  })

  test('is closed for the graver cause, wherever that was seen', async () => {
    await using place = new Place()
    const [one, other] = [await place.process(), await place.process()]
    one.doors.close('gpu', 'address_not_local')
    await one.book.flush()
    await other.book.refresh()
    place.clock.advance(1000)
    other.doors.close('gpu', 'restricted_attempt_to_cloud')
    await other.book.flush()
    await one.book.refresh()
    one.doors.addressProven('gpu')
    assert.equal(one.doors.blocks('gpu'), true)
  })
})

describe('with the store away', () => {
  test('what a process has closed stays closed, and is written when the store is back', async () => {
    await using place = new Place()
    const [one, other] = [await place.process(), await place.process()]
    one.faulty.mode = 'away'
    one.doors.close('ollama', 'remote_model_answered')
    await assert.rejects(one.book.flush(), StoreUnavailable)
    await assert.rejects(one.book.refresh(), StoreUnavailable)
    assert.equal(one.doors.blocks('ollama'), true)
    one.faulty.mode = 'works'
    // A look that comes before the writing does not open it.
    await one.book.refresh()
    assert.equal(one.doors.blocks('ollama'), true)
    await one.book.flush()
    await other.book.refresh()
    assert.equal(other.doors.blocks('ollama'), true)
  })

  test('a person opens nothing, and what others have closed stays closed here', async () => {
    await using place = new Place()
    const [one, other] = [await place.process(), await place.process()]
    one.doors.close('ollama', 'remote_model_answered')
    await one.book.flush()
    await other.book.refresh()
    other.faulty.mode = 'away'
    await assert.rejects(other.book.openByPerson('ollama'), StoreUnavailable)
    assert.equal(other.doors.blocks('ollama'), true)
    other.faulty.mode = 'mute'
    await assert.rejects(other.book.openByPerson('ollama'), StoreUnavailable)
    assert.equal(other.doors.blocks('ollama'), true)
    assert.deepEqual(other.opened, [])
  })

  test('a process does not start, since it would not know what is closed', async () => {
    await using place = new Place()
    const { faulty } = await place.process()
    faulty.mode = 'away'
    const silent: Logger = { info() {}, warn() {}, error() {} }
    const opening = DoorBook.open({ store: faulty.store.doors, clock: place.clock, logger: silent, onOpened() {} })
    await assert.rejects(opening, StoreUnavailable)
  })
})

test('what is closed while a look is under way is not opened by it', async () => {
  await using place = new Place()
  const { book, doors, faulty } = await place.process()
  faulty.delayMs = 20
  const looking = book.refresh()
  doors.close('ollama', 'remote_model_answered')
  await looking
  assert.equal(doors.blocks('ollama'), true)
  await book.flush()
  await book.refresh()
  assert.equal(doors.blocks('ollama'), true)
})
