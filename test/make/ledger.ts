// Owns a real ledger for tests of what stands above it: in memory, with monthly limits by provider.
import { randomUUID } from 'node:crypto'
import type { Clock } from '../../src/domain/clock.ts'
import type { NanoUsd } from '../../src/domain/money.ts'
import { budgetOf } from '../../src/ledger/contract/ledger-world.ts'
import { LeasedLedger } from '../../src/ledger/leased-ledger.ts'
import { IN_MEMORY } from '../../src/ledger/sqlite/ledger-file.ts'
import { SqliteStore } from '../../src/ledger/sqlite/sqlite-store.ts'

export function memoryLedger(clock: Clock, limits: Readonly<Record<string, NanoUsd>>): Promise<LeasedLedger> {
  return LeasedLedger.open({
    store: new SqliteStore({ path: IN_MEMORY }),
    clock,
    budgets: Object.entries(limits).map(([subject, limit]) => budgetOf(limit, { subject })),
    owner: { id: randomUUID(), host: 'test', pid: process.pid },
    journal: undefined,
    onFault: () => {},
  })
}
