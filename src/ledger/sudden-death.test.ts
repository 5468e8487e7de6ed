// Kills processes that spend money, and compares what their provider billed with what the ledger says afterwards.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { PostgresServer } from '../../test/make/postgres.ts'
import type { FundedAttempt } from '../domain/attempt.ts'
import { nanoUsd } from '../domain/money.ts'
import { answeredOutcome, budgetOf, clearedAttempt } from './contract/ledger-world.ts'
import { LeasedLedger } from './leased-ledger.ts'
import type { LedgerFault } from './ledger-fault.ts'
import { PostgresStore } from './postgres/postgres-store.ts'
import { SqliteStore } from './sqlite/sqlite-store.ts'

/** How many processes are killed in all, on a file and on PostgreSQL; `npm run bench:ledger` asks for more. */
const KILLS = Number(process.env.AEGIS_KILLS ?? 40)
const KILLS_ON_POSTGRES = Number(process.env.AEGIS_KILLS ?? 8)
const LIMIT = 3_000_000

/** What the provider knows: a line a bill, in the file before the ledger hears of it. */
type Bill = readonly [reservation: string, cost: number]

if (process.argv[2] === 'spend') await spendUntilKilled(process.argv[3] ?? '', process.argv[4] ?? '', process.argv[5])
else describeKills()

/** On the folder's file, unless a database is named. */
function openLedger(
  folder: string,
  connectionString: string | undefined,
  onFault: (fault: LedgerFault) => void,
): Promise<LeasedLedger> {
  const path = join(folder, 'aegis.db')
  return LeasedLedger.open({
    store: connectionString === undefined ? new SqliteStore({ path }) : new PostgresStore({ connectionString }),
    clock: { wallMs: () => Date.now(), monotonicMs: () => performance.now() },
    budgets: [
      budgetOf(LIMIT),
      budgetOf(LIMIT / 2, { scope: 'user', subject: 'ann', window: { kind: 'day' } }),
      budgetOf(LIMIT, { scope: 'global', subject: '', window: { kind: 'rolling', seconds: 3600 } }),
    ],
    owner: { id: randomUUID(), host: 'test', pid: process.pid },
    journal: { directory: `${path}-leases`, fsync: false },
    onFault,
  })
}

/** The child: up to eight attempts are open at a time; each is reserved, sent, billed, settled and recorded. */
async function spendUntilKilled(folder: string, name: string, connectionString: string | undefined): Promise<void> {
  const ledger = await openLedger(folder, connectionString, () => {})
  const bills = openSync(join(folder, 'bills'), 'a')
  const open: FundedAttempt[] = []
  let sent = 0
  for (;;) {
    while (open.length < 8) {
      sent += 1
      const amount = sent % 7 === 0 ? 0 : 1 + Math.floor(Math.random() * 1000)
      const attempt = clearedAttempt(`${name}_${sent}`)
      const result = await ledger.reserve(attempt, { amount: nanoUsd(amount), outputTokenCap: 1 }, { attemptIndex: 0 })
      if (result.outcome !== 'reserved') {
        process.stdout.write('!')
        await new Promise((resolve) => setTimeout(resolve, 5))
        break
      }
      // The provider may bill from here on.
      open.push(result.attempt)
    }
    for (let count = 0; count < 4; count += 1) {
      const [attempt] = open.splice(Math.floor(Math.random() * open.length), 1)
      if (attempt === undefined) continue
      const { id, amount } = attempt.reservation
      const cost = nanoUsd(sent % 5 === 0 ? 0 : Math.floor(Math.random() * (amount + 1)))
      if (cost > 0) writeSync(bills, `${JSON.stringify([id, cost])}\n`)
      ledger.settle(attempt, { cost, usage: undefined, quality: 'reported' })
      ledger.record(answeredOutcome(attempt.task.id, { cost, receivedAtMs: Date.now() }))
      process.stdout.write('.')
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function describeKills(): void {
  const holds = 'no bill is missing, the excess is what was open, nothing stays reserved, and no limit is passed'
  const folders: string[] = []
  const newFolder = () => {
    const folder = mkdtempSync(join(tmpdir(), 'aegis-ledger-'))
    folders.push(folder)
    closeSync(openSync(join(folder, 'bills'), 'a'))
    return folder
  }
  after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true })
  })

  describe('kill -9 at any moment', () => {
    test(holds, async () => {
      const folder = newFolder()
      await kill(folder, KILLS, undefined)
      assert.ok(readBills(folder).size > KILLS, 'too few bills: nothing was tested')
    })

    test(`on PostgreSQL, which is killed too: ${holds}`, async () => {
      const folder = newFolder()
      await using postgres = await PostgresServer.start()
      await kill(folder, KILLS_ON_POSTGRES, postgres)
      assert.ok(readBills(folder).size > KILLS_ON_POSTGRES, 'too few bills: nothing was tested')
    })
  })
}

async function kill(folder: string, kills: number, postgres: PostgresServer | undefined): Promise<void> {
  const connectionString = await postgres?.newDatabase()
  for (let killed = 0; killed < kills; ) {
    // Mostly alone, sometimes three at once, which recover what others left while they spend.
    const many = killed % 10 === 9 ? 3 : 1
    const children = Array.from({ length: many }, (_, index) =>
      startChild(folder, `round${killed}_${index}`, connectionString),
    )
    const dead = Promise.all(children.map((child, index) => killInTime(child, killed + index)))
    const database = killed % 6 === 2 ? postgres : undefined
    if (database) {
      // While they spend, unless they die sooner.
      await Promise.race([Promise.all(children.map((child) => turns(child, 1 + Math.floor(Math.random() * 50)))), dead])
      await database.kill()
    }
    await dead
    await database?.startAgain()
    killed += many
    // After most deaths the books are checked; else the next child recovers.
    if (killed % 4 !== 3 || killed >= kills) await checkBooks(folder, connectionString)
  }
}

function startChild(folder: string, name: string, connectionString: string | undefined): ChildProcess {
  const place = connectionString === undefined ? [] : [connectionString]
  return spawn(process.execPath, [fileURLToPath(import.meta.url), 'spend', folder, name, ...place], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** Some die while they open the ledger, most in the middle of their work, before or after a batch is written. */
async function killInTime(child: ChildProcess, round: number): Promise<void> {
  const exited = once(child, 'exit')
  if (round % 5 === 4) await new Promise((resolve) => setTimeout(resolve, Math.random() * 400))
  else await Promise.race([turns(child, 1 + Math.floor(Math.random() * 300)), exited])
  child.kill('SIGKILL')
  assert.deepEqual(await exited, [null, 'SIGKILL'], 'the child ended by itself')
}

/** Resolves when the child has settled, or been refused, so often; it goes on. */
function turns(child: ChildProcess, count: number): Promise<void> {
  let seen = 0
  return new Promise((resolve) => {
    child.stdout?.on('data', (marks: Buffer) => {
      seen += marks.length
      if (seen >= count) resolve()
    })
  })
}

function readBills(folder: string): Map<string, number> {
  const lines = readFileSync(join(folder, 'bills'), 'utf8').split('\n')
  return new Map(lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Bill))
}

/** Opens the ledger as the next server would, and compares it with the provider's bills. */
async function checkBooks(folder: string, connectionString: string | undefined): Promise<void> {
  const faults: LedgerFault[] = []
  const ledger = await openLedger(folder, connectionString, (fault) => void faults.push(fault))
  try {
    for (const { kind } of faults) assert.equal(kind, 'unsettled_charged')
    const billed = [...readBills(folder).values()].reduce((sum, cost) => sum + cost, 0)
    const budgets = await ledger.budgets()
    assert.equal(budgets.length, 3)
    for (const { subject, spent, reserved, leased, unsettled, limit } of budgets) {
      assert.deepEqual([reserved, leased], [0, 0], `${subject} has money set aside by nobody`)
      assert.ok(spent >= billed, `${subject}: ${billed} was billed and ${spent} recorded`)
      assert.ok(spent - unsettled <= billed, `${subject}: more was charged as settled than was billed`)
      assert.ok(spent <= limit, `${subject}: ${spent} is over the limit`)
    }
    const rows = await unsettledRows(ledger)
    const [first] = budgets
    assert.equal(
      rows.reduce((sum, cost) => sum + cost, 0),
      first?.unsettled,
      'each attempt that nobody settled has a row',
    )
  } finally {
    await ledger.close()
  }
}

async function unsettledRows(ledger: LeasedLedger): Promise<number[]> {
  const costs: number[] = []
  let cursor: string | undefined
  do {
    const page = await ledger.usage({ limit: 1000, ...(cursor === undefined ? {} : { cursor }) })
    for (const { status, cost } of page.rows) if (status === 'unsettled') costs.push(cost)
    cursor = page.next
  } while (cursor !== undefined)
  return costs
}
