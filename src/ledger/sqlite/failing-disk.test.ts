import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
import { nanoUsd } from '../../domain/money.ts'
import { answeredOutcome, LedgerWorld } from '../contract/ledger-world.ts'
import { sqliteCodes } from './sqlite-error.ts'
import { SqliteLedger } from './sqlite-ledger.ts'

const folder = mkdtempSync(join(tmpdir(), 'aegis-ledger-'))
after(() => rmSync(folder, { recursive: true }))
let files = 0

async function openWorld(): Promise<{ world: LedgerWorld; path: string }> {
  files += 1
  const path = join(folder, `${files}.db`)
  return { world: await LedgerWorld.open((setup) => new SqliteLedger({ ...setup, path })), path }
}

/** What another program does to the file: it holds the write lock until it is told to let go. */
function lockFile(path: string): { letGo(): void } {
  const other = new DatabaseSync(path)
  other.exec('BEGIN IMMEDIATE')
  return { letGo: () => other.close() }
}

/** A quota on the size of this process's files, which is how a full disk can be had without one. */
function limitFileSize(bytes: number | 'unlimited'): boolean {
  return spawnSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`]).status === 0
}

describe('while the file is locked by another program', () => {
  test('paid attempts are refused, free ones go on, and nothing is lost', async () => {
    const { world, path } = await openWorld()
    const before = await world.fund(100)
    const lock = lockFile(path)
    assert.deepEqual(await world.reserve(100), { outcome: 'ledger_unavailable', retryAfterSeconds: 1 })
    assert.equal(world.ledger.healthy(), false)
    assert.deepEqual(world.figures(), { spent: 0, reserved: 100 })
    world.settle(await world.fund(0), 0)
    world.settle(before, 60)
    world.ledger.record(answeredOutcome('req_1', { cost: nanoUsd(60) }))
    world.ledger.flush()
    assert.equal(world.ledger.healthy(), false)
    assert.deepEqual(world.figures(), { spent: 60, reserved: 0 })
    lock.letGo()
    world.ledger.flush()
    assert.equal(world.ledger.healthy(), true)
    await world.fund(1)
    assert.equal(world.ledger.usage({ limit: 10 })[0]?.cost, 60)
    assert.deepEqual(
      world.faults.map((fault) => [fault.kind, 'code' in fault && fault.code]),
      [
        ['write_failed', sqliteCodes.busy],
        ['write_recovered', false],
      ],
    )
    world.ledger.close()
    using again = await LedgerWorld.open((setup) => new SqliteLedger({ ...setup, path }))
    assert.deepEqual(again.figures(), { spent: 61, reserved: 0 })
  })

  test('after the first wait nobody waits for the lock again', async () => {
    const { world, path } = await openWorld()
    const lock = lockFile(path)
    const startedAt = performance.now()
    await world.reserve(100)
    const firstWaitMs = performance.now() - startedAt
    for (let index = 0; index < 100; index += 1) assert.equal((await world.reserve(100)).outcome, 'ledger_unavailable')
    world.ledger.flush()
    const hundredWaitsMs = performance.now() - startedAt - firstWaitMs
    assert.ok(hundredWaitsMs < 10 * firstWaitMs, `${hundredWaitsMs} ms after ${firstWaitMs} ms`)
    lock.letGo()
    world.ledger.close()
  })

  test('it recovers by itself when the lock is gone', async () => {
    const { world, path } = await openWorld()
    const lock = lockFile(path)
    await world.reserve(100)
    lock.letGo()
    const patience = AbortSignal.timeout(30_000)
    while (!world.ledger.healthy()) {
      assert.equal(patience.aborted, false, 'it did not recover')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await world.fund(100)
    world.ledger.close()
  })

  test('what waits at close is told, and its reservations are charged in full at the next open', async () => {
    const { world, path } = await openWorld()
    const attempt = await world.fund(100)
    const lock = lockFile(path)
    await world.reserve(1)
    world.settle(attempt, 60)
    world.ledger.record(answeredOutcome('req_1'))
    world.ledger.close()
    assert.deepEqual(world.faults.at(-1), { kind: 'closed_unwritten', charges: 1, usageRows: 1 })
    lock.letGo()
    using again = await LedgerWorld.open((setup) => new SqliteLedger({ ...setup, path }))
    assert.deepEqual(again.figures(), { spent: 100, reserved: 0 })
  })
})

describe('while the disk takes no more', () => {
  const possible = limitFileSize('unlimited')
  const skip = possible ? false : 'needs prlimit of util-linux to make writes fail'

  test('paid attempts are refused, free ones go on, and nothing is lost', { skip }, async () => {
    const { world, path } = await openWorld()
    const before = await world.fund(100)
    limitFileSize(4096)
    try {
      assert.equal((await world.reserve(100)).outcome, 'ledger_unavailable')
      world.settle(await world.fund(0), 0)
      world.settle(before, 60)
      for (let index = 0; index < 300; index += 1) world.ledger.record(answeredOutcome(`req_${index}`))
      world.ledger.flush()
      assert.equal(world.ledger.healthy(), false)
    } finally {
      limitFileSize('unlimited')
    }
    world.ledger.flush()
    assert.equal(world.ledger.healthy(), true)
    assert.equal(world.ledger.usage({ limit: 1000 }).length, 300)
    const [failure] = world.faults
    assert.ok(failure?.kind === 'write_failed')
    assert.ok(failure.code === sqliteCodes.ioError || failure.code === sqliteCodes.full)
    world.ledger.close()
    using again = await LedgerWorld.open((setup) => new SqliteLedger({ ...setup, path }))
    assert.deepEqual(again.figures(), { spent: 60, reserved: 0 })
  })
})
