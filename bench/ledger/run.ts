/** Owns `npm run bench:ledger`: what money costs in time, and whether it is exact under load and death. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { PostgresServer } from '../../test/make/postgres.ts'
import { busyNote, describeMachine, isBusy } from '../machine.ts'
import { type KillsResult, measureKills } from './kills.ts'
import { measurePairCost, type PairCost } from './pair-cost.ts'
import { type SoakResult, soak } from './soak.ts'

/** Of PERFORMANCE: reserve and settle on a file, 64 at a time, microseconds of CPU. */
const PAIR_GATE_MICROSECONDS = 5
const DIRECTORY = join(import.meta.dirname, '../results')

const options = readOptions()
const kills = Number(options?.kills)
if (!options || !Number.isSafeInteger(kills) || kills < 1) {
  console.error('usage: npm run bench:ledger -- [--kills 200] [--json]')
  process.exit(2)
}

const folder = mkdtempSync(join(tmpdir(), 'aegis-bench-ledger-'))
const machine = await describeMachine({ wrk: 'wrk', nginx: 'nginx' }, folder)
const postgres = await PostgresServer.start()
const pairs: PairCost[] = []
const soaks: SoakResult[] = []
let killed: KillsResult
try {
  for (const onPostgres of [false, true]) {
    for (const recorded of [false, true]) {
      for (const concurrency of [64, 1]) {
        const place = onPostgres ? { connectionString: await postgres.newDatabase() } : {}
        console.error(`reserve and settle, ${concurrency} at a time, ${onPostgres ? 'PostgreSQL' : 'SQLite'}`)
        pairs.push(await measurePairCost(folder, concurrency, { recorded, ...place }))
      }
    }
  }
  for (const onPostgres of [false, true]) {
    for (const processes of [1, 4]) {
      console.error(`200 requests, a budget of three, ${processes} processes, ${onPostgres ? 'PostgreSQL' : 'SQLite'}`)
      soaks.push(await soak(processes, onPostgres ? await postgres.newDatabase() : undefined))
    }
  }
  console.error(`${kills} kills on each store`)
  killed = await measureKills(kills)
} finally {
  await postgres.end()
  rmSync(folder, { recursive: true })
}

const gated = pairs.find(({ store, concurrency, recorded }) => store === 'sqlite' && concurrency === 64 && !recorded)
const fast = (gated?.cpuMicroseconds ?? Number.POSITIVE_INFINITY) <= PAIR_GATE_MICROSECONDS
const holds = fast && soaks.every((one) => one.holds) && killed.holds
const date = new Date().toISOString()
const result = { schema: 'ledger-1', date, machine, pairs, soaks, kills: killed, holds }
mkdirSync(DIRECTORY, { recursive: true })
const file = join(DIRECTORY, `ledger-${date.replaceAll(':', '-')}.json`)
writeFileSync(`${file}.tmp`, `${JSON.stringify(result, null, 2)}\n`)
renameSync(`${file}.tmp`, file)

if (options.json) console.log(JSON.stringify(result, null, 2))
else print()
process.exitCode = holds ? 0 : 1

function readOptions() {
  try {
    return parseArgs({
      options: { kills: { type: 'string', default: '200' }, json: { type: 'boolean', default: false } },
    }).values
  } catch {
    return undefined
  }
}

function print(): void {
  if (isBusy(machine)) console.log(`${busyNote(machine)}\n`)
  console.log('reserve + settle                 CPU us   wall us')
  for (const pair of pairs) {
    const name = `${pair.store}, ${pair.concurrency} at a time${pair.recorded ? ', with a row' : ''}`
    const gate = pair === gated ? `  gate ${PAIR_GATE_MICROSECONDS} ${mark(fast)}` : ''
    console.log(
      `${name.padEnd(32)} ${pair.cpuMicroseconds.toFixed(1).padStart(6)} ${pair.wallMicroseconds.toFixed(0).padStart(9)}${gate}`,
    )
  }
  console.log('\n200 requests, a budget of three  paid   billed nano-USD   recorded nano-USD   held')
  for (const one of soaks) {
    const name = `${one.store}, ${one.processes} process${one.processes > 1 ? 'es' : ''}`
    const figures = [one.paidCalls, one.billed, one.recorded, one.held].map((figure, index) =>
      String(figure).padStart([4, 17, 19, 6][index] ?? 0),
    )
    console.log(`${name.padEnd(32)} ${figures.join(' ')}  ${mark(one.holds)}`)
  }
  console.log(`\nkill -9, ${killed.kills} on each store, in ${killed.seconds.toFixed(0)} s  ${mark(killed.holds)}`)
  if (!killed.holds) console.log(killed.output)
}

function mark(holds: boolean): string {
  return holds ? '✓' : '✗'
}
