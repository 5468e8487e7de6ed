// Several ledgers on one file are exact together, strand nothing, and hear of limits that change.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type Member, SharedBooks } from '../../test/make/shared-books.ts'
import type { FundedAttempt } from '../domain/attempt.ts'
import type { Clock } from '../domain/clock.ts'
import { nanoUsd } from '../domain/money.ts'
import { budgetOf } from './contract/ledger-world.ts'
import { OWNER_LOST_AFTER_MS } from './leased-ledger.ts'

const CALL = 100

async function openAll(books: SharedBooks, count: number): Promise<Member[]> {
  return Promise.all(Array.from({ length: count }, () => books.open()))
}

function settle({ ledger }: Member, attempt: FundedAttempt, cost: number): void {
  ledger.settle(attempt, { cost: nanoUsd(cost), usage: undefined, quality: 'reported' })
}

/** All at once; answers those that were funded. */
async function fundMany(books: SharedBooks, members: readonly Member[], times: number, amount = CALL) {
  const asked = members.flatMap((member) =>
    Array.from({ length: times }, async () => ({ member, result: await books.reserve(member, amount) })),
  )
  return (await Promise.all(asked)).flatMap(({ member, result }) =>
    result.outcome === 'reserved' ? [{ member, attempt: result.attempt }] : [],
  )
}

/** Resolves when the condition holds; nothing is said of how long that takes. */
async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const patience = AbortSignal.timeout(60_000)
  while (!(await condition())) {
    assert.equal(patience.aborted, false, what)
    await delay(5)
  }
}

describe('near the limit', () => {
  for (const count of [2, 4]) {
    test(`${count} ledgers together reserve exactly the calls that are left, and spend them exactly`, async () => {
      await using books = new SharedBooks({ budgets: [budgetOf(7 * CALL + 99)] })
      const members = await openAll(books, count)
      const funded = await fundMany(books, members, 10)
      assert.equal(funded.length, 7)
      for (const { member, attempt } of funded) settle(member, attempt, CALL)
      for (const { ledger } of members) await ledger.flush()
      assert.equal((await fundMany(books, members, 2)).length, 0)
      // What no call fits in can still be had by a smaller one, by any of them.
      assert.equal((await fundMany(books, members, 5, 33)).length, 3)
    })

    test(`${count} ledgers whose calls cost less than they hold use the budget up to less than one call`, async () => {
      await using books = new SharedBooks({ budgets: [budgetOf(20 * CALL)] })
      const members = await openAll(books, count)
      let spent = 0
      for (let empty = 0; empty < 2; ) {
        const funded = await fundMany(books, members, 4)
        empty = funded.length === 0 ? empty + 1 : 0
        for (const { member, attempt } of funded) settle(member, attempt, 37)
        spent += 37 * funded.length
        assert.ok(spent <= 20 * CALL)
      }
      assert.ok(spent > 19 * CALL, `${spent} of ${20 * CALL}`)
    })
  }

  test('the money of one call that another process has left over can be had', async () => {
    await using books = new SharedBooks({ budgets: [budgetOf(10_000)] })
    const [first, second] = (await openAll(books, 2)) as [Member, Member]
    const { length } = await fundMany(books, [first], 1)
    assert.equal(length, 1)
    assert.ok(books.leased > CALL, 'nothing is left over')
    await until(async () => (await books.reserve(second, 10_000 - CALL)).outcome === 'reserved', 'the rest')
  })

  test('a process that goes on with small calls does not keep what large ones had needed', async () => {
    await using books = new SharedBooks({ budgets: [budgetOf(200_000)] })
    const [first, second] = (await openAll(books, 2)) as [Member, Member]
    await fundMany(books, [first], 1, 1000)
    assert.equal(books.leased, 9000)
    let stop = false
    const busy = (async () => {
      while (!stop) {
        for (const { member, attempt } of await fundMany(books, [first], 1, 1)) settle(member, attempt, 0)
        await delay(20)
      }
    })()
    await until(async () => (await books.reserve(second, 198_900)).outcome === 'reserved', 'the rest')
    stop = true
    await busy
  })
})

test('leases are given back when nobody asks, and by everybody who ends', async () => {
  await using books = new SharedBooks({ budgets: [budgetOf(1_000_000)] })
  const members = await openAll(books, 3)
  for (const { member, attempt } of await fundMany(books, members, 3)) settle(member, attempt, 10)
  await until(() => books.leased === 0, 'idle leases')
  assert.equal((await members[0]?.ledger.budgets())?.[0]?.spent, 90)
  await fundMany(books, members.slice(0, 1), 1)
  for (const { member, attempt } of await fundMany(books, members, 3)) settle(member, attempt, 10)
  for (const member of members.slice(1)) await books.close(member)
  await until(async () => books.leased === CALL, 'what is in flight is all that is left')
})

test('budgets of every scope and window hold together, and the tightest one decides', async () => {
  const scopes = [
    { scope: 'global', subject: '' },
    { scope: 'provider', subject: 'openai' },
    { scope: 'key', subject: '*' },
    { scope: 'user', subject: 'ann' },
    { scope: 'tag', subject: '*' },
  ] as const
  const windows = [
    { kind: 'day' },
    { kind: 'week' },
    { kind: 'month' },
    { kind: 'lifetime' },
    { kind: 'rolling', seconds: 60 },
    { kind: 'rolling', seconds: 3600 },
    { kind: 'rolling', seconds: 604_800 },
  ] as const
  for (const [index, tightest] of scopes.entries()) {
    const window = windows[index % windows.length] ?? { kind: 'day' }
    const all = scopes.flatMap((one) => windows.map((each) => budgetOf(100 * CALL, { ...one, window: each })))
    const tight = budgetOf(3 * CALL, { ...tightest, window, id: 'tight', rule: 'tight' })
    await using books = new SharedBooks({ budgets: [...all, tight] })
    const members = await openAll(books, 2)
    const funded = await fundMany(books, members, 4)
    assert.equal(funded.length, tightest.scope === 'tag' ? 8 : 3, tightest.scope)
    for (const { member, attempt } of funded) settle(member, attempt, CALL)
    for (const { ledger } of members) await ledger.flush()
    if (tightest.scope === 'tag') continue
    const result = await books.reserve(members[0] as Member, CALL)
    assert.equal(result.outcome === 'budget_exceeded' && result.budget.rule, 'tight')
  }
})

describe('limits that change while ledgers run', () => {
  test('a limit that is added, lowered, raised and removed reaches all of them', async () => {
    await using books = new SharedBooks({ budgets: [] })
    const members = await openAll(books, 2)
    const { store } = (members[0] as Member).faulty
    for (const { member, attempt } of await fundMany(books, members, 2)) settle(member, attempt, CALL)
    const limit = (calls: number) =>
      store.budgets.put(budgetOf(calls * CALL, { window: { kind: 'lifetime' } }), Date.now())
    const fits = async (member: Member) => {
      const result = await books.reserve(member, CALL)
      if (result.outcome === 'reserved') settle(member, result.attempt, 0)
      return result.outcome === 'reserved'
    }
    const all = async (expected: boolean) => {
      for (const member of members) if ((await fits(member)) !== expected) return false
      return true
    }
    // What was spent before it was set counts.
    await limit(4)
    await until(() => all(false), 'the limit that was added')
    await limit(6)
    await until(() => all(true), 'the limit that was raised')
    await limit(3)
    await until(() => all(false), 'the limit that was lowered')
    await store.budgets.remove(budgetOf(0, { window: { kind: 'lifetime' } }).id)
    await until(() => all(true), 'the limit that was removed')
  })

  test('leases within a higher limit are given back when it is lowered', async () => {
    await using books = new SharedBooks({ budgets: [] })
    const members = await openAll(books, 2)
    const { store } = (members[0] as Member).faulty
    const limit = (amount: number) => store.budgets.put(budgetOf(amount), Date.now())
    await limit(1_000_000)
    await until(async () => {
      for (const { member, attempt } of await fundMany(books, members, 1)) settle(member, attempt, 0)
      return books.leased > 0
    }, 'leases within the high limit')
    await limit(50)
    await until(async () => {
      const funded = await fundMany(books, members, 1)
      for (const { member, attempt } of funded) settle(member, attempt, 0)
      return funded.length === 0
    }, 'the low limit')
    await until(() => books.leased <= 50, 'leases of the high limit')
  })
})

describe('when the clock changes', () => {
  class Jumping implements Clock {
    offsetMs = 0
    wallMs = () => Date.parse('2026-11-29T23:00:00Z') + this.offsetMs
    monotonicMs = () => performance.now()
  }

  test('a lease of one period is not spent in another, forward or back', async () => {
    const clock = new Jumping()
    await using books = new SharedBooks({ budgets: [budgetOf(1000, { window: { kind: 'day' } })], clock })
    const members = await openAll(books, 2)
    for (const days of [0, 1, 2, 1, 0, 30, 0]) {
      clock.offsetMs = days * 86_400_000
      for (const { member, attempt } of await fundMany(books, members, 6)) settle(member, attempt, 90)
      for (const { ledger } of members) await ledger.flush()
      const spent = books.read("SELECT sum(amount) AS spent FROM spend WHERE scope = 'provider' GROUP BY slot_ms")
      for (const day of spent) assert.ok(Number(day.spent) <= 1000, `day ${days}: ${day.spent}`)
      assert.ok(spent.length > 0)
    }
  })

  test('one process whose clock is far ahead cannot spend what another one holds', async () => {
    const clock = new Jumping()
    const hourly = budgetOf(10_000, { scope: 'global', subject: '', window: { kind: 'rolling', seconds: 3600 } })
    await using books = new SharedBooks({ budgets: [hourly], clock })
    const living = await books.open()
    const [held] = await fundMany(books, [living], 1, 5000)
    assert.ok(held)
    await living.ledger.flush()
    const ahead = new Jumping()
    ahead.offsetMs = OWNER_LOST_AFTER_MS + 60_000
    const other = await books.open({ clock: ahead })
    assert.deepEqual((await other.faulty.store.forfeit(ahead.wallMs() - OWNER_LOST_AFTER_MS)).length, 1)
    assert.equal((await books.reserve(other, 5001)).outcome, 'budget_exceeded')
    settle(living, held.attempt, 5000)
    await living.ledger.flush()
    const [status] = await other.ledger.budgets()
    assert.ok(status && status.spent + status.reserved <= 10_000)
  })
})
