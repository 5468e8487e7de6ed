/** Owns who is measured: the upstream, the yardsticks, the peer and Aegis, started and checked. */
import type { Bench } from './bench.ts'
import { aegisLanes, enterAegis, NoAegisError } from './contestants/aegis.ts'
import { enterBare } from './contestants/bare.ts'
import type { Lane, RunningProxy } from './contestants/contestant.ts'
import { enterDirect, enterNginx } from './contestants/nginx.ts'
import { enterPortkey } from './contestants/portkey.ts'
import { NotReadyError } from './process/ready.ts'

export interface Field {
  readonly direct: Lane
  /** In the order in which they are measured and printed, without direct. */
  readonly lanes: readonly Lane[]
  readonly hasAegis: boolean
}

/** Starts everybody. Aegis or the peer not coming up is noted in `missing`; a yardstick not coming up ends the run. */
export async function startField(bench: Bench, missing: string[]): Promise<Field> {
  bench.say('starting the upstream, nginx, the bare proxy, Aegis, Portkey')
  const upstream = await enterDirect(bench)
  const nginx = await enterNginx(bench, upstream.port)
  const bare = await enterBare(bench, upstream.port)
  const aegis = await orMissing('Aegis', missing, async () =>
    aegisLanes(await enterAegis(bench, upstream.port), missing),
  )
  const portkey = await orMissing('Portkey', missing, () => enterPortkey(bench, upstream.port))
  return {
    direct: laneOf(upstream, 'direct, no proxy'),
    lanes: [
      laneOf(nginx, 'nginx proxy_pass'),
      laneOf(bare, 'bare Node: node:http + undici'),
      ...(aegis ?? []),
      ...(portkey === undefined ? [] : [laneOf(portkey, 'Portkey gateway 1.15.2')]),
    ],
    hasAegis: aegis !== undefined,
  }
}

function laneOf(proxy: RunningProxy, label: string): Lane {
  return { id: proxy.name, label, proxy, request: proxy.request }
}

async function orMissing<Entered>(
  name: string,
  missing: string[],
  enter: () => Promise<Entered>,
): Promise<Entered | undefined> {
  try {
    return await enter()
  } catch (error) {
    if (!(error instanceof NotReadyError || error instanceof NoAegisError)) throw error
    missing.push(`${name}: ${error.message}`)
    return undefined
  }
}
