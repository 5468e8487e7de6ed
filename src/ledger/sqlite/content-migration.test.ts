// Proves that a ledger file of before content was kept becomes a current one and loses nothing.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { figures, GLOBAL, NOW_MS, StoreWorld } from '../contract/store-world.ts'
import { SqliteStore } from './sqlite-store.ts'

const ofVersion2 = ['owner', 'lease', 'spend', 'budget', 'alert', 'usage', 'usage_tag', 'usage_elsewhere', 'usage_sum']

test('a file of version 2 gets its new tables, and its money is as it was', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-migration-'))
  const path = join(folder, 'aegis.db')
  const place = { store: () => new SqliteStore({ path }), shared: true }
  try {
    {
      await using world = await StoreWorld.open(() => place)
      await world.commit('a', { spend: [{ ...GLOBAL, amount: 80 }] })
    }
    const database = new DatabaseSync(path)
    const tables = database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .all()
    const later = tables.filter(({ name }) => !ofVersion2.includes(String(name)))
    for (const { name } of later) database.exec(`DROP TABLE ${String(name)}`)
    database.exec('DROP INDEX spend_fine; ALTER TABLE usage DROP COLUMN endpoint')
    database.exec('PRAGMA user_version = 2')
    database.close()
    await using world = await StoreWorld.open(() => place)
    assert.deepEqual(await world.figures(GLOBAL), figures({ spent: 80 }))
    const about = Buffer.from('about')
    const label = { id: 'a', kind: 'file', tenant: '', classification: 'public', createdAtMs: NOW_MS } as const
    await world.store.contents.keep({ ...label, expiresAtMs: NOW_MS + 1, about, content: about })
    assert.ok(await world.store.contents.kept('a'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
