/** Owns the kills: runs the test that kills spending processes, more often than `npm test` does. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface KillsResult {
  readonly kills: number
  readonly seconds: number
  /** Both tests passed: on a file, and on PostgreSQL, which is killed as well. */
  readonly holds: boolean
  /** What the test said, when it did not hold. */
  readonly output: string
}

const TEST = join(import.meta.dirname, '../../src/ledger/sudden-death.test.ts')

/** A kill takes less than a second on a quiet machine; after four times that it counts as failed. */
export async function measureKills(kills: number): Promise<KillsResult> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, ['--test', '--test-reporter=spec', TEST], {
    env: { ...process.env, AEGIS_KILLS: String(kills) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (piece: Buffer) => {
    output += piece.toString()
  })
  const patience = setTimeout(() => child.kill('SIGTERM'), 120_000 + kills * 2 * 4000)
  const [code] = await once(child, 'close')
  clearTimeout(patience)
  const holds = code === 0 && /pass 2\n/.test(output)
  return { kills, seconds: (performance.now() - startedAt) / 1000, holds, output: holds ? '' : output }
}
