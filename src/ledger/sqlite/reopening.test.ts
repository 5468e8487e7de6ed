import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
import fc from 'fast-check'
import { nanoUsd } from '../../domain/money.ts'
import { answeredOutcome, LedgerWorld, type MakeLedger } from '../contract/ledger-world.ts'
import { SqliteLedger } from './sqlite-ledger.ts'

const folder = mkdtempSync(join(tmpdir(), 'aegis-ledger-'))
after(() => rmSync(folder, { recursive: true }))
let files = 0

function newPath(): string {
  files += 1
  return join(folder, `${files}.db`)
}

function at(path: string): MakeLedger {
  return (setup) => new SqliteLedger({ ...setup, path })
}

function read(path: string, sql: string): unknown[] {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    return database
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }))
  } finally {
    database.close()
  }
}

describe('a ledger file that is opened again', () => {
  test('figures and usage are the same after closing and opening again', async () => {
    const path = newPath()
    const first = await LedgerWorld.open(at(path))
    first.settle(await first.fund(70), 30)
    first.ledger.record(answeredOutcome('req_1', { cost: nanoUsd(30) }))
    const [budgets, usage, summary] = shown(first)
    first.ledger.close()
    assert.deepEqual(first.faults, [])
    using second = await LedgerWorld.open(at(path))
    assert.deepEqual(shown(second), [budgets, usage, summary])
    assert.deepEqual(second.faults, [])
  })

  test('a reservation that nobody settled is charged in full at the next open and has a usage row', async () => {
    const path = newPath()
    const first = await LedgerWorld.open(at(path))
    await first.fund(70)
    first.settle(await first.fund(50), 20)
    await first.fund(0)
    first.ledger.close()
    using second = await LedgerWorld.open(at(path))
    assert.deepEqual(second.figures(), { spent: 90, reserved: 0 })
    assert.deepEqual(second.faults, [{ kind: 'unsettled_charged', reservations: 1, amount: 70 }])
    const [row] = second.ledger.usage({ limit: 10 })
    assert.deepEqual(
      [row?.requestId, row?.status, row?.usageQuality, row?.cost, row?.provider, row?.keyId, row?.attempts],
      ['req_1:0', 'unsettled', 'estimated', 70, 'openai', 'key_1', ['openai/gpt-5-mini:unsettled']],
    )
    assert.deepEqual(
      second.ledger.summary('user', {}).map(({ group, requests, cost }) => [group, requests, cost]),
      [['ann', 1, 70]],
    )
    assert.deepEqual(read(path, "SELECT cost, quality, status FROM charge WHERE reservation = 'req_1:0'"), [
      { cost: 70, quality: 'estimated', status: 'unsettled' },
    ])
  })

  test('what was charged in full at one open is not charged again at the next', async () => {
    const path = newPath()
    const first = await LedgerWorld.open(at(path))
    await first.fund(70)
    first.ledger.close()
    for (let opens = 0; opens < 3; opens += 1) {
      using again = await LedgerWorld.open(at(path))
      assert.deepEqual(again.figures(), { spent: 70, reserved: 0 })
      assert.equal(again.ledger.usage({ limit: 10 }).length, 1)
    }
  })

  test('an unsettled attempt counts in the month of its reservation, not in that of the next open', async () => {
    const path = newPath()
    const first = await LedgerWorld.open(at(path))
    await first.fund(70)
    first.ledger.close()
    using second = await LedgerWorld.open((setup) => {
      assert.ok('nowMs' in setup.clock)
      setup.clock.nowMs = Date.parse('2026-12-02T00:00:00Z')
      return at(path)(setup)
    })
    assert.deepEqual(second.figures(), { spent: 0, reserved: 0 })
    second.clock.set('2026-11-30T00:00:00Z')
    assert.deepEqual(second.figures(), { spent: 70, reserved: 0 })
  })

  test('a limit that is added later compares with what this month has spent', async () => {
    const path = newPath()
    const first = await LedgerWorld.open(at(path), { limits: {} })
    first.settle(await first.fund(600), 600)
    first.ledger.close()
    using second = await LedgerWorld.open(at(path), { limits: { openai: 1000 } })
    await second.refusal(401)
  })

  test('the spend of a month is the sum of its charges, whatever happens', async () => {
    const event = fc.record({
      amount: fc.nat(300),
      share: fc.option(fc.integer({ min: 0, max: 150 }), { nil: undefined }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 30 }), async (events) => {
        const path = newPath()
        const world = await LedgerWorld.open(at(path), { limits: { openai: 100_000 } })
        for (const { amount, share } of events) {
          const attempt = await world.fund(amount)
          if (share !== undefined) world.settle(attempt, Math.floor((amount * share) / 100))
        }
        world.ledger.close()
        using again = await LedgerWorld.open(at(path), { limits: { openai: 100_000 } })
        assert.deepEqual(read(path, 'SELECT ifnull(sum(cost), 0) AS spent FROM charge'), [
          { spent: again.figures().spent },
        ])
      }),
      { numRuns: 30 },
    )
  })
})

function shown({ ledger }: LedgerWorld): unknown[] {
  return [ledger.budgets(), ledger.usage({ limit: 10 }), ledger.summary('day', {})]
}
