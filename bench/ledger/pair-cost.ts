/** Owns the measurement of what a reservation and its settlement cost, amortised over batches, leases and the journal. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { ClearedAttempt } from '../../src/domain/attempt.ts'
import { nanoUsd } from '../../src/domain/money.ts'
import { answeredOutcome, budgetOf, clearedAttempt } from '../../src/ledger/contract/ledger-world.ts'
import { LeasedLedger } from '../../src/ledger/leased-ledger.ts'
import { PostgresStore } from '../../src/ledger/postgres/postgres-store.ts'
import { SqliteStore } from '../../src/ledger/sqlite/sqlite-store.ts'
import type { LedgerStore } from '../../src/ledger/store.ts'

export interface PairCost {
  readonly store: 'sqlite' | 'postgres'
  readonly concurrency: number
  /** Whether each pair also records a usage row, as each request does. */
  readonly recorded: boolean
  /** User and system time of this process, PostgreSQL's own not included. */
  readonly cpuMicroseconds: number
  /** From the call until the settlement is made; with concurrency 1 mostly the wait for the journal's group. */
  readonly wallMicroseconds: number
  readonly pairs: number
}

const SECONDS_A_ROUND = 1.5
const ROUNDS = 5
/** The worst case of a small call and what it comes to, in nano-dollars. */
const AMOUNT = nanoUsd(1_500_000)
const COST = nanoUsd(400_000)
const LIMIT = 1e15

/** @param connectionString Of PostgreSQL; without one the ledger is a file in `folder`. */
export async function measurePairCost(
  folder: string,
  concurrency: number,
  { recorded, connectionString }: { readonly recorded: boolean; readonly connectionString?: string },
): Promise<PairCost> {
  const name = randomUUID()
  const path = join(folder, `${name}.db`)
  const store: LedgerStore =
    connectionString === undefined ? new SqliteStore({ path }) : new PostgresStore({ connectionString })
  const ledger = await LeasedLedger.open({
    store,
    clock: { wallMs: () => Date.now(), monotonicMs: () => performance.now() },
    budgets: [
      budgetOf(LIMIT),
      budgetOf(LIMIT, { scope: 'global', subject: '', window: { kind: 'lifetime' } }),
      budgetOf(LIMIT, { scope: 'key', subject: '*', window: { kind: 'day' } }),
    ],
    owner: { id: name, host: 'bench', pid: process.pid },
    journal: { directory: join(folder, `${name}-leases`), fsync: false },
    onFault: (fault) => {
      throw new Error(`the ledger reported ${fault.kind}`)
    },
  })
  const rounds: { readonly cpu: number; readonly wall: number; readonly pairs: number }[] = []
  try {
    for (let round = 0; round <= ROUNDS; round += 1) {
      const measured = await runRound(ledger, concurrency, recorded, `${name}${round}`)
      // The first one warms up.
      if (round > 0) rounds.push(measured)
    }
  } finally {
    await ledger.close()
  }
  const median = (pick: (round: (typeof rounds)[number]) => number) =>
    rounds.map(pick).sort((left, right) => left - right)[Math.floor(rounds.length / 2)] ?? Number.NaN
  return {
    store: connectionString === undefined ? 'sqlite' : 'postgres',
    concurrency,
    recorded,
    cpuMicroseconds: median(({ cpu, pairs }) => cpu / pairs),
    wallMicroseconds: median(({ wall, pairs }) => (wall * concurrency) / pairs),
    pairs: rounds.reduce((sum, { pairs }) => sum + pairs, 0),
  }
}

async function runRound(ledger: LeasedLedger, concurrency: number, recorded: boolean, name: string) {
  // Few, made beforehand and used again: what a request costs elsewhere is not what is measured here.
  const attempts = Array.from({ length: 256 }, (_, index) => clearedAttempt(`${name}_${index}`))
  await ledger.flush()
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  const endsAt = startedAt + SECONDS_A_ROUND * 1000
  let next = 0
  const lane = async () => {
    while (performance.now() < endsAt) {
      const index = next++
      const result = await ledger.reserve(
        attempts[index % attempts.length] as ClearedAttempt,
        { amount: AMOUNT, outputTokenCap: 100 },
        { attemptIndex: index },
      )
      if (result.outcome !== 'reserved') throw new Error(`a reservation was answered with ${result.outcome}`)
      ledger.settle(result.attempt, { cost: COST, usage: undefined, quality: 'reported' })
      if (recorded) ledger.record(answeredOutcome(`${name}_${index}`, { cost: COST }))
    }
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
  await ledger.flush()
  const { user, system } = process.cpuUsage(cpuBefore)
  return { cpu: user + system, wall: (performance.now() - startedAt) * 1000, pairs: next }
}
