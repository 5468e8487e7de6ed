// While the store is away, slow or locked: paid attempts are told so soon, free ones go on, and nothing is lost.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type Member, SharedBooks } from '../../test/make/shared-books.ts'
import type { FundedAttempt } from '../domain/attempt.ts'
import { nanoUsd } from '../domain/money.ts'
import { limitFileSize, skipFullDisk } from './contract/full-disk.ts'
import { answeredOutcome, budgetOf } from './contract/ledger-world.ts'

const budgets = [budgetOf(1000)]
const unavailable = { outcome: 'ledger_unavailable', retryAfterSeconds: 1 }

async function fund(books: SharedBooks, member: Member, amount: number): Promise<FundedAttempt> {
  const result = await books.reserve(member, amount)
  assert.equal(result.outcome, 'reserved')
  return result.attempt
}

function settle({ ledger }: Member, attempt: FundedAttempt, cost: number): void {
  ledger.settle(attempt, { cost: nanoUsd(cost), usage: undefined, quality: 'reported' })
  ledger.record(answeredOutcome(attempt.task.id, { cost: nanoUsd(cost) }))
}

const kinds = ({ faults }: Member) => faults.map(({ kind }) => kind)

/** By itself, without anybody who asks. */
async function healthyAgain({ ledger }: Member): Promise<void> {
  const patience = AbortSignal.timeout(60_000)
  while (!ledger.healthy()) {
    assert.equal(patience.aborted, false, 'it did not recover')
    await delay(5)
  }
}

/** Another process that holds the write lock of the file until it is told to let go. */
async function lockedByAnother(path: string) {
  const program = `
    const { DatabaseSync } = require('node:sqlite')
    new DatabaseSync(${JSON.stringify(path)}).exec('BEGIN IMMEDIATE')
    process.stdout.write('locked')
    process.stdin.resume().on('end', () => process.exit())`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return async () => {
    const exited = once(child, 'exit')
    child.stdin.end()
    await exited
  }
}

describe('while the store refuses', () => {
  test('paid attempts are refused, free ones pass at once, and settlements are written when it is back', async () => {
    await using books = new SharedBooks({ budgets })
    const member = await books.open()
    const before = await fund(books, member, 100)
    member.faulty.mode = 'away'
    settle(member, before, 60)
    await member.ledger.flush()
    assert.equal(member.ledger.healthy(), false)
    for (let count = 0; count < 100; count += 1) assert.deepEqual(await books.reserve(member, 1), unavailable)
    settle(member, await fund(books, member, 0), 0)
    assert.deepEqual(books.read('SELECT * FROM spend'), [])
    member.faulty.mode = 'works'
    await healthyAgain(member)
    await member.ledger.flush()
    const [budget] = await member.ledger.budgets()
    assert.deepEqual([budget?.spent, budget?.reserved], [60, 0])
    assert.equal((await member.ledger.usage({ limit: 10 })).rows.length, 2)
    await fund(books, member, 940)
    assert.deepEqual(kinds(member), ['write_failed', 'write_recovered'])
  })

  test('what waits at the end is said, is in the journal, and is written by the next start', async () => {
    await using books = new SharedBooks({ budgets })
    const member = await books.open()
    const attempt = await fund(books, member, 100)
    member.faulty.mode = 'away'
    settle(member, attempt, 60)
    await books.close(member)
    assert.deepEqual(member.faults.at(-1), { kind: 'closed_unwritten', charges: 1, usageRows: 1 })
    const [budget] = await (await books.open()).ledger.budgets()
    assert.deepEqual([budget?.spent, budget?.leased], [60, 0])
  })

  test('a lease whose grant nobody heard of is given back when the store is heard again', async () => {
    await using books = new SharedBooks({ budgets })
    const [deaf, other] = [await books.open(), await books.open()]
    deaf.faulty.mode = 'mute'
    assert.deepEqual(await books.reserve(deaf, 900), unavailable)
    assert.ok(books.leased >= 900)
    deaf.faulty.mode = 'works'
    await healthyAgain(deaf)
    const patience = AbortSignal.timeout(60_000)
    while ((await books.reserve(other, 900)).outcome !== 'reserved') assert.equal(patience.aborted, false)
  })
})

describe('while the store is slow', () => {
  test('a paid attempt is told before the store answers, those after it at once, and free ones never wait', async () => {
    await using books = new SharedBooks({ budgets })
    const member = await books.open()
    member.faulty.delayMs = 5000
    let answered = false
    const slow = member.faulty.store.ping().then(() => {
      answered = true
    })
    const first = books.reserve(member, 100)
    assert.equal((await books.reserve(member, 0)).outcome, 'reserved')
    assert.deepEqual(await first, unavailable)
    assert.equal(answered, false)
    // From now on nobody waits for it: a hundred are told within a turn each.
    const told = await Promise.race([
      Promise.all(Array.from({ length: 100 }, () => books.reserve(member, 100))),
      delay(800).then(() => 'still waiting'),
    ])
    assert.deepEqual(
      told,
      Array.from({ length: 100 }, () => unavailable),
    )
    assert.equal(member.ledger.healthy(), false)
    member.faulty.delayMs = 0
    await slow
    await healthyAgain(member)
    // What came too late for who asked is there for the next one.
    settle(member, await fund(books, member, 1000), 1000)
    await member.ledger.flush()
    assert.equal(books.leased, 0)
  })

  test('what was leased before can be spent on', async () => {
    await using books = new SharedBooks({ budgets: [budgetOf(1_000_000)] })
    const member = await books.open()
    await fund(books, member, 100)
    member.faulty.delayMs = 1000
    settle(member, await fund(books, member, 100), 50)
    const together = await Promise.all(Array.from({ length: 5 }, () => fund(books, member, 100)))
    for (const attempt of together) settle(member, attempt, 100)
    member.faulty.delayMs = 0
    await member.ledger.flush()
    const [budget] = await member.ledger.budgets()
    assert.deepEqual([budget?.spent, budget?.reserved], [550, 100])
  })
})

test('while another process holds the lock of the file, the event loop goes on and nothing is lost', async () => {
  await using books = new SharedBooks({ budgets, busyTimeoutMs: 100 })
  const member = await books.open()
  const before = await fund(books, member, 100)
  const letGo = await lockedByAnother(books.path)
  settle(member, before, 60)
  let turns = 0
  const counter = setInterval(() => {
    turns += 1
  }, 1)
  assert.deepEqual(await books.reserve(member, 500), unavailable)
  clearInterval(counter)
  assert.ok(turns > 10, `the event loop turned ${turns} times`)
  settle(member, await fund(books, member, 0), 0)
  await letGo()
  await healthyAgain(member)
  await fund(books, member, 940)
  assert.equal((await member.ledger.budgets())[0]?.spent, 60)
})

test('a reservation whose journal cannot be written is refused and holds nothing', { skip: skipFullDisk }, async () => {
  await using books = new SharedBooks({ budgets: [budgetOf(100_000)] })
  const member = await books.open()
  await fund(books, member, 500)
  limitFileSize(0)
  try {
    assert.deepEqual(await books.reserve(member, 100), unavailable)
    assert.equal(member.ledger.healthy(), false)
    assert.equal((await books.reserve(member, 0)).outcome, 'reserved')
  } finally {
    limitFileSize('unlimited')
  }
  await healthyAgain(member)
  await fund(books, member, 99_500)
  assert.ok(kinds(member).includes('journal_failed'))
})
