/** Owns entering nginx: as the static upstream itself ("direct"), and as the proxy_pass yardstick. */
import type { Bench } from '../bench.ts'
import { freePort, untilAnswers } from '../process/ready.ts'
import { startNginxProxy, startStaticUpstream } from '../upstream/nginx.ts'
import { PLAIN_REQUEST, type RunningProxy } from './contestant.ts'

export async function enterDirect(bench: Bench): Promise<RunningProxy> {
  const port = await freePort()
  const child = startStaticUpstream(bench, port)
  await untilAnswers(child, port, PLAIN_REQUEST)
  return { name: 'direct', child, port, request: PLAIN_REQUEST }
}

export async function enterNginx(bench: Bench, upstreamPort: number): Promise<RunningProxy> {
  const port = await freePort()
  const child = startNginxProxy(bench, port, upstreamPort)
  await untilAnswers(child, port, PLAIN_REQUEST)
  return { name: 'nginx', child, port, request: PLAIN_REQUEST }
}
