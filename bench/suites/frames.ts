/**
 * Owns CPU per streamed frame, 64 streams at once, against the bare proxy: at a pace that leaves every frame a
 * read and a write of its own, and without pace, where frames share reads and what is left is the work per frame.
 */
import type { Bench } from '../bench.ts'
import type { ProxyName, RunningProxy } from '../contestants/contestant.ts'
import { drainStream, streamAgent } from '../load/streams.ts'
import { cpuMicros } from '../process/proc-stat.ts'
import { type Figure, figure } from '../report/figures.ts'
import { median } from '../statistics.ts'

const CONNECTIONS = 64
/** Long streams, so that what a request costs is small beside what its frames cost. */
const FRAMES = 256
const ROUNDS = 5
const ROUND_SECONDS = 3

/** `pace` is what the upstream does; it is part of the figures' ids and labels. */
export async function measureFrames(
  bench: Bench,
  proxies: readonly RunningProxy[],
  pace: 'paced' | 'unpaced',
): Promise<Figure[]> {
  for (const proxy of proxies) await microsPerFrame(proxy)
  const measured = new Map<ProxyName, number[]>(proxies.map(({ name }) => [name, []]))
  for (let round = 1; round <= ROUNDS; round++) {
    for (const proxy of proxies) {
      const micros = await microsPerFrame(proxy)
      measured.get(proxy.name)?.push(micros)
      bench.say(`${pace} frames ${round}/${ROUNDS}: ${proxy.name}: ${micros.toFixed(2)} us/frame`)
    }
  }
  const bare = measured.get('bare') ?? []
  const suffix = pace === 'paced' ? '' : '_unpaced'
  return proxies.flatMap(({ name }) => {
    const rounds = measured.get(name) ?? []
    const label = `CPU per ${pace} frame, ${name}`
    const cost = figure({ id: `${name}.cpu_per_frame${suffix}`, label, value: median(rounds), unit: 'us', rounds })
    if (name === 'bare') return [cost]
    const ratios = rounds.map((value, round) => value / (bare[round] ?? Number.NaN))
    const id = `${name}.cpu_per_frame_x_bare${suffix}`
    return [cost, figure({ id, label, value: median(ratios), unit: 'x bare', rounds: ratios })]
  })
}

async function microsPerFrame(proxy: RunningProxy): Promise<number> {
  const agent = streamAgent()
  const endMs = performance.now() + ROUND_SECONDS * 1_000
  const before = cpuMicros(proxy.child.pid)
  let streams = 0
  const client = async () => {
    while (performance.now() < endMs) {
      await drainStream(proxy.port, proxy.request, FRAMES, agent)
      streams += 1
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, client))
  const micros = (cpuMicros(proxy.child.pid) - before) / (streams * FRAMES)
  agent.destroy()
  return micros
}
