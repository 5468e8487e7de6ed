/** Owns entering the bare Node proxy. */
import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import { freePort, untilAnswers } from '../process/ready.ts'
import { PLAIN_REQUEST, type RunningProxy } from './contestant.ts'

/** `pollMs` is how often it is asked whether it is up; the upstream pool has `connections`. */
export async function enterBare(
  bench: Bench,
  upstreamPort: number,
  { connections = 128, pollMs = 20 } = {},
): Promise<RunningProxy> {
  const port = await freePort()
  const child = bench.children.start({
    name: 'bare',
    command: process.execPath,
    args: [
      join(import.meta.dirname, '../bare-proxy.ts'),
      `${port}`,
      `http://127.0.0.1:${upstreamPort}`,
      `${connections}`,
    ],
    environment: { NODE_ENV: 'production' },
  })
  await untilAnswers(child, port, PLAIN_REQUEST, pollMs)
  return { name: 'bare', child, port, request: PLAIN_REQUEST }
}
