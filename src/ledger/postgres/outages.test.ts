// What a store does while its database is stopped, killed, paused, slow, locked or in conflict, and that it recovers alone.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { PostgresServer } from '../../../test/make/postgres.ts'
import { Relay } from '../../../test/make/relay.ts'
import { storeUsage } from '../contract/any-usage.ts'
import { ALWAYS, batch, figures, GLOBAL, leaseRequest, NOW_MS, only, StoreWorld } from '../contract/store-world.ts'
import { StoreUnavailable } from '../store.ts'
import { PostgresStore, type PostgresStoreOptions } from './postgres-store.ts'

let postgres: PostgresServer
let connectionString = ''
before(async () => {
  postgres = await PostgresServer.start()
})
after(() => postgres.end())
beforeEach(async () => {
  connectionString = await postgres.newDatabase()
})

/** Opened again and again when the machine is too busy for a short deadline. */
function openWorld(options: Partial<PostgresStoreOptions> = {}): Promise<StoreWorld> {
  return untilAnswered(() =>
    StoreWorld.open(() => ({
      store: () => new PostgresStore({ connectionString, timeoutMs: 2000, ...options }),
      shared: true,
    })),
  )
}

/** Asks until there is an answer, as the ledger does. */
async function untilAnswered<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  const patience = AbortSignal.timeout(60_000)
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      assert.ok(error instanceof StoreUnavailable, String(error))
      if (patience.aborted) throw error
      await delay(20)
    }
  }
}

/** Rejects as unavailable in little more than its deadline. */
async function assertGivenUp(asking: Promise<unknown>, timeoutMs: number): Promise<void> {
  const startedAt = performance.now()
  await assert.rejects(asking, StoreUnavailable)
  const tookMs = performance.now() - startedAt
  assert.ok(tookMs < timeoutMs + 3000, `${tookMs} ms`)
}

const PAYERS = 6
const COST = 7

/**
 * Processes that take leases and write batches without a pause. Each repeats what it got no answer for, and never writes
 * a batch under another number; so whatever the database went through, each batch must have been counted once.
 */
async function assertExactThrough(trouble: (written: () => number) => Promise<void>): Promise<void> {
  await using world = await openWorld()
  let written = 0
  let over = false
  const pay = async (name: number) => {
    const store = await world.another()
    const owner = `payer_${name}`
    await store.announce({ id: owner, host: '', pid: name }, NOW_MS)
    let batches = 0
    while (!over) {
      const request = leaseRequest(GLOBAL, { need: 10, want: 10, limits: [{ ...ALWAYS, limit: 1e12 }] })
      await untilAnswered(() => store.acquire(owner, [request], NOW_MS))
      batches += 1
      const next = batch(batches, {
        leases: [{ ...GLOBAL, taken: 10 }],
        spend: [{ ...GLOBAL, amount: COST }],
        usage: [storeUsage(`${owner}_${batches}`, { cost: COST, user: owner, tags: ['paid'] })],
      })
      await untilAnswered(() => store.commit(owner, next, NOW_MS))
      written += 1
    }
    await untilAnswered(() => store.retire(owner, batch(batches + 1, {}), NOW_MS))
  }
  const paying = Promise.all(Array.from({ length: PAYERS }, (_, index) => pay(index)))
  await trouble(() => written)
  over = true
  await paying
  assert.deepEqual(await untilAnswered(() => world.figures(GLOBAL)), figures({ spent: written * COST }))
  for (const grouping of ['day', 'tag'] as const) {
    const all = only(await untilAnswered(() => world.store.summary(grouping, {})))
    assert.deepEqual([all.requests, all.cost], [written, written * COST])
  }
}

/** Waits until so many more batches were written. */
async function progress(written: () => number, more: number): Promise<void> {
  const goal = written() + more
  const patience = AbortSignal.timeout(60_000)
  while (written() < goal) {
    patience.throwIfAborted()
    await delay(5)
  }
}

describe('under load', () => {
  test('a restart loses nothing and counts nothing twice, and nobody has to do anything', async () => {
    await assertExactThrough(async (written) => {
      await progress(written, 20)
      await postgres.stop()
      await delay(100)
      await postgres.startAgain()
      await progress(written, 20)
    })
  })

  test('kill -9 of the server loses nothing that was answered, and counts nothing twice', async () => {
    await assertExactThrough(async (written) => {
      await progress(written, 20)
      await postgres.kill()
      await postgres.startAgain()
      await progress(written, 20)
    })
  })

  test('kill -9 of one of its workers, after which the server starts all others anew', async () => {
    await assertExactThrough(async (written) => {
      await progress(written, 20)
      const [worker] = await postgres.ask<{ pid: number }>(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'aegis' ORDER BY random() LIMIT 1",
      )
      process.kill(worker?.pid ?? 0, 'SIGKILL')
      await progress(written, 20)
    })
  })

  test('a pause longer than every deadline', async () => {
    await assertExactThrough(async (written) => {
      await progress(written, 20)
      await postgres.pause()
      // What was answered before has to arrive.
      await delay(200)
      const before = written()
      await delay(2500)
      assert.equal(written(), before)
      postgres.resume()
      await progress(written, 20)
    })
  })

  test('connections that an administrator ends one by one', async () => {
    await assertExactThrough(async (written) => {
      for (let round = 0; round < 10; round += 1) {
        await progress(written, 3)
        await postgres.ask(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'aegis' AND random() < 0.3",
        )
      }
      await progress(written, 20)
    })
  })
})

describe('a server that does not answer', () => {
  test('every call is given up within its deadline, and works again when the server goes on', async () => {
    await using world = await openWorld({ timeoutMs: 500 })
    await postgres.pause()
    try {
      const calls = Array.from({ length: 10 }, () => [
        world.lease('a', GLOBAL, 1, 1000),
        world.commit('a', {}),
        world.figures(GLOBAL),
        world.store.usage({ limit: 1 }),
        world.store.ping(),
      ])
      await Promise.all(calls.flat().map((call) => assertGivenUp(call, 500)))
    } finally {
      postgres.resume()
    }
    await untilAnswered(() => world.store.ping())
    assert.equal((await untilAnswered(() => world.lease('b', GLOBAL, 1, 1000))).granted, 1)
  })

  test('a store does not open, and does when it is tried again', async () => {
    await using world = await openWorld()
    await world.store.ping()
    const store = new PostgresStore({ connectionString, timeoutMs: 300 })
    await postgres.pause()
    try {
      await assertGivenUp(store.open(), 300)
    } finally {
      postgres.resume()
    }
    await untilAnswered(() => store.open())
    await store.ping()
    await store.close()
  })

  test('no connection is left behind by calls that were given up', async () => {
    await using world = await openWorld({ timeoutMs: 300, applicationName: 'patient', maxConnections: 4 })
    for (let round = 0; round < 3; round += 1) {
      await postgres.pause()
      try {
        const calls = Array.from({ length: 8 }, () => world.lease('a', GLOBAL, 1, 1000))
        await Promise.all(calls.map((call) => assertGivenUp(call, 300)))
      } finally {
        postgres.resume()
      }
      await untilAnswered(() => world.store.ping())
    }
    const patience = AbortSignal.timeout(20_000)
    const open = () => postgres.ask("SELECT FROM pg_stat_activity WHERE application_name = 'patient'")
    while ((await open()).length > 4) {
      patience.throwIfAborted()
      await delay(20)
    }
  })

  test('closing does not wait for it', async () => {
    await using world = await openWorld({ timeoutMs: 300 })
    await world.store.ping()
    await postgres.pause()
    try {
      await Promise.race([world.store.close(), delay(5000).then(() => assert.fail('close hangs'))])
    } finally {
      postgres.resume()
    }
  })
})

describe('a server that is slow or broken off', () => {
  async function withRelay(
    options: Partial<PostgresStoreOptions>,
    work: (world: StoreWorld, relay: Relay) => Promise<void>,
  ): Promise<void> {
    const url = new URL(connectionString)
    await using relay = await Relay.to(Number(url.port))
    url.port = String(relay.port)
    await using world = await openWorld({ connectionString: url.href, ...options })
    await work(world, relay)
  }

  test('a network of 50 ms is slow and nothing else', async () => {
    await withRelay({ timeoutMs: 10_000 }, async (world, relay) => {
      relay.delayMs = 25
      assert.equal((await world.lease('a', GLOBAL, 1, 1000)).granted, 1)
      assert.equal(await world.commit('a', { spend: [{ ...GLOBAL, amount: 1 }] }), 'written')
    })
  })

  test('a network that is slower than the deadline is unavailable until it is faster', async () => {
    await withRelay({ timeoutMs: 300 }, async (world, relay) => {
      relay.delayMs = 200
      await assertGivenUp(world.lease('a', GLOBAL, 1, 1000), 300)
      relay.delayMs = 0
      await untilAnswered(() => world.lease('a', GLOBAL, 1, 1000))
    })
  })

  test('a connection that was broken off while nobody used it is replaced, and nobody sees it', async () => {
    await withRelay({}, async (world, relay) => {
      for (let round = 0; round < 5; round += 1) {
        relay.cutAfter = 'BEGIN'
        assert.equal((await world.lease('a', GLOBAL, 1, 1000)).granted, 1)
        assert.equal(relay.cutAfter, undefined)
      }
      assert.deepEqual(await world.figures(GLOBAL), figures({ leased: 5 }))
    })
  })

  test('a batch whose commit nobody heard of is written once when it is sent again', async () => {
    await withRelay({}, async (world, relay) => {
      for (let number = 1; number <= 5; number += 1) {
        relay.cutAfter = 'COMMIT\0'
        const next = batch(number, { spend: [{ ...GLOBAL, amount: 10 }], usage: [storeUsage(`req_${number}`)] })
        await assert.rejects(world.store.commit('a', next, NOW_MS), StoreUnavailable)
        assert.equal(await untilAnswered(() => world.store.commit('a', next, NOW_MS)), 'repeated')
      }
      assert.deepEqual(await world.figures(GLOBAL), figures({ spent: 50 }))
      assert.equal(only(await world.store.summary('day', {})).requests, 5)
    })
  })

  test('a lease whose grant nobody heard of is given back when its owner is retired', async () => {
    await withRelay({}, async (world, relay) => {
      relay.cutAfter = 'COMMIT\0'
      await assert.rejects(world.lease('a', GLOBAL, 600, 1000), StoreUnavailable)
      assert.deepEqual(await untilAnswered(() => world.figures(GLOBAL)), figures({ leased: 600 }))
      await world.retire('a')
      assert.equal((await world.lease('b', GLOBAL, 1000, 1000)).granted, 1000)
    })
  })
})

describe('others in the same database', () => {
  async function asOther(work: (client: pg.Client) => Promise<void>): Promise<void> {
    const client = new pg.Client({ connectionString })
    await client.connect()
    try {
      await work(client)
    } finally {
      await client.end()
    }
  }

  test('who locks the tables keeps calls waiting, at most to their deadline', async () => {
    await using world = await openWorld({ timeoutMs: 500 })
    await asOther(async (other) => {
      await other.query('BEGIN; LOCK TABLE aegis.account, aegis.usage IN ACCESS EXCLUSIVE MODE')
      await assertGivenUp(world.lease('a', GLOBAL, 1, 1000), 500)
      await assertGivenUp(world.store.usage({ limit: 1 }), 500)
      const waiting = world.lease('a', GLOBAL, 1, 1000)
      await delay(50)
      await other.query('ROLLBACK')
      assert.equal((await waiting).granted, 1)
    })
  })

  test('a deadlock with somebody else is repeated and not an error', async () => {
    await using world = await openWorld({ timeoutMs: 20_000 })
    await world.lease('a', GLOBAL, 1, 1000)
    await asOther(async (other) => {
      await other.query("BEGIN; SET LOCAL deadlock_timeout = '60s'; SELECT FROM aegis.account FOR UPDATE")
      const waiting = world.lease('a', GLOBAL, 1, 1000)
      await delay(200)
      // Waits for the owner's row, which the lease holds while it waits for the account: one of both must give way.
      await other.query("SELECT FROM aegis.owner WHERE id = 'a' FOR UPDATE")
      await other.query('COMMIT')
      assert.equal((await waiting).granted, 1)
    })
    assert.deepEqual(await world.figures(GLOBAL), figures({ leased: 2 }))
  })

  test('a long reading of usage keeps no grant of money waiting', async () => {
    await using world = await openWorld({ timeoutMs: 5000 })
    await asOther(async (other) => {
      await other.query('BEGIN; LOCK TABLE aegis.usage IN ACCESS EXCLUSIVE MODE')
      const readings = Array.from({ length: 10 }, () => world.store.usage({ limit: 1 }))
      await delay(50)
      assert.equal((await world.lease('a', GLOBAL, 1, 1000)).granted, 1)
      await other.query('ROLLBACK')
      assert.equal((await Promise.all(readings)).length, 10)
    })
  })

  test('a database that was made read-only is unavailable for writing, and says so', async () => {
    const readOnly = async (value: 'on' | 'off') => {
      const name = new URL(connectionString).pathname.slice(1)
      await postgres.ask(`ALTER DATABASE ${name} SET default_transaction_read_only = ${value}`)
      await postgres.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'aegis'")
    }
    await using world = await openWorld()
    await readOnly('on')
    await assert.rejects(
      untilConnected(() => world.store.ping()),
      /25006.*read-only/,
    )
    await assert.rejects(world.lease('a', GLOBAL, 1, 1000), StoreUnavailable)
    assert.deepEqual(await world.figures(GLOBAL), figures({}))
    await readOnly('off')
    await untilAnswered(() => world.store.ping())
  })

  /** A connection that is being ended may still be found once. */
  async function untilConnected(ask: () => Promise<void>): Promise<void> {
    try {
      await ask()
    } catch {
      await ask()
    }
  }
})
