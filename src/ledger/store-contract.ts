// Owns what every store of the ledger must hold. An implementation passes it in a few lines; see sqlite/sqlite-store.test.ts.
import { describe } from 'node:test'
import { storeAccess } from './contract/store-access.ts'
import { storeAlerts } from './contract/store-alerts.ts'
import { storeBatches } from './contract/store-batches.ts'
import { storeBudgets } from './contract/store-budgets.ts'
import { storeContent } from './contract/store-content.ts'
import { storeDecisions } from './contract/store-decisions.ts'
import { storeDoors } from './contract/store-doors.ts'
import { storeFigures } from './contract/store-figures.ts'
import { storeGrants } from './contract/store-grants.ts'
import { storeInvariant } from './contract/store-invariant.ts'
import { storeLife } from './contract/store-life.ts'
import { storeLimits } from './contract/store-limits.ts'
import { storeOwners } from './contract/store-owners.ts'
import { storePruning } from './contract/store-pruning.ts'
import { storeQueue } from './contract/store-queue.ts'
import { storeRollouts } from './contract/store-rollouts.ts'
import { storeSummaries } from './contract/store-summaries.ts'
import { storeTaint } from './contract/store-taint.ts'
import { storeUsagePages } from './contract/store-usage-pages.ts'
import type { MakeStore } from './contract/store-world.ts'

/**
 * Declares the tests of the port for one implementation. `makeStore` is asked for each test.
 * @example
 * describeStore('SqliteStore in a file', () => {
 *   const path = newPath()
 *   return { store: () => new SqliteStore({ path }), shared: true }
 * })
 */
export function describeStore(name: string, makeStore: MakeStore): void {
  describe(`${name} keeps the contract of the ledger's stores`, () => {
    describe('grants', () => storeGrants(makeStore))
    describe('batches', () => storeBatches(makeStore))
    describe('owners', () => storeOwners(makeStore))
    describe('figures', () => storeFigures(makeStore))
    describe('budgets', () => storeBudgets(makeStore))
    describe('access', () => storeAccess(makeStore))
    describe('limits', () => storeLimits(makeStore))
    describe('alerts', () => storeAlerts(makeStore))
    describe('rollouts', () => storeRollouts(makeStore))
    describe('decisions', () => storeDecisions(makeStore))
    describe('restricted conversations', () => storeTaint(makeStore))
    describe('closed providers', () => storeDoors(makeStore))
    describe('what is too old', () => storePruning(makeStore))
    describe('pages of usage', () => storeUsagePages(makeStore))
    describe('summaries of usage', () => storeSummaries(makeStore))
    describe('content', () => storeContent(makeStore))
    describe('the queue of batches', () => storeQueue(makeStore))
    describe('opening and closing', () => storeLife(makeStore))
    describe('any order of events', () => storeInvariant(makeStore))
  })
}
