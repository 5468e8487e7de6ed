import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { nanoUsd } from '../../domain/money.ts'
import { answeredOutcome, LedgerWorld } from '../contract/ledger-world.ts'
import { usageGroupings } from '../ledger.ts'
import { SqliteLedger } from './sqlite-ledger.ts'
import { openSqliteLedgerReader } from './sqlite-ledger-reader.ts'

const folder = mkdtempSync(join(tmpdir(), 'aegis-ledger-'))
after(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'aegis.db')

describe('a reader beside the server', () => {
  test('shows the figures that the server decides by', async () => {
    const world = await LedgerWorld.open((setup) => new SqliteLedger({ ...setup, path }), { limits: { openai: 1000 } })
    const reader = openSqliteLedgerReader(path, {
      clock: world.clock,
      limits: { openai: nanoUsd(1000) },
      timeZone: 'UTC',
    })
    const open = await world.fund(300)
    world.settle(await world.fund(200), 120)
    for (let index = 0; index < 5; index += 1) {
      world.ledger.record(answeredOutcome(`req_${index}`, { cost: nanoUsd(index), receivedAtMs: index }))
    }
    world.ledger.flush()
    assert.deepEqual(reader.budgets(), world.ledger.budgets())
    assert.deepEqual(reader.usage({ limit: 3 }), world.ledger.usage({ limit: 3 }))
    for (const grouping of usageGroupings) {
      assert.deepEqual(reader.summary(grouping, {}), world.ledger.summary(grouping, {}))
    }
    world.settle(open, 300)
    assert.deepEqual(
      reader.budgets().map(({ spent, reserved }) => spent + reserved),
      [420],
      'a settlement that is not yet written still shows as reserved',
    )
    world.ledger.close()
    assert.deepEqual(reader.budgets(), world.ledger.budgets())
    reader.close()
  })

  test('an error while reading leaves the reader usable', () => {
    const reader = openSqliteLedgerReader(path, {
      clock: { wallMs: () => 0, monotonicMs: () => 0 },
      limits: {},
      timeZone: 'UTC',
    })
    assert.throws(() => reader.usage({ limit: 0 }), RangeError)
    assert.equal(reader.usage({ limit: 1000 }).length, 5)
    reader.close()
  })
})
