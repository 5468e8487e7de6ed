// Several ledgers on one file, in any order of requests, settlements, deaths and clock jumps: no limit is ever passed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from '../../test/make/property.ts'
import { type Member, SharedBooks } from '../../test/make/shared-books.ts'
import type { FundedAttempt } from '../domain/attempt.ts'
import type { Budget } from '../domain/budget.ts'
import type { Clock } from '../domain/clock.ts'
import { nanoUsd } from '../domain/money.ts'
import { budgetOf } from './contract/ledger-world.ts'
import { HeldReservation } from './held-reservation.ts'
import { OWNER_LOST_AFTER_MS } from './leased-ledger.ts'

const HOUR_MS = 3_600_000
const START_MS = Date.parse('2026-11-29T22:10:00Z')

const budgets: readonly Budget[] = [
  budgetOf(1000),
  budgetOf(700, { scope: 'global', subject: '', window: { kind: 'rolling', seconds: 3600 } }),
  budgetOf(2500, { scope: 'global', subject: '', window: { kind: 'lifetime' } }),
  budgetOf(1200, { scope: 'key', subject: '*', window: { kind: 'interval', sinceMs: START_MS - 1234, seconds: 5400 } }),
  budgetOf(2000, { scope: 'user', subject: '*', window: { kind: 'interval', sinceMs: START_MS, seconds: undefined } }),
  budgetOf(600, { scope: 'user', subject: '*', window: { kind: 'day' } }),
  budgetOf(900, { scope: 'key', subject: '*', window: { kind: 'week' } }),
]

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ does: fc.constant('reserve' as const), who: fc.nat(3), amount: fc.nat(250) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ does: fc.constant('settle' as const), which: fc.nat(20), percent: fc.nat(100) }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('kill' as const), who: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('lose answers' as const), who: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('forfeit' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('jump' as const),
      hours: fc.constantFrom(0.0001, 0.02, 0.3, 1, 2, 25, 170, 800, -0.02, -0.3, -1, -2, -25, -800),
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

/** Money that may have been billed: what was settled, and what is in flight or was when its process died, in full. */
interface Owed {
  readonly atMs: number
  amount: number
}

/** In the plainest words: whether what was reserved at `atMs` counts at `nowMs`. */
function counts({ window }: Budget, atMs: number, nowMs: number): boolean {
  const day = (ms: number) => Math.floor(ms / (24 * HOUR_MS))
  switch (window.kind) {
    case 'day':
      return day(atMs) === day(nowMs)
    case 'week':
      return Math.floor((day(atMs) + 3) / 7) === Math.floor((day(nowMs) + 3) / 7)
    case 'month':
      return new Date(atMs).toISOString().slice(0, 7) === new Date(nowMs).toISOString().slice(0, 7)
    case 'rolling':
      return atMs > nowMs - window.seconds * 1000
    case 'interval':
      return intervalOf(window, atMs) === intervalOf(window, nowMs)
    case 'lifetime':
      return true
  }
}

function intervalOf({ sinceMs, seconds }: Extract<Budget['window'], { kind: 'interval' }>, ms: number): number {
  return seconds === undefined
    ? Math.sign(Math.floor(ms - sinceMs) + 0.5)
    : Math.floor((ms - sinceMs) / (seconds * 1000))
}

class Schedule implements Clock {
  nowMs = START_MS
  readonly books = new SharedBooks({ budgets, clock: this })
  readonly owed: Owed[] = []
  open: { readonly member: Member; readonly attempt: FundedAttempt; readonly owed: Owed }[] = []
  readonly #asking = new Set<Promise<void>>()
  reserved = 0
  forfeited = false

  wallMs(): number {
    return this.nowMs
  }

  monotonicMs(): number {
    return performance.now()
  }

  async take(next: Step): Promise<void> {
    const members = [...this.books.members]
    switch (next.does) {
      case 'reserve':
        this.reserve(members[next.who % members.length] as Member, next.amount)
        break
      case 'settle':
        this.settle(next.which, next.percent)
        break
      case 'kill':
        await this.kill(members[next.who % members.length] as Member)
        break
      case 'lose answers':
        await this.loseAnswers(members[next.who % members.length] as Member)
        break
      case 'forfeit':
        await this.forfeit()
        break
      case 'jump':
        this.nowMs += next.hours * HOUR_MS
        break
    }
    await new Promise((resolve) => setImmediate(resolve))
    this.checkTables()
  }

  /** Not waited for: many are asked at once. */
  reserve(member: Member, amount: number): void {
    const asked = this.books.reserve(member, amount).then((result) => {
      if (result.outcome !== 'reserved' || amount === 0) return
      const { reservation } = result.attempt
      assert.ok(reservation instanceof HeldReservation)
      const owed = { atMs: reservation.madeAtMs, amount }
      // Its process may have died before it was told: then nobody sends it, and it is charged if the journal has it.
      if (member.lastWords?.includes(`"${reservation.id}"`) === false) return
      this.owed.push(owed)
      if (member.lastWords === undefined) this.open.push({ member, attempt: result.attempt, owed })
      this.reserved += 1
      this.checkLimits(owed.atMs)
    })
    this.#asking.add(asked)
    asked.finally(() => this.#asking.delete(asked)).catch(() => {})
  }

  settle(which: number, percent: number): void {
    const [one] = this.open.splice(which % Math.max(1, this.open.length), 1)
    if (one === undefined) return
    const cost = Math.floor((one.owed.amount * percent) / 100)
    one.member.ledger.settle(one.attempt, { cost: nanoUsd(cost), usage: undefined, quality: 'reported' })
    one.owed.amount = cost
  }

  async kill(member: Member): Promise<void> {
    this.open = this.open.filter((one) => one.member !== member)
    await this.books.kill(member)
    await this.books.open()
  }

  /** A batch is written, and nobody hears of it. */
  async loseAnswers(member: Member): Promise<void> {
    member.faulty.mode = 'mute'
    await member.ledger.flush()
    member.faulty.mode = 'works'
  }

  async forfeit(): Promise<void> {
    const [member] = this.books.members
    const lost = await member?.faulty.store.forfeit(this.nowMs - OWNER_LOST_AFTER_MS)
    if (lost?.length !== 0) this.forfeited = true
  }

  checkLimits(nowMs: number): void {
    for (const budget of budgets) {
      const sum = this.owed
        .filter(({ atMs }) => counts(budget, atMs, nowMs))
        .reduce((all, { amount }) => all + amount, 0)
      assert.ok(sum <= budget.limit, `${budget.id}: ${sum} of ${budget.limit} may be billed`)
    }
  }

  /** Leases alone never exceed a limit, unless some were given up in one period and came back in another. */
  checkTables(): void {
    if (this.forfeited) return
    const rows = this.books.read('SELECT scope, name, sum(amount) AS leased FROM lease GROUP BY scope, name')
    for (const { scope, leased } of rows) {
      for (const budget of budgets) if (budget.scope === scope) assert.ok(Number(leased) <= budget.limit, budget.id)
    }
  }

  /** After everything has ended, the tables say what may have been billed and nothing is held. */
  async end(): Promise<void> {
    await Promise.all(this.#asking)
    while (this.open.length > 0) this.settle(0, 40)
    for (const member of [...this.books.members]) await this.books.close(member)
    const last = await this.books.open()
    await this.books.close(last)
    assert.deepEqual(this.books.read('SELECT * FROM lease'), [])
    assert.deepEqual(this.books.journalFiles, [])
    const sums = this.books.read(
      `SELECT scope, sum(amount) AS spent FROM spend WHERE grain_seconds = 900 GROUP BY scope`,
    )
    const owed = this.owed.reduce((all, { amount }) => all + amount, 0)
    for (const { scope, spent } of sums) assert.equal(spent, owed, String(scope))
    assert.equal(sums.length, owed === 0 ? 0 : 4)
  }
}

test('no limit is passed at any step, and after quiet the books are what was billed and nothing is held', async () => {
  let reserved = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      const schedule = new Schedule()
      await using books = schedule.books
      for (let count = 0; count < 3; count += 1) await books.open()
      for (const next of steps) await schedule.take(next)
      await schedule.end()
      reserved += schedule.reserved
    }),
    { numRuns: Number(process.env.AEGIS_SCHEDULES ?? 25) },
  )
  assert.ok(reserved > 100, 'hardly anything was reserved: nothing was tested')
})
