// Owns what the ledger must hold on every store. A store passes it in a few lines; see leased-ledger.test.ts.
import { describe } from 'node:test'
import { budgetContract } from './contract/budget-contract.ts'
import type { MakeLedger } from './contract/ledger-world.ts'
import { scheduleContract } from './contract/schedule-contract.ts'

/**
 * Declares the tests of the port for one implementation. `makeLedger` answers a new and empty ledger each time.
 * @example describeLedger('LeasedLedger on SQLite', (setup) => LeasedLedger.open({ ...setup, store, owner, journal }))
 */
export function describeLedger(name: string, makeLedger: MakeLedger): void {
  describe(`${name} keeps the ledger contract`, () => {
    describe('budgets', () => budgetContract(makeLedger))
    describe('random schedules', () => scheduleContract(makeLedger))
  })
}
