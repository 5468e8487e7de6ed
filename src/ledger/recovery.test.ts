// What a dead process left behind is in the books once, whoever finds it, and in whatever state the store is.
import assert from 'node:assert/strict'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { type Member, SharedBooks } from '../../test/make/shared-books.ts'
import { nanoUsd } from '../domain/money.ts'
import { answeredOutcome, budgetOf, clearedAttempt, ManualClock } from './contract/ledger-world.ts'
import { recoverJournals } from './recover.ts'

const budgets = [budgetOf(1000)]

async function fund(books: SharedBooks, member: Member, amount: number) {
  const result = await books.reserve(member, amount)
  assert.equal(result.outcome, 'reserved')
  return result.attempt
}

async function settle(books: SharedBooks, member: Member, amount: number, cost: number): Promise<void> {
  const attempt = await fund(books, member, amount)
  member.ledger.settle(attempt, { cost: nanoUsd(cost), usage: undefined, quality: 'reported' })
  member.ledger.record(answeredOutcome(attempt.task.id, { cost: nanoUsd(cost) }))
}

async function figures({ ledger }: Member): Promise<Record<string, number>> {
  const [budget] = await ledger.budgets()
  assert.ok(budget)
  const { spent, reserved, leased, unsettled } = budget
  return { spent, reserved, leased, unsettled }
}

/** Until the journal has what was settled. */
const written = () => new Promise((resolve) => setImmediate(resolve))

describe('the journal of a dead process', () => {
  test('charges what was settled at its cost, what was under way in full with a row, and gives the lease back', async () => {
    await using books = new SharedBooks({ budgets })
    const dead = await books.open()
    await fund(books, dead, 70)
    await settle(books, dead, 50, 20)
    await fund(books, dead, 0)
    await written()
    await books.kill(dead)
    const next = await books.open()
    assert.deepEqual(await figures(next), { spent: 90, reserved: 0, leased: 0, unsettled: 70 })
    assert.deepEqual(
      next.faults.map(({ kind }) => kind),
      ['unsettled_charged'],
    )
    const { rows } = await next.ledger.usage({ limit: 10 })
    assert.deepEqual(
      rows.map(({ requestId, status, cost, usageQuality }) => [requestId, status, cost, usageQuality]),
      [
        ['req_2', 'ok', 20, null],
        ['req_1:0', 'unsettled', 70, 'estimated'],
      ],
    )
    assert.deepEqual(books.read('SELECT * FROM lease'), [])
    assert.equal(books.journalFiles.length, 1)
  })

  test('names the tags of what was under way, but of restricted data none', async () => {
    await using books = new SharedBooks({ budgets })
    const dead = await books.open()
    const open = clearedAttempt('req_tagged')
    const tagged = { ...open, task: { ...open.task, hints: { tags: ['search', 'beta', 'search'] } } }
    const secret = { ...tagged, task: { ...tagged.task, id: 'req_secret' } }
    const classification = { ...open.classification, level: 'hipaa', restricted: true } as const
    for (const attempt of [tagged, { ...secret, classification }]) {
      await dead.ledger.reserve(attempt, { amount: nanoUsd(70), outputTokenCap: 64 }, { attemptIndex: 0 })
    }
    await books.kill(dead)
    const { rows } = await (await books.open()).ledger.usage({ limit: 10 })
    assert.deepEqual(
      rows.map(({ requestId, tags, user }) => [requestId, tags, user]),
      [
        ['req_tagged:0', ['search', 'beta'], 'ann'],
        ['req_secret:0', [], null],
      ],
    )
  })

  test('that is found again, as after a crash of who recovered it, counts once', async () => {
    await using books = new SharedBooks({ budgets })
    const dead = await books.open()
    await fund(books, dead, 70)
    await settle(books, dead, 50, 20)
    await written()
    await books.kill(dead)
    const copy = `${dead.journal}.copy`
    cpSync(dead.journal, copy)
    for (let opens = 0; opens < 3; opens += 1) {
      const next = await books.open()
      assert.equal((await figures(next)).spent, 90)
      assert.equal((await next.ledger.usage({ limit: 10 })).rows.length, 2)
      await books.close(next)
      cpSync(copy, dead.journal)
    }
  })

  test('that several find at once counts once, and its money is there for all', async () => {
    await using books = new SharedBooks({ budgets })
    const dead = await books.open()
    await fund(books, dead, 70)
    await books.kill(dead)
    const members = await Promise.all([books.open(), books.open(), books.open()])
    for (const member of members) assert.equal((await figures(member)).spent, 70)
    assert.equal(members.flatMap(({ faults }) => faults).length, 1)
  })

  test('with a batch that the store has written and nobody heard of charges the rest only', async () => {
    await using books = new SharedBooks({ budgets })
    const dead = await books.open()
    await settle(books, dead, 50, 20)
    dead.faulty.mode = 'mute'
    await dead.ledger.flush()
    await books.kill(dead)
    const next = await books.open()
    assert.deepEqual(await figures(next), { spent: 20, reserved: 0, leased: 0, unsettled: 0 })
    assert.equal((await next.ledger.usage({ limit: 10 })).rows.length, 1)
  })

  test('with a batch that the store never got charges all of it', async () => {
    await using books = new SharedBooks({ budgets })
    const dead = await books.open()
    await settle(books, dead, 50, 20)
    dead.faulty.mode = 'away'
    await dead.ledger.flush()
    await books.kill(dead)
    const next = await books.open()
    assert.deepEqual(await figures(next), { spent: 20, reserved: 0, leased: 0, unsettled: 0 })
    assert.equal((await next.ledger.usage({ limit: 10 })).rows.length, 1)
  })

  test('is charged to a store that was made anew, which has never heard of it', async () => {
    await using books = new SharedBooks({ budgets })
    const dead = await books.open()
    await fund(books, dead, 70)
    await settle(books, dead, 50, 20)
    await written()
    await books.kill(dead)
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${books.path}${suffix}`, { force: true })
    const next = await books.open()
    assert.deepEqual(await figures(next), { spent: 90, reserved: 0, leased: 0, unsettled: 70 })
  })

  test('counts in the period of its reservations, not in that of the recovery', async () => {
    const clock = new ManualClock('2026-11-23T12:00:00Z')
    await using books = new SharedBooks({ budgets, clock })
    const dead = await books.open()
    await fund(books, dead, 70)
    await books.kill(dead)
    clock.set('2026-12-02T00:00:00Z')
    const next = await books.open()
    assert.equal((await figures(next)).spent, 0)
    clock.set('2026-11-30T00:00:00Z')
    assert.equal((await figures(next)).spent, 70)
  })

  test('that cannot be read is said and left as it is, and its lease counts until it is mended', async () => {
    await using books = new SharedBooks({ budgets })
    const dead = await books.open()
    await fund(books, dead, 600)
    await books.kill(dead)
    const whole = readFileSync(dead.journal, 'utf8')
    writeFileSync(dead.journal, 'something else\n')
    const next = await books.open()
    assert.deepEqual(
      next.faults.map((fault) => [fault.kind, 'journal' in fault && fault.journal]),
      [['journal_unreadable', dead.journal]],
    )
    assert.equal(readFileSync(dead.journal, 'utf8'), 'something else\n')
    assert.equal((await books.reserve(next, 500)).outcome, 'budget_exceeded')
    writeFileSync(dead.journal, whole)
    await recoverJournals(books.journals, next.faulty.store, Date.now(), () => {})
    assert.equal((await figures(next)).spent, 600)
    assert.equal((await books.reserve(next, 400)).outcome, 'reserved')
  })

  test('that cannot be read is said once by each process, however often it is looked at', async () => {
    await using books = new SharedBooks({ budgets })
    const dead = await books.open()
    await books.kill(dead)
    writeFileSync(dead.journal, 'something else\n')
    const { faulty } = await books.open()
    const said: string[] = []
    const onFault = ({ kind }: { readonly kind: string }) => void said.push(kind)
    const known = new Set<string>()
    for (let looks = 0; looks < 3; looks += 1) {
      await recoverJournals(books.journals, faulty.store, Date.now(), onFault, known)
    }
    assert.deepEqual(said, ['journal_unreadable'])
  })

  test('is left to who holds its lock: a living process is never recovered', async () => {
    await using books = new SharedBooks({ budgets })
    const living = await books.open()
    const attempt = await fund(books, living, 70)
    const other = await books.open()
    assert.deepEqual(other.faults, [])
    living.ledger.settle(attempt, { cost: nanoUsd(10), usage: undefined, quality: 'reported' })
    await living.ledger.flush()
    assert.equal((await figures(other)).spent, 10)
  })
})

test('two ledgers in one process have a journal each, and a clean end leaves none', async () => {
  await using books = new SharedBooks({ budgets })
  const [first, second] = [await books.open(), await books.open()]
  assert.notEqual(first.journal, second.journal)
  assert.equal(books.journalFiles.length, 2)
  await settle(books, first, 10, 10)
  await settle(books, second, 10, 10)
  await books.close(first)
  await books.close(second)
  assert.deepEqual(books.journalFiles, [])
  assert.deepEqual(books.read('SELECT * FROM lease'), [])
})

test('a reservation that is open at a clean end stays in the journal and is charged in full at the next start', async () => {
  await using books = new SharedBooks({ budgets })
  const first = await books.open()
  await fund(books, first, 70)
  await settle(books, first, 50, 20)
  await books.close(first)
  assert.equal(books.journalFiles.length, 1)
  assert.deepEqual(await figures(await books.open()), { spent: 90, reserved: 0, leased: 0, unsettled: 70 })
})

test('a store that was replaced under a running process is told again, and what was spent is written to it', async () => {
  await using books = new SharedBooks({ budgets })
  const member = await books.open()
  await settle(books, member, 50, 20)
  const open = await fund(books, member, 30)
  // As a backup from before its start that is put back.
  const restored = new DatabaseSync(books.path)
  restored.exec('DELETE FROM owner; DELETE FROM lease; DELETE FROM spend; DELETE FROM usage')
  restored.close()
  await member.ledger.flush()
  member.ledger.settle(open, { cost: nanoUsd(30), usage: undefined, quality: 'reported' })
  await member.ledger.flush()
  assert.ok(member.faults.some(({ kind }) => kind === 'store_forgot_this_process'))
  assert.equal((await figures(member)).spent, 50)
  await settle(books, member, 950, 900)
  assert.equal((await books.reserve(member, 51)).outcome, 'budget_exceeded')
  assert.deepEqual(
    member.faults.map(({ kind }) => kind),
    ['store_forgot_this_process'],
  )
})
