// Proves that a page is read from where it begins, however many newer rows there are, by what the server counts of its index.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { PostgresServer } from '../../../test/make/postgres.ts'
import { storeUsage } from '../contract/any-usage.ts'
import { batch, NOW_MS } from '../contract/store-world.ts'
import { PostgresStore } from './postgres-store.ts'

const ROWS = 10_000
const postgres = await PostgresServer.start()
after(() => postgres.end())

interface Counted {
  readonly blocks: number
  readonly scans: number
}

/** Blocks of the index of usage that were looked at, and how often it was asked. A connection tells of it when it ends. */
async function countedOfIndex(connectionString: string, isTold: (counted: Counted) => boolean): Promise<Counted> {
  const sql = `SELECT (idx_blks_hit + idx_blks_read)::int AS blocks, scanned.idx_scan::int AS scans
     FROM pg_statio_user_indexes JOIN pg_stat_user_indexes AS scanned USING (indexrelid)
     WHERE scanned.indexrelname = 'usage_pkey'`
  for (let tries = 0; tries < 1000; tries += 1) {
    const [counted] = await postgres.ask<Counted>(sql, connectionString)
    if (counted && isTold(counted)) return counted
    await delay(20)
  }
  throw new Error('The server has not told what it counted.')
}

test('a page of old rows is read without looking at the newer ones', async () => {
  const connectionString = await postgres.newDatabase()
  const seeding = new PostgresStore({ connectionString })
  await seeding.open()
  await seeding.announce({ id: 'a', host: '', pid: 1 }, NOW_MS)
  const usage = Array.from({ length: ROWS }, (_, index) => storeUsage(`req_${index}`, { receivedAtMs: NOW_MS + index }))
  await seeding.commit('a', batch(1, { usage }), NOW_MS)
  await seeding.close()
  await postgres.ask('ANALYZE aegis.usage', connectionString)
  const before = await countedOfIndex(connectionString, ({ blocks }) => blocks > 0)

  const reading = new PostgresStore({ connectionString })
  await reading.open()
  const { rows } = await reading.usage({ limit: 50, cursor: `${NOW_MS + 100}~req_100` })
  assert.deepEqual([rows.length, rows[0]?.requestId], [50, 'req_99'])
  await reading.close()
  const read = await countedOfIndex(connectionString, ({ scans }) => scans > before.scans)
  assert.ok(read.blocks - before.blocks < 20, `${read.blocks - before.blocks} blocks`)
})
