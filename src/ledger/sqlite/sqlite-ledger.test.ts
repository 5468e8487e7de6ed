import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
import fc from 'fast-check'
import { nanoUsd } from '../../domain/money.ts'
import type { Charge } from '../budget-book.ts'
import { answeredOutcome, clearedAttempt, LedgerWorld, type MakeLedger } from '../contract/ledger-world.ts'
import { openForWriting } from './ledger-file.ts'
import { LedgerStore } from './ledger-store.ts'
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

describe('a ledger file', () => {
  test('a paid reservation is in the file before reserve returns', async () => {
    const path = newPath()
    using world = await LedgerWorld.open(at(path))
    await world.fund(70)
    assert.deepEqual(
      read(path, 'SELECT seq, request_id, provider, model, period, amount, key_id, user FROM reservation'),
      [
        {
          seq: 1,
          request_id: 'req_1',
          provider: 'openai',
          model: 'gpt-5-mini',
          period: '2026-11',
          amount: 70,
          key_id: 'key_1',
          user: 'ann',
        },
      ],
    )
  })

  test('a settlement takes the reservation away, and adds a charge and the spend, in one step', async () => {
    const path = newPath()
    using world = await LedgerWorld.open(at(path))
    world.settle(await world.fund(70), 30)
    world.settle(await world.fund(70), 0)
    assert.equal(read(path, 'SELECT * FROM reservation').length, 2)
    world.ledger.flush()
    assert.deepEqual(read(path, 'SELECT * FROM reservation'), [])
    assert.deepEqual(read(path, 'SELECT seq, reservation, reserved, cost, quality, status FROM charge'), [
      { seq: 1, reservation: 'req_1:0', reserved: 70, cost: 30, quality: 'reported', status: 'settled' },
    ])
    assert.deepEqual(read(path, 'SELECT * FROM spend'), [{ provider: 'openai', period: '2026-11', amount: 30 }])
  })

  test('a settlement above its reservation is in the file before settle returns', async () => {
    const path = newPath()
    using world = await LedgerWorld.open(at(path))
    world.settle(await world.fund(70), 71)
    assert.deepEqual(read(path, 'SELECT amount FROM spend'), [{ amount: 71 }])
    world.settle(await world.fund(0), 5)
    assert.deepEqual(read(path, 'SELECT amount FROM spend'), [{ amount: 76 }])
  })

  test('a free attempt writes nothing', async () => {
    const path = newPath()
    using world = await LedgerWorld.open(at(path))
    const observer = new DatabaseSync(path)
    const version = () => ({ ...observer.prepare('PRAGMA data_version').get() })
    const before = version()
    world.settle(await world.fund(0), 0)
    world.ledger.flush()
    assert.deepEqual(version(), before)
    observer.close()
  })

  test('what is written is not written again', async () => {
    const path = newPath()
    using world = await LedgerWorld.open(at(path))
    world.settle(await world.fund(70), 30)
    world.ledger.record(answeredOutcome('req_1'))
    world.ledger.flush()
    const observer = new DatabaseSync(path)
    const version = () => ({ ...observer.prepare('PRAGMA data_version').get() })
    const before = version()
    world.ledger.flush()
    assert.deepEqual(version(), before)
    observer.close()
  })

  test('a charge that is written again counts once', () => {
    const file = openForWriting(newPath(), 'normal', 0)
    const store = new LedgerStore(file.database)
    const account = { provider: 'openai', period: '2026-11', spent: nanoUsd(0), reserved: nanoUsd(0) }
    const charge: Charge = {
      number: 1,
      reservation: 'req_1:0',
      account,
      model: 'gpt-5-mini',
      reserved: nanoUsd(10),
      cost: nanoUsd(7),
      quality: 'reported',
    }
    store.write([charge], [], 0)
    store.write([charge, { ...charge, number: 2 }], [], 0)
    assert.deepEqual({ ...file.database.prepare('SELECT sum(amount) AS spent FROM spend').get() }, { spent: 14 })
    file.close()
  })

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

  test('after close nothing paid is reserved, and what comes late is a fault', async () => {
    const path = newPath()
    const world = await LedgerWorld.open(at(path))
    const late = await world.fund(70)
    world.ledger.close()
    world.ledger.close()
    world.settle(late, 10)
    world.ledger.record(answeredOutcome('req_1'))
    assert.equal((await world.reserve(10)).outcome, 'ledger_unavailable')
    assert.equal((await world.reserve(0)).outcome, 'reserved')
    assert.equal(world.ledger.healthy(), false)
    assert.deepEqual(world.faults, [{ kind: 'used_after_close' }, { kind: 'used_after_close' }])
  })

  test('usage rows are written within a moment, without being asked for', async () => {
    const path = newPath()
    using world = await LedgerWorld.open(at(path))
    const cleared = clearedAttempt('req_x')
    const result = await world.ledger.reserve(cleared, { amount: nanoUsd(9), outputTokenCap: 1 }, { attemptIndex: 0 })
    assert.equal(result.outcome, 'reserved')
    world.settle(result.attempt, 9)
    for (let index = 0; index < 600; index += 1) world.ledger.record(answeredOutcome(`req_${index}`))
    const observer = new DatabaseSync(path, { readOnly: true })
    const count = observer.prepare(
      'SELECT (SELECT count(*) FROM usage) AS rows, (SELECT count(*) FROM charge) AS charges',
    )
    const patience = AbortSignal.timeout(5000)
    while (count.get()?.rows !== 600) {
      assert.equal(patience.aborted, false, 'the rows were not written')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    assert.deepEqual({ ...count.get() }, { rows: 600, charges: 1 })
    observer.close()
  })
})

function shown({ ledger }: LedgerWorld): unknown[] {
  return [ledger.budgets(), ledger.usage({ limit: 10 }), ledger.summary('day', {})]
}
