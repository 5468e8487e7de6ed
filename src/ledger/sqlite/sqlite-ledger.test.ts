import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
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
    const patience = AbortSignal.timeout(30_000)
    while (count.get()?.rows !== 600) {
      assert.equal(patience.aborted, false, 'the rows were not written')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    assert.deepEqual({ ...count.get() }, { rows: 600, charges: 1 })
    observer.close()
  })
})
