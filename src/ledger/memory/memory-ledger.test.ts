import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answeredOutcome, ManualClock } from '../contract/ledger-world.ts'
import { describeLedger } from '../ledger-contract.ts'
import { MemoryLedger } from './memory-ledger.ts'

describeLedger('MemoryLedger', (setup) => new MemoryLedger(setup))

test('a memory ledger keeps its newest rows and does not grow without end', () => {
  const clock = new ManualClock('2026-11-23T12:00:00Z')
  const ledger = new MemoryLedger({
    clock,
    limits: {},
    timeZone: 'UTC',
    onFault: (fault) => assert.fail(fault.kind),
    maxRows: 100,
  })
  for (let index = 0; index < 1000; index += 1) {
    ledger.record(answeredOutcome(`req_${index}`, { receivedAtMs: index }))
  }
  const rows = ledger.usage({ limit: 1000 })
  assert.ok(rows.length >= 100 && rows.length <= 125)
  assert.equal(rows[0]?.requestId, 'req_999')
  assert.equal(ledger.summary('day', {})[0]?.requests, rows.length)
})
