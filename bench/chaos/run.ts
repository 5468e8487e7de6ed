/** Owns `npm run chaos`: a gateway that is broken in every way that can be thought of, and the promises that must hold. */
import { parseArgs } from 'node:util'
import { type DatabaseKind, databaseKinds } from './database.ts'
import { printResult } from './print.ts'
import { type ChaosResult, runChaos } from './run-chaos.ts'

const USAGE = `usage: npm run chaos -- [--minutes 10] [--database postgres|sqlite] [--seed N] [--clients 16] [--json]
  without --database both, each for half of the time`

const options = readOptions()
if (options === undefined) {
  console.error(USAGE)
  process.exit(2)
}
if (process.platform !== 'linux') {
  console.error('It finds the workers that it kills in /proc, so it runs on Linux only.')
  process.exit(2)
}

const results: ChaosResult[] = []
for (const database of options.databases) {
  const endsAt = performance.now() + (options.minutes * 60_000) / options.databases.length
  results.push(
    await runChaos({
      ...{ database, seed: options.seed, clients: options.clients, marginMs: 15_000, requestsAnEvent: [20, 400] },
      enough: () => performance.now() >= endsAt,
      progress: (line) => console.error(line),
    }),
  )
}
if (options.json) console.log(JSON.stringify(results, null, 2))
else for (const result of results) printResult(result)
process.exitCode = results.every(({ holds }) => holds) ? 0 : 1

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: 'string', default: '10' },
        database: { type: 'string' },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        clients: { type: 'string', default: '16' },
        json: { type: 'boolean', default: false },
      },
    })
    const [minutes, seed, clients] = [Number(values.minutes), Number(values.seed), Number(values.clients)]
    const databases = databaseKinds.filter((kind) => values.database === undefined || kind === values.database)
    const usable = minutes > 0 && Number.isSafeInteger(seed) && Number.isSafeInteger(clients) && clients > 0
    if (!usable || databases.length === 0) return undefined
    return { minutes, seed, clients, databases: databases as readonly DatabaseKind[], json: values.json }
  } catch {
    return undefined
  }
}
