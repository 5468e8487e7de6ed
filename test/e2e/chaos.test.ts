// A short chaos run on each database: one event of each kind under a load of every dialect, the same faults each time.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databaseKinds } from '../../bench/chaos/database.ts'
import { textOf } from '../../bench/chaos/print.ts'
import { runChaos } from '../../bench/chaos/run-chaos.ts'

const EVENTS = { postgres: 7, sqlite: 6 } as const
const skip = process.platform === 'linux' ? false : 'finds the workers that it kills in /proc'

describe('two workers whose providers, database, processes and clients fail', { skip }, () => {
  for (const database of databaseKinds) {
    test(`lose no money, let nothing out and leave nobody waiting, on ${database}`, async () => {
      const result = await runChaos({
        ...{ database, seed: 20_260_101, clients: 8, marginMs: 60_000, requestsAnEvent: [10, 20] },
        enough: (events) => events >= EVENTS[database],
        progress: () => {},
      })
      assert.deepEqual(result.wrong, [])
      assert.deepEqual(result.counterexamples.map(textOf), [])
      assert.deepEqual([...new Set(Object.values(result.events))], [1])
      assert.equal(Object.keys(result.events).length, EVENTS[database])
      // Else nothing was tried.
      assert.ok(result.looks > 0, 'nobody looked into the ledger')
      assert.ok((result.outcomes.answered ?? 0) > 100, JSON.stringify(result.outcomes))
      assert.ok((result.outcomes.left ?? 0) > 0, 'no client left')
      for (const { provider, billed } of result.accounts) assert.ok(billed > 0, `${provider} was paid`)
      assert.ok(Object.keys(result.fallbacks).length > 3, JSON.stringify(result.fallbacks))
    })
  }
})
