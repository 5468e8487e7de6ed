/** Owns entering the Node upstream that streams, as the thing proxies are put in front of. */
import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import { freePort, untilAnswers } from '../process/ready.ts'
import { PLAIN_REQUEST, type RunningProxy } from './contestant.ts'

/** `gapMs` between frames of a stream, `holdMs` before the answer to a request without one. */
export interface Pace {
  readonly gapMs: number
  readonly holdMs: number
}

export async function enterPaced(bench: Bench, pace: Pace): Promise<RunningProxy> {
  const port = await freePort()
  const child = bench.children.start({
    name: 'paced-upstream',
    command: process.execPath,
    args: [join(import.meta.dirname, '../upstream/paced.ts'), `${port}`, `${pace.gapMs}`, `${pace.holdMs}`],
  })
  await untilAnswers(child, port, PLAIN_REQUEST)
  return { name: 'direct', child, port, request: PLAIN_REQUEST }
}
