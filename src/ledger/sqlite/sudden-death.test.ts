// Kills a process that spends money, twenty times, and compares what its provider billed with what the file says.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { FundedAttempt } from '../../domain/attempt.ts'
import { nanoUsd } from '../../domain/money.ts'
import { answeredOutcome, clearedAttempt, LedgerWorld } from '../contract/ledger-world.ts'
import { SqliteLedger } from './sqlite-ledger.ts'

const KILLS = 20
const LIMIT = 100_000_000

/** What the provider knows: a line a bill, in the file before the ledger hears of it. */
type Bill = readonly [reservation: string, cost: number]

if (process.argv[2] === 'spend') spendUntilKilled(process.argv[3] ?? '', Number(process.argv[4]))
else testParent()

/** The child: up to eight attempts are open at a time; each is reserved, sent, billed, settled and recorded. */
function spendUntilKilled(folder: string, round: number): void {
  const clock = { wallMs: () => Date.now(), monotonicMs: () => performance.now() }
  const limits = { openai: nanoUsd(LIMIT) }
  const ledger = new SqliteLedger({ path: join(folder, 'aegis.db'), clock, limits, timeZone: 'UTC', onFault: () => {} })
  const bills = openSync(join(folder, 'bills'), 'a')
  const open: FundedAttempt[] = []
  let sent = 0

  const reserve = () => {
    sent += 1
    const amount = sent % 7 === 0 ? 0 : 1 + Math.floor(Math.random() * 1000)
    const attempt = clearedAttempt(`round${round}_${sent}`)
    const result = ledger.reserve(attempt, { amount: nanoUsd(amount), outputTokenCap: 1 }, { attemptIndex: 0 })
    if (result.outcome === 'reserved') open.push(result.attempt)
  }
  const finish = () => {
    const [attempt] = open.splice(Math.floor(Math.random() * open.length), 1)
    if (attempt === undefined) return
    const { id, amount } = attempt.reservation
    const cost = nanoUsd(sent % 5 === 0 ? 0 : Math.floor(Math.random() * (amount + 1)))
    if (cost > 0) writeSync(bills, `${JSON.stringify([id, cost])}\n`)
    ledger.settle(attempt, { cost, usage: undefined, quality: 'reported' })
    ledger.record(answeredOutcome(attempt.task.id, { cost, receivedAtMs: Date.now() }))
    process.stdout.write('.')
  }
  const turn = () => {
    while (open.length < 8) reserve()
    for (let count = 0; count < 4; count += 1) finish()
    setImmediate(turn)
  }
  turn()
}

function testParent(): void {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-ledger-'))
  after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'aegis.db')

  test('kill -9 at any moment: no bill is missing, the excess is what was open, and nothing stays reserved', async () => {
    closeSync(openSync(join(folder, 'bills'), 'a'))
    let bills = 0
    for (let round = 0; round < KILLS; round += 1) {
      const child = spawn(process.execPath, [fileURLToPath(import.meta.url), 'spend', folder, String(round)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const exited = once(child, 'exit')
      // Some die while they open the file, most in the middle of their work, before or after a flush.
      if (round % 5 === 4) await new Promise((resolve) => setTimeout(resolve, Math.random() * 150))
      else await Promise.race([settlements(child, 1 + Math.floor(Math.random() * 600)), exited])
      child.kill('SIGKILL')
      assert.deepEqual(await exited, [null, 'SIGKILL'], 'the child ended by itself')
      // After every fifth death, the next one comes while a child charges what the dead one left.
      if (round % 5 !== 3) bills = await checkBooks(path, readBills(folder))
    }
    assert.ok(bills > KILLS, `only ${bills} bills: nothing was tested`)
  })
}

/** Resolves when the child has settled so many attempts; it goes on spending. */
function settlements(child: ChildProcess, count: number): Promise<void> {
  let seen = 0
  return new Promise((resolve) => {
    child.stdout?.on('data', (dots: Buffer) => {
      seen += dots.length
      if (seen >= count) resolve()
    })
  })
}

function readBills(folder: string): Map<string, number> {
  const lines = readFileSync(join(folder, 'bills'), 'utf8').split('\n')
  return new Map(lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Bill))
}

interface StoredCharge {
  readonly reservation: string
  readonly reserved: number
  readonly cost: number
  readonly status: string
}

/** Opens the ledger as the next server would, and compares it with the provider's bills. */
async function checkBooks(path: string, bills: Map<string, number>): Promise<number> {
  const openBefore = query<{ amount: number }>(path, 'SELECT amount FROM reservation')
  const limits = { openai: LIMIT }
  using world = await LedgerWorld.open(
    (setup) => {
      const clock = { wallMs: () => Date.now(), monotonicMs: () => performance.now() }
      return new SqliteLedger({ ...setup, clock, path })
    },
    { limits },
  )
  const charges = query<StoredCharge>(path, 'SELECT reservation, reserved, cost, status FROM charge')
  const charged = new Map(charges.map((charge) => [charge.reservation, charge]))
  assert.equal(charged.size, charges.length, 'a reservation was charged twice')
  for (const [reservation, cost] of bills) {
    const charge = charged.get(reservation)
    assert.ok(charge, `${reservation} was billed ${cost} and not charged`)
    if (charge.status === 'settled') assert.equal(charge.cost, cost)
    else assert.ok(charge.cost >= cost)
  }
  for (const { reservation, reserved, cost, status } of charges) {
    if (status === 'unsettled') assert.equal(cost, reserved)
    else assert.ok(bills.has(reservation), `${reservation} was charged and not billed`)
  }
  const unsettled = charges.filter(({ status }) => status === 'unsettled')
  const { spent, reserved } = world.figures()
  assert.equal(reserved, 0)
  assert.equal(spent, total(charges.map(({ cost }) => cost)))
  const rows = query<{ cost: number }>(path, "SELECT cost FROM usage WHERE status = 'unsettled'")
  assert.deepEqual(
    [rows.length, total(rows.map(({ cost }) => cost))],
    [unsettled.length, total(unsettled.map(({ cost }) => cost))],
  )
  const excess = spent - total([...bills.values()])
  assert.ok(excess >= 0 && excess <= total(unsettled.map(({ cost }) => cost)))
  assert.deepEqual(
    world.faults.map((fault) => (fault.kind === 'unsettled_charged' ? fault.amount : fault.kind)),
    openBefore.length === 0 ? [] : [total(openBefore.map(({ amount }) => amount))],
  )
  return bills.size
}

function query<Row>(path: string, sql: string): Row[] {
  const database = new DatabaseSync(path)
  try {
    return database.prepare(sql).all() as unknown as Row[]
  } finally {
    database.close()
  }
}

function total(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0)
}
