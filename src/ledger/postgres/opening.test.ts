import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { PostgresServer } from '../../../test/make/postgres.ts'
import { storeUsage } from '../contract/any-usage.ts'
import { batch, figures, GLOBAL, NOW_MS, only, StoreWorld } from '../contract/store-world.ts'
import { StoreUnavailable } from '../store.ts'
import type { LedgerDatabaseErrorCode } from './ledger-database-error.ts'
import { PostgresStore, type PostgresStoreOptions } from './postgres-store.ts'
import { SCHEMA_VERSION } from './schema.ts'

let postgres: PostgresServer
before(async () => {
  postgres = await PostgresServer.start()
})
after(() => postgres.end())

async function opened(options: PostgresStoreOptions): Promise<PostgresStore> {
  const store = new PostgresStore(options)
  await store.open()
  return store
}

function refused(code: LedgerDatabaseErrorCode, message: RegExp) {
  return (error: Error & { code?: string }) => {
    assert.equal(error.name, 'LedgerDatabaseError')
    assert.equal(error.code, code)
    assert.match(error.message, message)
    return true
  }
}

/** Neither the message nor what else an error carries may show how to get in. */
function unavailableWithout(...secrets: readonly string[]) {
  return (error: Error) => {
    assert.ok(error instanceof StoreUnavailable, String(error))
    const shown = `${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`
    for (const secret of secrets) assert.ok(!shown.includes(secret), shown)
    return true
  }
}

describe('opening a ledger database', () => {
  test('tables are made in the schema that is named, and nothing else is touched', async () => {
    const connectionString = await postgres.newDatabase()
    await postgres.ask('CREATE TABLE usage (mine text)', connectionString)
    const store = await opened({ connectionString, schema: 'spending' })
    await store.close()
    const tables = await postgres.ask<{ place: string }>(
      `SELECT DISTINCT schemaname || CASE schemaname WHEN 'public' THEN '.' || tablename ELSE '' END AS place
       FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY place`,
      connectionString,
    )
    assert.deepEqual(
      tables.map(({ place }) => place),
      ['public.usage', 'spending'],
    )
  })

  test('two ledgers in one database do not see each other', async () => {
    const connectionString = await postgres.newDatabase()
    const [one, other] = await Promise.all(['one', 'other'].map((schema) => opened({ connectionString, schema })))
    await one?.announce({ id: 'a', host: '', pid: 1 }, NOW_MS)
    assert.equal((await one?.owners())?.length, 1)
    assert.equal((await other?.owners())?.length, 0)
    await one?.close()
    await other?.close()
  })

  test('a schema that an administrator has made, and is empty, is taken', async () => {
    const connectionString = await postgres.newDatabase()
    await postgres.ask('CREATE SCHEMA aegis', connectionString)
    await (await opened({ connectionString })).close()
  })

  test('a user that may only use its own tables can open what was made before', async () => {
    const connectionString = await postgres.newDatabase()
    await (await opened({ connectionString })).close()
    await postgres.ask("CREATE ROLE clerk LOGIN PASSWORD 'clerk'", connectionString)
    await postgres.ask('GRANT USAGE ON SCHEMA aegis TO clerk', connectionString)
    await postgres.ask('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA aegis TO clerk', connectionString)
    const url = new URL(connectionString)
    url.username = 'clerk'
    url.password = 'clerk'
    await using world = await StoreWorld.open(() => ({
      store: () => new PostgresStore({ connectionString: url.href }),
      shared: true,
    }))
    await world.store.ping()
    assert.equal((await world.lease('a', GLOBAL, 5, 10)).granted, 5)
  })

  test('a schema of another program is refused and left as it is', async () => {
    const connectionString = await postgres.newDatabase()
    // Other programs have a table of that name too.
    await postgres.ask('CREATE TABLE schema_version (version integer)', connectionString)
    await assert.rejects(
      opened({ connectionString, schema: 'public' }),
      refused('not_a_ledger', /public .*another program/),
    )
    const tables = await postgres.ask("SELECT FROM pg_tables WHERE schemaname = 'public'", connectionString)
    assert.equal(tables.length, 1)
  })

  test('a ledger of a newer version is refused with both versions', async () => {
    const connectionString = await postgres.newDatabase()
    await (await opened({ connectionString })).close()
    await postgres.ask('UPDATE aegis.schema_version SET version = 99', connectionString)
    await assert.rejects(
      opened({ connectionString }),
      refused('other_schema', new RegExp(`newer version \\(schema 99, this program knows ${SCHEMA_VERSION}\\)`)),
    )
  })

  test('a ledger of before content was kept gets its new tables, and its money is as it was', async () => {
    const connectionString = await postgres.newDatabase()
    const place = { store: () => new PostgresStore({ connectionString }), shared: true }
    {
      await using world = await StoreWorld.open(() => place)
      await world.commit('a', { spend: [{ ...GLOBAL, amount: 80 }] })
    }
    await postgres.ask(
      `DO $$ DECLARE later text; BEGIN
         FOR later IN SELECT tablename FROM pg_tables WHERE schemaname = 'aegis' AND tablename NOT IN
           ('schema_version', 'owner', 'lease', 'spend', 'budget', 'alert', 'usage', 'usage_tag', 'usage_elsewhere', 'usage_sum')
         LOOP EXECUTE format('DROP TABLE aegis.%I CASCADE', later); END LOOP;
         DROP INDEX aegis.spend_fine;
       END $$`,
      connectionString,
    )
    await postgres.ask('ALTER TABLE aegis.usage DROP COLUMN endpoint', connectionString)
    await postgres.ask('UPDATE aegis.schema_version SET version = 1', connectionString)
    await using world = await StoreWorld.open(() => place)
    assert.deepEqual(await world.figures(GLOBAL), figures({ spent: 80 }))
    const about = Buffer.from('about')
    const label = { id: 'a', kind: 'file', tenant: '', classification: 'public', createdAtMs: NOW_MS } as const
    await world.store.contents.keep({ ...label, expiresAtMs: NOW_MS + 1, about, content: about })
    assert.ok(await world.store.contents.kept('a'))
  })

  test('a database that cannot hold every text is refused', async () => {
    const connectionString = await postgres.newDatabase("ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    await assert.rejects(opened({ connectionString }), refused('encoding', /LATIN1.*UTF8/))
  })

  test('many stores that open a new database at once all can', async () => {
    const connectionString = await postgres.newDatabase()
    const stores = await Promise.all(Array.from({ length: 8 }, () => opened({ connectionString, maxConnections: 2 })))
    for (const store of stores) await store.close()
  })

  test('an address that is none is refused without being shown', () => {
    for (const connectionString of ['', 'db.internal', 'mysql://aegis:s3cret@host/db']) {
      assert.throws(
        () => new PostgresStore({ connectionString }),
        (error: Error) => {
          assert.ok(!error.message.includes('s3cret'))
          return refused('bad_address', /must be like/)(error)
        },
      )
    }
    for (const schema of ['', 'Aegis', 'a"b', 'pg_ledger', '1', 'a'.repeat(64)]) {
      const connectionString = 'postgres://localhost/x'
      assert.throws(() => new PostgresStore({ connectionString, schema }), refused('bad_address', /name of the ledger/))
    }
  })

  test('an address that cannot be read is refused without being shown', async () => {
    const connectionString = 'postgres://aegis:s3cret@host:notaport/db'
    await assert.rejects(opened({ connectionString }), (error: Error & { input?: string; cause?: unknown }) => {
      const shown = `${error.stack} ${JSON.stringify(error)} ${String(error.cause)} ${error.input}`
      assert.ok(!shown.includes('s3cret'), shown)
      return refused('bad_address', /cannot be read/)(error)
    })
  })

  test('a wrong password, a missing database and a closed port say so by their codes, and show no secret', async () => {
    const url = new URL(await postgres.newDatabase())
    const right = url.password
    url.password = 'wr0ng-s3cret'
    await assert.rejects(opened({ connectionString: url.href }), (error: Error) => {
      assert.match(error.message, /28P01.*password/)
      return unavailableWithout('wr0ng-s3cret')(error)
    })
    url.password = right
    url.pathname = 'nowhere'
    await assert.rejects(opened({ connectionString: url.href }), (error: Error) => {
      assert.match(error.message, /3D000.*no such database/)
      return unavailableWithout(right)(error)
    })
    url.port = '1'
    await assert.rejects(opened({ connectionString: url.href }), (error: Error) => {
      assert.match(error.message, /ECONNREFUSED/)
      return unavailableWithout(right)(error)
    })
  })

  test('a host that accepts and never answers is given up within the deadline', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await new Promise((resolve) => silent.once('listening', resolve))
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : 0
    const startedAt = performance.now()
    const connectionString = `postgres://aegis@127.0.0.1:${port}/aegis`
    await assert.rejects(opened({ connectionString, timeoutMs: 300 }), StoreUnavailable)
    assert.ok(performance.now() - startedAt < 5000)
    silent.close()
  })

  test('a store that was not opened is unavailable', async () => {
    const store = new PostgresStore({ connectionString: 'postgres://localhost/x' })
    await assert.rejects(store.ping(), StoreUnavailable)
    await store.close()
  })
})

describe('texts that PostgreSQL does not take as they are', () => {
  const strange = ['nul \0 byte', 'half \ud83e pair', '\udd8a', 'x'.repeat(20_000), `${'x'.repeat(20_000)}y`]

  test('do not keep a batch from being written, and stay different from each other', async () => {
    const connectionString = await postgres.newDatabase()
    await using world = await StoreWorld.open(() => ({
      store: () => new PostgresStore({ connectionString }),
      shared: true,
    }))
    const usage = strange.map((text, index) =>
      storeUsage(`${text}${index}`, {
        cost: index + 1,
        user: text,
        key: text,
        tags: [text, 'all'],
        attempts: [
          { provider: text, model: text, cost: 1 },
          { provider: `${text}2`, model: text, cost: 1 },
        ],
      }),
    )
    const spend = strange.map((name, index) => ({ scope: 'user' as const, name, amount: index + 1 }))
    assert.equal(await world.commit('a', { usage, spend }), 'written')
    assert.equal(await world.commit('b', { usage }), 'written')
    for (const [index, name] of strange.entries()) {
      assert.deepEqual(await world.figures({ scope: 'user', name }), figures({ spent: index + 1 }))
      const { rows } = await world.store.usage({ limit: 10, where: { user: name, tag: name, key: name } })
      assert.equal(rows.length, 1, String(index))
    }
    assert.equal(only(await world.store.summary('day', {})).requests, strange.length)
    assert.equal((await world.store.summary('user', {})).length, strange.length)
  })

  test('a batch of thousands of rows and names is one batch', async () => {
    const connectionString = await postgres.newDatabase()
    await using world = await StoreWorld.open(() => ({
      store: () => new PostgresStore({ connectionString }),
      shared: true,
    }))
    const usage = Array.from({ length: 5000 }, (_, index) =>
      storeUsage(`req_${index}`, { cost: 1, user: `user_${index}`, tags: [`tag_${index}`] }),
    )
    const spend = Array.from({ length: 5000 }, (_, index) => ({
      scope: 'user' as const,
      name: `user_${index}`,
      amount: 1,
    }))
    assert.equal(await world.store.commit('a', batch(1, { usage, spend }), NOW_MS), 'written')
    assert.equal(only(await world.store.summary('day', {})).cost, 5000)
  })
})
