// Several processes on one ledger file: who waits for whom, what a full disk does, and that money stays exact.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { storeUsage } from '../contract/any-usage.ts'
import { ALWAYS, batch, figures, GLOBAL, leaseRequest, NOW_MS, only, StoreWorld } from '../contract/store-world.ts'
import { StoreUnavailable } from '../store.ts'
import { SqliteStore } from './sqlite-store.ts'

const LIMIT = 100_000
const COST = 7

if (process.argv[2] === 'spend') await spend(process.argv[3] ?? '', process.argv[4] ?? '')
else testParent()

/** A child: takes leases and writes batches until the limit is reached, and then says how much it has spent. */
async function spend(path: string, owner: string): Promise<void> {
  const store = new SqliteStore({ path, busyTimeoutMs: 60_000 })
  await store.open()
  await store.announce({ id: owner, host: '', pid: process.pid }, NOW_MS)
  process.stdout.write('ready\n')
  await once(process.stdin, 'data')
  let spent = 0
  for (let number = 1; ; number += 1) {
    const request = leaseRequest(GLOBAL, { need: 10, want: 100, limits: [{ ...ALWAYS, limit: LIMIT }] })
    const { granted } = only(await store.acquire(owner, [request], NOW_MS))
    if (granted === 0) break
    // A request never costs more than was held for it; the rest of the lease goes back.
    const amount = Math.min(granted, COST * 10)
    const next = batch(number, {
      leases: [{ ...GLOBAL, taken: granted }],
      spend: [{ ...GLOBAL, amount }],
      usage: [storeUsage(`${owner}_${number}`, { cost: amount })],
    })
    assert.equal(await store.commit(owner, next, NOW_MS), 'written')
    spent += amount
  }
  await store.close()
  process.stdout.write(`${spent}\n`)
  process.stdin.destroy()
}

function testParent(): void {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-ledger-'))
  after(() => rmSync(folder, { recursive: true }))
  let files = 0
  const openWorld = async (busyTimeoutMs: number) => {
    files += 1
    const path = join(folder, `${files}.db`)
    const world = await StoreWorld.open(() => ({
      store: () => new SqliteStore({ path, busyTimeoutMs }),
      shared: true,
    }))
    return { path, world }
  }

  /** What another program does to the file: it holds the write lock until it is told to let go. */
  function lockFile(path: string): { letGo(): void } {
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    return { letGo: () => other.close() }
  }

  test('three processes spend one budget to its end, at once, and not a nano-dollar more', async () => {
    const { path, world } = await openWorld(60_000)
    const children = ['one', 'two', 'three'].map((owner) =>
      spawn(process.execPath, [fileURLToPath(import.meta.url), 'spend', path, owner], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    )
    const lines = children.map(readLines)
    for (const line of lines) assert.equal(await line(), 'ready')
    for (const child of children) child.stdin?.write('go\n')
    const spent = await Promise.all(lines.map(async (line) => Number(await line())))
    assert.ok(spent.filter((amount) => amount > 0).length >= 2, `only one has spent anything: ${spent}`)
    const total = spent.reduce((sum, amount) => sum + amount, 0)
    assert.ok(total > LIMIT - 10 && total <= LIMIT, String(total))
    assert.deepEqual(await world.figures(GLOBAL), figures({ spent: total }))
    assert.equal(only(await world.store.summary('day', {})).cost, total)
    await world[Symbol.asyncDispose]()
  })

  describe('while another process holds the lock', () => {
    test('a call waits for it, and the event loop goes on', async () => {
      const { path, world } = await openWorld(30_000)
      const lock = lockFile(path)
      const asking = world.lease('a', GLOBAL, 5, 10)
      let turns = 0
      for (; turns < 50; turns += 1) await delay(1)
      assert.equal(await Promise.race([asking, Promise.resolve('waiting')]), 'waiting')
      lock.letGo()
      assert.equal((await asking).granted, 5)
      await world[Symbol.asyncDispose]()
    })

    test('a call that has waited long enough is unavailable, and works when the lock is gone', async () => {
      const { path, world } = await openWorld(100)
      const lock = lockFile(path)
      await assert.rejects(world.lease('a', GLOBAL, 5, 10), StoreUnavailable)
      await assert.rejects(world.commit('b', { spend: [{ ...GLOBAL, amount: 1 }] }), StoreUnavailable)
      await assert.rejects(world.store.ping(), StoreUnavailable)
      lock.letGo()
      await world.store.ping()
      assert.deepEqual(await world.figures(GLOBAL), figures({}))
      await world[Symbol.asyncDispose]()
    })

    test('figures and usage can be read', async () => {
      const { path, world } = await openWorld(100)
      await world.commit('a', { spend: [{ ...GLOBAL, amount: 4 }], usage: [storeUsage('req_1')] })
      const lock = lockFile(path)
      assert.deepEqual(await world.figures(GLOBAL), figures({ spent: 4 }))
      assert.equal((await world.store.usage({ limit: 10 })).rows.length, 1)
      lock.letGo()
      await world[Symbol.asyncDispose]()
    })
  })

  describe('while the disk takes no more', () => {
    /** A quota on the size of this process's files, which is how a full disk can be had without one. */
    const limitFileSize = (bytes: number | 'unlimited') =>
      spawnSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`]).status === 0
    const skip = limitFileSize('unlimited') ? false : 'needs prlimit of util-linux to make writes fail'

    test('nothing is half written, and it works again when there is room', { skip }, async () => {
      const { world } = await openWorld(100)
      await world.lease('a', GLOBAL, 100, 1000)
      const usage = Array.from({ length: 300 }, (_, index) => storeUsage(`req_${index}`))
      const next = world.batch('a', { leases: [{ ...GLOBAL, taken: 60 }], spend: [{ ...GLOBAL, amount: 60 }], usage })
      limitFileSize(4096)
      try {
        await assert.rejects(world.store.commit('a', next, NOW_MS), StoreUnavailable)
        await assert.rejects(world.lease('b', GLOBAL, 1, 1000), StoreUnavailable)
        assert.deepEqual(await world.figures(GLOBAL), figures({ leased: 100 }))
      } finally {
        limitFileSize('unlimited')
      }
      assert.equal(await world.store.commit('a', next, NOW_MS), 'written')
      assert.deepEqual(await world.figures(GLOBAL), figures({ spent: 60, leased: 40 }))
      assert.equal((await world.store.usage({ limit: 1000 })).rows.length, 300)
      await world[Symbol.asyncDispose]()
    })
  })
}

/** Answers the child's lines, one a call. */
function readLines(child: ChildProcess): () => Promise<string> {
  let text = ''
  child.stdout?.setEncoding('utf8')
  child.stdout?.on('data', (chunk: string) => {
    text += chunk
  })
  return async () => {
    while (!text.includes('\n')) {
      assert.equal(child.exitCode, null, 'the child ended')
      await Promise.race([once(child.stdout ?? child, 'data'), once(child, 'exit')])
    }
    const line = text.slice(0, text.indexOf('\n'))
    text = text.slice(line.length + 1)
    return line
  }
}
