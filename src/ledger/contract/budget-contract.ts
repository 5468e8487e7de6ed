// Owns the part of the ledger contract about money: what is admitted, what is charged, and what is shown.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nanoUsd } from '../../domain/money.ts'
import { clearedAttempt, LedgerWorld, type MakeLedger } from './ledger-world.ts'

export function budgetContract(makeLedger: MakeLedger): void {
  test('concurrent reservations cannot overdraw a budget', async () => {
    await using world = await LedgerWorld.open(makeLedger)
    const results = await Promise.all(Array.from({ length: 50 }, () => world.reserve(99)))
    assert.equal(results.filter(({ outcome }) => outcome === 'reserved').length, 10)
    assert.equal(results.filter(({ outcome }) => outcome === 'budget_exceeded').length, 40)
    assert.deepEqual(await world.figures(), { spent: 0, reserved: 990 })
  })

  test('a reservation that fills the budget to the last nano-dollar is admitted, one more is not', async () => {
    await using world = await LedgerWorld.open(makeLedger)
    await world.fund(400)
    await world.refusal(601)
    await world.fund(600)
    await world.refusal(1)
  })

  test('a refusal says which budget, its figures, the rule that set it, when it starts anew and what is left', async () => {
    await using world = await LedgerWorld.open(makeLedger)
    world.settle(await world.fund(300), 250)
    await world.fund(700)
    assert.deepEqual(await world.refusal(51), {
      outcome: 'budget_exceeded',
      budget: {
        id: 'provider:openai:month',
        scope: 'provider',
        subject: 'openai',
        window: 'month',
        period: '2026-11',
        limit: 1000,
        spent: 250,
        reserved: 700,
        leased: 0,
        unsettled: 0,
        resetsAtMs: Date.parse('2026-12-01T00:00:00Z'),
        soft: false,
        rule: 'budgets.monthly_limits.openai',
      },
      onExceeded: 'fallback',
      available: 50,
    })
  })

  test('the figures that refuse are the figures that are shown', async () => {
    await using world = await LedgerWorld.open(makeLedger)
    world.settle(await world.fund(300), 299)
    await world.fund(500)
    assert.deepEqual((await world.refusal(999)).budget, await world.budget())
  })

  test('a funded attempt carries the attempt, the reservation and the cap that it pays for', async () => {
    await using world = await LedgerWorld.open(makeLedger)
    const cleared = clearedAttempt('req_x')
    const bound = { amount: nanoUsd(10), outputTokenCap: 64 }
    const result = await world.ledger.reserve(cleared, bound, { attemptIndex: 2 })
    assert.equal(result.outcome, 'reserved')
    const { reservation, outputTokenCap, ...attempt } = result.attempt
    assert.deepEqual(attempt, cleared)
    assert.equal(outputTokenCap, 64)
    assert.equal(reservation.id, 'req_x:2')
    assert.equal(reservation.amount, 10)
  })

  test('settling below the reservation gives the rest back', async () => {
    await using world = await LedgerWorld.open(makeLedger)
    world.settle(await world.fund(1000), 1)
    assert.deepEqual(await world.figures(), { spent: 1, reserved: 0 })
    await world.fund(999)
  })

  test('a bill above the bound is recorded in full, and the overdrawn budget refuses', async () => {
    await using world = await LedgerWorld.open(makeLedger)
    world.settle(await world.fund(900), 1500)
    assert.deepEqual(await world.figures(), { spent: 1500, reserved: 0 })
    assert.equal((await world.refusal(1)).available, 0)
  })

  test('settling twice counts once and is a fault', async () => {
    await using world = await LedgerWorld.open(makeLedger)
    const attempt = await world.fund(100)
    world.settle(attempt, 40)
    world.settle(attempt, 40)
    assert.deepEqual(await world.figures(), { spent: 40, reserved: 0 })
    assert.deepEqual(world.faults, [{ kind: 'settled_twice', reservation: 'req_1:0' }])
  })

  test('a reservation of another ledger changes nothing and is a fault', async () => {
    await using world = await LedgerWorld.open(makeLedger)
    await using other = await LedgerWorld.open(makeLedger)
    world.settle(await other.fund(100), 40)
    assert.deepEqual(await world.figures(), { spent: 0, reserved: 0 })
    assert.deepEqual(world.faults, [{ kind: 'unknown_reservation', reservation: 'req_1:0' }])
  })

  test('a cost that is no amount is charged as the reservation, never as nothing', async () => {
    await using world = await LedgerWorld.open(makeLedger)
    const cost = Number.NaN as ReturnType<typeof nanoUsd>
    world.ledger.settle(await world.fund(100), { cost, usage: undefined, quality: 'reported' })
    assert.deepEqual(await world.figures(), { spent: 100, reserved: 0 })
    assert.deepEqual(world.faults, [{ kind: 'invalid_cost', reservation: 'req_1:0' }])
  })

  test('a bound that is no amount is refused with an error', async () => {
    await using world = await LedgerWorld.open(makeLedger)
    for (const wrong of [-1, 0.5, Number.NaN]) {
      const bound = { amount: wrong as ReturnType<typeof nanoUsd>, outputTokenCap: undefined }
      const reserving = async () => world.ledger.reserve(clearedAttempt('req_x'), bound, { attemptIndex: 0 })
      await assert.rejects(reserving, RangeError)
    }
    assert.deepEqual(await world.figures(), { spent: 0, reserved: 0 })
  })

  test('when every reservation was released or settled, nothing is reserved', async () => {
    await using world = await LedgerWorld.open(makeLedger)
    const attempts = await Promise.all([100, 200, 300, 400].map((amount) => world.fund(amount)))
    for (const [index, attempt] of attempts.entries()) world.settle(attempt, index % 2 === 0 ? 0 : 7)
    assert.deepEqual(await world.figures(), { spent: 14, reserved: 0 })
  })

  test('free attempts pass when the budget is exhausted', async () => {
    await using world = await LedgerWorld.open(makeLedger)
    world.settle(await world.fund(1000), 1000)
    await world.refusal(1)
    const free = await world.fund(0)
    assert.equal(free.reservation.amount, 0)
    world.settle(free, 0)
    assert.deepEqual(await world.figures(), { spent: 1000, reserved: 0 })
  })

  test('a free attempt that turns out to cost something is charged', async () => {
    await using world = await LedgerWorld.open(makeLedger)
    world.settle(await world.fund(0), 25)
    assert.deepEqual(await world.figures(), { spent: 25, reserved: 0 })
  })

  test('a limit of zero refuses all but free attempts', async () => {
    await using world = await LedgerWorld.open(makeLedger, { limits: { openai: 0 } })
    await world.refusal(1)
    await world.fund(0)
  })

  test('a provider without a limit is never refused and shows no budget', async () => {
    await using world = await LedgerWorld.open(makeLedger)
    world.settle(await world.fund(5_000_000_000_000, 'unlimited'), 4_000_000_000_000)
    await world.fund(5_000_000_000_000, 'unlimited')
    assert.deepEqual(
      (await world.ledger.budgets()).map(({ subject }) => subject),
      ['openai'],
    )
    assert.deepEqual(await world.figures(), { spent: 0, reserved: 0 })
  })

  test('one provider does not use up the budget of another', async () => {
    await using world = await LedgerWorld.open(makeLedger, { limits: { openai: 1000, ollama_cloud: 500 } })
    await world.fund(1000)
    await world.fund(500, 'ollama_cloud')
    assert.deepEqual(
      (await world.ledger.budgets()).map(({ subject, reserved }) => [subject, reserved]),
      [
        ['openai', 1000],
        ['ollama_cloud', 500],
      ],
    )
  })

  test('a new month starts with nothing spent, at midnight of the budget time zone', async () => {
    await using world = await LedgerWorld.open(makeLedger, { timeZone: 'Europe/Berlin' })
    world.clock.set('2026-11-30T22:59:59.999Z')
    world.settle(await world.fund(1000), 1000)
    await world.refusal(1)
    world.clock.set('2026-11-30T23:00:00Z')
    assert.equal((await world.budget()).period, '2026-12')
    assert.deepEqual(await world.figures(), { spent: 0, reserved: 0 })
    await world.fund(1000)
  })

  test('a clock that jumps back finds the figures of the month it is back in', async () => {
    await using world = await LedgerWorld.open(makeLedger)
    world.settle(await world.fund(600), 600)
    world.clock.set('2027-01-15T00:00:00Z')
    world.settle(await world.fund(1000), 900)
    world.clock.set('2026-11-23T12:00:00Z')
    assert.deepEqual(await world.figures(), { spent: 600, reserved: 0 })
    await world.refusal(401)
    world.clock.set('2027-01-15T00:00:00Z')
    assert.deepEqual(await world.figures(), { spent: 900, reserved: 0 })
  })

  test('a charge counts in the month of its reservation', async () => {
    await using world = await LedgerWorld.open(makeLedger)
    const attempt = await world.fund(700)
    world.clock.set('2026-12-01T00:00:00Z')
    // Until it is settled, nobody knows what it will come to; so nobody else may have the money.
    assert.deepEqual(await world.figures(), { spent: 0, reserved: 700 })
    world.settle(attempt, 650)
    assert.deepEqual(await world.figures(), { spent: 0, reserved: 0 })
    world.clock.set('2026-11-30T23:59:59Z')
    assert.deepEqual(await world.figures(), { spent: 650, reserved: 0 })
  })

  test('a ledger at rest is healthy, and flush may be called at any time', async () => {
    await using world = await LedgerWorld.open(makeLedger)
    await world.ledger.flush()
    await world.fund(1)
    await world.ledger.flush()
    assert.equal(world.ledger.healthy(), true)
  })
}
