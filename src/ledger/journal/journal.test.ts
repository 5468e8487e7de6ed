// The journal of one process: what it holds after a death at the worst moment, on a full disk, and when it grows.
import assert from 'node:assert/strict'
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { storeUsage } from '../contract/any-usage.ts'
import { limitFileSize, skipFullDisk as skip } from '../contract/full-disk.ts'
import { Journal } from './journal.ts'
import type { ReservedEntry } from './journal-entry.ts'
import { readJournal } from './read-journal.ts'

const folder = mkdtempSync(join(tmpdir(), 'aegis-journal-'))
after(() => rmSync(folder, { recursive: true }))
let owners = 0

function newJournal({ fsync = false } = {}): {
  readonly journal: Journal
  readonly path: string
  readonly owner: string
} {
  const owner = `owner_${++owners}`
  return { journal: new Journal({ directory: folder, owner, fsync }), path: join(folder, `${owner}.journal`), owner }
}

const subjects = [{ scope: 'global', name: '', fineGrains: [60] }] as const

function entry(id: string, amount = 100): ReservedEntry {
  return {
    ...{ id, amount, madeAtMs: 5, subjects },
    ...{ provider: 'openai', model: 'gpt-4o', reason: 'fallback', classification: 'public', receivedAtMs: 4 },
    ...{ keyId: null, user: null },
  }
}

async function reserve(journal: Journal, ...ids: readonly string[]): Promise<void> {
  for (const id of ids) journal.reserved(entry(id))
  await journal.written()
}

/** What whoever comes next would charge: costs in order, those that nobody settled as their amount. */
function charges(path: string, lastBatch = 0): readonly number[] {
  return readJournal(path, lastBatch).charges.map(({ cost }) => cost)
}

async function onFullDisk(path: string, roomBytes: number, work: () => void | Promise<void>): Promise<void> {
  limitFileSize(statSync(path).size + roomBytes)
  try {
    await work()
  } finally {
    limitFileSize('unlimited')
  }
}

describe('a journal that is read after a death', () => {
  test('has what was settled at its cost and what was under way in full', async () => {
    const { journal, path } = newJournal()
    await reserve(journal, 'a', 'b', 'c')
    journal.settled('b', 30)
    await journal.written()
    assert.deepEqual(charges(path), [30, 100, 100])
    assert.deepEqual(
      readJournal(path, 0).unsettled.map(({ id }) => id),
      ['a', 'c'],
    )
    journal.close({ remove: true })
  })

  test('has what no batch in the store had, whichever batch was the last to arrive', async () => {
    const { journal, path } = newJournal()
    await reserve(journal, 'a', 'b', 'c')
    journal.settled('a', 1)
    journal.batch(1, 1, 0)
    journal.batchWritten(1, 1, 0)
    journal.settled('b', 2)
    journal.usage(storeUsage('req_b', { cost: 2 }))
    journal.batch(2, 1, 1)
    journal.settled('c', 3)
    await journal.written()
    assert.deepEqual(charges(path, 1), [2, 3])
    assert.equal(readJournal(path, 1).usage.length, 1)
    assert.deepEqual(charges(path, 2), [3])
    assert.equal(readJournal(path, 2).usage.length, 0)
    journal.close({ remove: true })
  })

  test('leaves out a last line that is torn anywhere, and nothing before it', async () => {
    const { journal, path } = newJournal()
    await reserve(journal, 'a')
    const whole = statSync(path).size
    await reserve(journal, 'b')
    journal.close({ remove: false })
    // Without its end of line alone it is whole.
    for (let bytes = statSync(path).size - 2; bytes >= whole; bytes -= 7) {
      truncateSync(path, bytes)
      assert.deepEqual(charges(path), [100])
    }
    // What a power loss leaves of a file that had grown.
    appendFileSync(path, Buffer.alloc(512))
    assert.deepEqual(charges(path), [100])
  })

  test('is not read when it is damaged before its end, is of another version, or is something else', async () => {
    const { journal, path } = newJournal()
    await reserve(journal, 'a', 'b')
    journal.close({ remove: false })
    const text = readFileSync(path, 'utf8')
    for (const [damaged, reason] of [
      [text.replace('"a"', '"a'), /line 3 is damaged/],
      [text.replace('["journal",2', '["journal",7'), /version 7/],
      [text.replace('["for",0', '["for",9'), /does not say what reservation a is for/],
      ['not a journal\n', /does not begin as a journal does/],
      ['', /does not begin as a journal does/],
    ] as const) {
      writeFileSync(path, damaged)
      assert.throws(() => readJournal(path, 0), reason)
      assert.equal(readFileSync(path, 'utf8'), damaged)
    }
  })
})

describe('a journal that has grown', () => {
  test('is begun anew with the open reservations and what no batch has', async () => {
    const { journal, path } = newJournal()
    await reserve(journal, 'open')
    let number = 0
    let largest = 0
    for (let count = 0; count < 90_000; count += 1) {
      journal.reserved(entry(`${count}`))
      journal.settled(`${count}`, 1)
      if (count % 500 !== 499) continue
      await journal.written()
      journal.batch(++number, 499, 0)
      largest = Math.max(largest, statSync(path).size)
      journal.batchWritten(number, 499, 0)
    }
    assert.ok(largest > 4 * 1024 * 1024 && largest < 5 * 1024 * 1024, String(largest))
    assert.ok(statSync(path).size < largest)
    assert.deepEqual(charges(path, number), [...Array.from({ length: 180 }, () => 1), 100])
    assert.equal(existsSync(`${path}.next`), false)
    journal.close({ remove: true })
  })

  test('with more open reservations than that is not written anew with every batch', async () => {
    const { journal, path } = newJournal()
    const open = Array.from({ length: 25_000 }, (_, index) => `open_${index}`)
    await reserve(journal, ...open)
    journal.batch(1, 0, 0)
    journal.batchWritten(1, 0, 0)
    const inode = statSync(path).ino
    for (let number = 2; number < 50; number += 1) {
      journal.batch(number, 0, 0)
      journal.batchWritten(number, 0, 0)
    }
    assert.equal(statSync(path).ino, inode)
    assert.equal(readJournal(path, 49).unsettled.length, open.length)
    journal.close({ remove: true })
  })

  test('and cannot be begun anew on a full disk goes on, and loses nothing', { skip }, async () => {
    const { journal, path } = newJournal()
    await reserve(journal, 'open')
    const long = 'x'.repeat(4096)
    for (let count = 0; count < 1100; count += 1) journal.reserved(entry(`${count}${long}`))
    await journal.written()
    writeFileSync(`${path}.next`, '')
    // Not even the first line of the new file can be written, as with no room at all.
    limitFileSize(0)
    try {
      journal.batchWritten(1, 0, 0)
      journal.reserved(entry('refused'))
      await assert.rejects(journal.written())
      journal.withdrawn('refused')
    } finally {
      limitFileSize('unlimited')
    }
    assert.equal(readJournal(path, 0).unsettled.length, 1101)
    await reserve(journal, 'after')
    assert.equal(readJournal(path, 0).unsettled.length, 1102)
    journal.close({ remove: true })
  })
})

describe('a journal on a full disk', () => {
  test('refuses a reservation and does not write it later; settlements wait', { skip }, async () => {
    const { journal, path } = newJournal()
    await reserve(journal, 'a')
    await onFullDisk(path, 20, async () => {
      journal.reserved(entry('b'))
      journal.settled('a', 7)
      await assert.rejects(journal.written())
      journal.withdrawn('b')
    })
    await reserve(journal, 'c')
    assert.deepEqual(charges(path), [7, 100])
    journal.close({ remove: true })
  })

  test('says a batch once, however often it was tried, so that what was settled meanwhile stays', {
    skip,
  }, async () => {
    const { journal, path } = newJournal()
    await reserve(journal, 'a', 'b')
    journal.settled('a', 1)
    await onFullDisk(path, 5, () => {
      assert.throws(() => journal.batch(1, 1, 0))
      journal.settled('b', 2)
      assert.throws(() => journal.batch(1, 1, 0))
    })
    journal.batch(1, 1, 0)
    assert.deepEqual(charges(path, 1), [2])
    journal.close({ remove: true })
  })

  test('keeps the bill of an attempt that was taken for free', { skip }, async () => {
    const { journal, path } = newJournal()
    await onFullDisk(path, 5, async () => {
      journal.reservedLate(entry('free', 0))
      journal.settled('free', 9)
      await assert.rejects(journal.written())
    })
    await journal.written()
    assert.deepEqual(charges(path), [9])
    journal.close({ remove: true })
  })
})

describe('a journal that waits for the disk', () => {
  test('answers many groups, also while it is begun anew', async () => {
    const { journal, path } = newJournal({ fsync: true })
    const waiting: Promise<void>[] = []
    for (let count = 0; count < 200; count += 1) {
      journal.reserved(entry(`${count}${'x'.repeat(30_000)}`))
      waiting.push(journal.written())
      journal.settled(`${count}${'x'.repeat(30_000)}`, 1)
      await new Promise((resolve) => setImmediate(resolve))
      if (count % 50 === 49) {
        journal.batch(count, 50, 0)
        journal.batchWritten(count, 50, 0)
      }
    }
    await Promise.all(waiting)
    assert.deepEqual(charges(path, 199), [])
    journal.close({ remove: true })
  })
})

test('a journal belongs to one owner in one process, and to nobody when it is closed', () => {
  const { journal, owner, path } = newJournal()
  assert.throws(() => new Journal({ directory: folder, owner, fsync: false }), /in use/)
  journal.close({ remove: true })
  assert.equal(existsSync(path), false)
  new Journal({ directory: folder, owner, fsync: false }).close({ remove: true })
})
