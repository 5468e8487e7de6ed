// Owns the part of the ledger contract that holds for every order of events, tested by random schedules.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from '../../../test/make/property.ts'
import type { FundedAttempt } from '../../domain/attempt.ts'
import { LedgerWorld, type MakeLedger } from './ledger-world.ts'

const limits: Record<string, number> = { openai: 1000, ollama_cloud: 300 }
const instants = [
  '2026-10-31T23:59:59.999Z',
  '2026-11-01T00:00:00Z',
  '2026-11-23T12:00:00Z',
  '2026-12-31T23:59:59Z',
  '2027-01-01T00:00:00Z',
]

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constant('reserve' as const),
      provider: fc.constantFrom(...Object.keys(limits)),
      amount: fc.nat(400),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('settle' as const),
      which: fc.nat(20),
      share: fc.integer({ min: 0, max: 100 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('abort' as const), which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('set clock' as const), to: fc.constantFrom(...instants) }) },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

/** What the figures must be: the same events, added up in the plainest way. */
class Expected {
  readonly #spent = new Map<string, number>()
  readonly #reserved = new Map<string, number>()

  spent(provider: string, month: string): number {
    return this.#spent.get(`${provider} ${month}`) ?? 0
  }

  /** Whatever is in flight counts in every month, until it is settled in its own. */
  reserved(provider: string): number {
    return this.#reserved.get(provider) ?? 0
  }

  spend(provider: string, month: string, amount: number): void {
    this.#spent.set(`${provider} ${month}`, this.spent(provider, month) + amount)
  }

  reserve(provider: string, amount: number): void {
    this.#reserved.set(provider, this.reserved(provider) + amount)
  }
}

class Schedule {
  readonly world: LedgerWorld
  readonly expected = new Expected()
  readonly open: { readonly attempt: FundedAttempt; readonly month: string }[] = []

  constructor(world: LedgerWorld) {
    this.world = world
  }

  get month(): string {
    return new Date(this.world.clock.nowMs).toISOString().slice(0, 7)
  }

  async take(step: Step): Promise<void> {
    switch (step.does) {
      case 'reserve':
        return this.reserve(step.provider, step.amount)
      case 'settle':
        return this.settle(step.which, step.share)
      case 'abort':
        return this.settle(step.which, 0)
      case 'set clock':
        return this.world.clock.set(step.to)
    }
  }

  async reserve(provider: string, amount: number): Promise<void> {
    const { expected, month } = this
    const held = expected.spent(provider, month) + expected.reserved(provider)
    const result = await this.world.reserve(amount, provider)
    const fits = amount === 0 || held + amount <= (limits[provider] ?? 0)
    assert.equal(result.outcome, fits ? 'reserved' : 'budget_exceeded')
    if (result.outcome !== 'reserved') return
    expected.reserve(provider, amount)
    this.open.push({ attempt: result.attempt, month })
  }

  settle(which: number, share: number): void {
    const [open] = this.open.splice(which % Math.max(1, this.open.length), 1)
    if (open === undefined) return
    const { attempt, month } = open
    const { amount } = attempt.reservation
    const cost = Math.floor((amount * share) / 100)
    this.world.settle(attempt, cost)
    this.expected.spend(attempt.provider.name, month, cost)
    this.expected.reserve(attempt.provider.name, -amount)
  }

  async check(): Promise<void> {
    for (const { subject, period, spent, reserved, leased, limit } of await this.world.ledger.budgets()) {
      assert.equal(period, this.month)
      assert.equal(spent, this.expected.spent(subject, period))
      assert.equal(reserved, this.expected.reserved(subject))
      // A clock that goes back finds the past as it was, and beside it what is in flight now.
      assert.ok(spent <= limit)
      assert.ok(reserved + leased <= limit)
    }
  }
}

export function scheduleContract(makeLedger: MakeLedger): void {
  test('nothing is refused that fits, nothing exceeds a limit, and after quiet nothing is reserved in any month', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        await using world = await LedgerWorld.open(makeLedger, { limits })
        const schedule = new Schedule(world)
        for (const next of steps) {
          await schedule.take(next)
          await schedule.check()
        }
        while (schedule.open.length > 0) schedule.settle(0, 50)
        await world.ledger.flush()
        for (const instant of instants) {
          world.clock.set(instant)
          await schedule.check()
          for (const { reserved } of await world.ledger.budgets()) assert.equal(reserved, 0)
        }
        assert.deepEqual(world.faults, [])
      }),
      { numRuns: 60 },
    )
  })
}
