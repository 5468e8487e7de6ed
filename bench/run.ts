/**
 * Owns one benchmark run from the command line to the exit code: 0 all gates hold, 1 one does not or something was
 * not measured, 2 it cannot run here. `npm run bench -- [--quick] [--json]`; see bench/README.md.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { Bench } from './bench.ts'
import { type Field, startField } from './field.ts'
import { FRESH_SUITES, measureLatencies } from './full.ts'
import { busyNote, describeMachine, isBusy } from './machine.ts'
import { type Options, parseOptions, UsageError } from './options.ts'
import { Children } from './process/children.ts'
import type { Figure } from './report/figures.ts'
import { newestResult, type ResultDocument, writeResult } from './report/results.ts'
import { renderReport } from './report/tables.ts'
import { buildProduct, findTools, installPeers, MissingProgramError } from './requirements.ts'
import { measureThroughput, throughputFigures } from './suites/throughput.ts'

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2))
  const { PATH = '', HOME = '' } = process.env
  const tools = findTools(PATH)
  const say = speaker()
  const missing: string[] = []
  say('building the package')
  buildProduct()
  const peersFailed = installPeers(say)
  if (peersFailed !== undefined) missing.push(peersFailed)

  const directory = mkdtempSync(join(tmpdir(), 'aegis-bench-'))
  const children = new Children(directory, { PATH, HOME })
  leaveNothingBehind(children, directory)
  const bench: Bench = { children, directory, tools, effort: options.effort, say }

  const before = newestResult()
  const result = await measure(bench, options, missing)
  const file = writeResult(result)
  await children.close()
  console.log(options.json ? JSON.stringify(result, null, 2) : `\n${renderReport(result, before)}`)
  say(`written to ${relative(process.cwd(), file)}`)
  return exitCode(result)
}

async function measure(bench: Bench, options: Options, missing: string[]): Promise<ResultDocument> {
  const date = new Date().toISOString()
  const machine = await describeMachine(bench.tools, bench.directory)
  if (isBusy(machine)) bench.say(busyNote(machine))
  const field = await startField(bench, missing)
  for (const reason of missing) bench.say(`not measured: ${firstLine(reason)}`)
  const lanes = options.quick ? field.lanes : [field.direct, ...field.lanes]
  const throughput = await measureThroughput(bench, lanes, missing)
  const rest = options.quick ? [] : await measureRest(bench, field, missing)
  return {
    schema: 1,
    date,
    mode: options.quick ? 'quick' : 'full',
    effort: options.effort,
    machine,
    throughput,
    figures: [...throughputFigures(throughput), ...rest],
    missing,
  }
}

/** One suite after another, nothing else running. A suite that breaks is noted and the others go on. */
async function measureRest(bench: Bench, field: Field, missing: string[]): Promise<Figure[]> {
  const figures: Figure[] = []
  const run = async (name: string, suite: () => Promise<Figure[]>) => {
    try {
      figures.push(...(await suite()))
    } catch (error) {
      missing.push(`${name}: ${error instanceof Error ? error.message : error}`)
      bench.say(`not measured: ${firstLine(missing.at(-1) ?? name)}`)
    }
    await bench.children.close()
  }
  await run('latency', () => measureLatencies(bench, field))
  for (const [name, suite] of Object.entries(FRESH_SUITES)) await run(name, () => suite(bench, field.hasAegis))
  return figures
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text
}

/** Whatever ends this process, its children and files end with it. */
function leaveNothingBehind(children: Children, directory: string): void {
  process.on('exit', () => {
    children.killNow()
    rmSync(directory, { recursive: true, force: true })
  })
  process.on('SIGINT', () => process.exit(130))
  process.on('SIGTERM', () => process.exit(143))
  process.on('SIGHUP', () => process.exit(129))
}

/** Progress goes to stderr, so that stdout holds the report alone. */
function speaker(): (line: string) => void {
  const startMs = performance.now()
  return (line) => console.error(`${((performance.now() - startMs) / 1_000).toFixed(0).padStart(4)} s  ${line}`)
}

function exitCode({ figures, missing }: ResultDocument): number {
  return missing.length === 0 && figures.every(({ verdict }) => verdict?.passed ?? true) ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  const cannotRun = error instanceof MissingProgramError || error instanceof UsageError
  console.error(cannotRun ? error.message : error)
  process.exitCode = cannotRun ? 2 : 1
}
process.exit()
