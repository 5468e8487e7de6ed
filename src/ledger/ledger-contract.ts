// Owns what every ledger must hold. An implementation passes it in a few lines; see memory/memory-ledger.test.ts.
import { describe } from 'node:test'
import { budgetContract } from './contract/budget-contract.ts'
import type { MakeLedger } from './contract/ledger-world.ts'
import { scheduleContract } from './contract/schedule-contract.ts'
import { usageContract } from './contract/usage-contract.ts'

/**
 * Declares the tests of the port for one implementation. `makeLedger` answers a new and empty ledger each time.
 * @example describeLedger('MemoryLedger', (setup) => new MemoryLedger(setup))
 */
export function describeLedger(name: string, makeLedger: MakeLedger): void {
  describe(`${name} keeps the ledger contract`, () => {
    describe('budgets', () => budgetContract(makeLedger))
    describe('usage', () => usageContract(makeLedger))
    describe('random schedules', () => scheduleContract(makeLedger))
  })
}
