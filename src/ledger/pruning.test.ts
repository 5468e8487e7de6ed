// Proves that a running ledger takes away by itself what no limit can see any more, all of it, in small steps.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { HandClock } from '../../test/make/hand-clock.ts'
import { ALWAYS, batch, GLOBAL, only } from './contract/store-world.ts'
import { LeasedLedger } from './leased-ledger.ts'
import { IN_MEMORY } from './sqlite/ledger-file.ts'
import { SqliteStore } from './sqlite/sqlite-store.ts'

test('old fine slots are gone a few seconds after a start', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const clock = new HandClock()
  const nowMs = Math.round(clock.wallMs())
  const store = new SqliteStore({ path: IN_MEMORY })
  const ledger = await LeasedLedger.open({
    ...{ store, clock, budgets: [], owner: { id: 'a', host: 'test', pid: 1 }, journal: undefined, onFault() {} },
  })
  await store.announce({ id: 'b', host: 'test', pid: 2 }, nowMs)
  const spend = Array.from({ length: 1200 }, (_, index) => ({
    ...{ ...GLOBAL, grainSeconds: 1, slotMs: nowMs - 2 * 86_400_000 - index * 1000, amount: 1 },
  }))
  await store.commit('b', batch(1, { spend }), nowMs)
  const left = async () => Number(only(await store.figures([{ ...GLOBAL, ...ALWAYS, grainSeconds: 1 }], 0)).spent)
  assert.equal(await left(), 1200)
  for (let second = 0; second < 60 && (await left()) > 0; second += 1) {
    t.mock.timers.tick(1000)
    for (let step = 0; step < 20; step += 1) await turn()
  }
  assert.equal(await left(), 0)
  await ledger.close()
})
