/** Owns the result files in bench/results: writing one, finding the newest earlier one. */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Machine } from '../machine.ts'
import type { Effort } from '../options.ts'
import type { Figure, ThroughputRow } from './figures.ts'

export interface ResultDocument {
  readonly schema: 1
  /** ISO 8601, UTC. */
  readonly date: string
  readonly mode: 'quick' | 'full'
  readonly effort: Effort
  readonly machine: Machine
  readonly throughput: readonly ThroughputRow[]
  readonly figures: readonly Figure[]
  /** What could not be measured, and why. */
  readonly missing: readonly string[]
}

const DIRECTORY = join(import.meta.dirname, '../results')

/** Writes `<date>.json`, whole or not at all, and returns its path. Colons are left out of the name. */
export function writeResult(result: ResultDocument): string {
  mkdirSync(DIRECTORY, { recursive: true })
  const file = join(DIRECTORY, `${result.date.replaceAll(':', '-')}.json`)
  writeFileSync(`${file}.tmp`, `${JSON.stringify(result, null, 2)}\n`)
  renameSync(`${file}.tmp`, file)
  return file
}

/** The newest result on disk; undefined when there is none. File names sort by date. */
export function newestResult(): ResultDocument | undefined {
  mkdirSync(DIRECTORY, { recursive: true })
  const files = readdirSync(DIRECTORY).filter((name) => name.endsWith('.json'))
  for (const name of files.sort().reverse()) {
    const result = JSON.parse(readFileSync(join(DIRECTORY, name), 'utf8')) as ResultDocument
    if (result.schema === 1) return result
  }
  return undefined
}
