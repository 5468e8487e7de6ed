/** Owns one stream at a time: time to the first token, and how evenly frames arrive. */
import type { Bench } from '../bench.ts'
import type { ProxyName, RunningProxy } from '../contestants/contestant.ts'
import { readStream, streamAgent } from '../load/streams.ts'
import { type Figure, figure } from '../report/figures.ts'
import { median, percentile } from '../statistics.ts'

const ROUNDS = 9
const SHORT_STREAMS = 200
/** One stream a round; a p99 wants hundreds of frames. */
const PACED_FRAMES = 400

interface Reading {
  readonly firstTokenMs: number[]
  readonly gapP99Micros: number[]
}

/** `direct` is the paced upstream; `proxies` stand in front of it, the bare one among them. */
export async function measureStreaming(
  bench: Bench,
  direct: RunningProxy,
  proxies: readonly RunningProxy[],
): Promise<Figure[]> {
  const all = [direct, ...proxies]
  const readings = new Map<ProxyName, Reading>(all.map(({ name }) => [name, { firstTokenMs: [], gapP99Micros: [] }]))
  for (const proxy of all) await firstTokenMs(proxy)
  for (let round = 1; round <= ROUNDS; round++) {
    bench.say(`streaming ${round}/${ROUNDS}: first token and frame gaps, ${all.length} proxies`)
    for (const proxy of all) {
      readings.get(proxy.name)?.firstTokenMs.push(await firstTokenMs(proxy))
      readings.get(proxy.name)?.gapP99Micros.push(await gapP99Micros(proxy))
    }
  }
  const floor = readings.get('direct')
  const bare = readings.get('bare')
  if (floor === undefined || bare === undefined) throw new Error('the streaming suite needs direct and bare')
  return proxies.flatMap((proxy) => {
    const reading = readings.get(proxy.name)
    return reading === undefined ? [] : figuresOf(proxy.name, reading, floor, bare)
  })
}

/** Median over many streams of one frame, one after another over one connection. */
async function firstTokenMs(proxy: RunningProxy): Promise<number> {
  const agent = streamAgent()
  const times: number[] = []
  for (let stream = 0; stream < SHORT_STREAMS; stream++) {
    times.push((await readStream(proxy.port, proxy.request, 1, agent)).firstFrameMs)
  }
  agent.destroy()
  return median(times)
}

async function gapP99Micros(proxy: RunningProxy): Promise<number> {
  const agent = streamAgent()
  const { gapErrorMicros } = await readStream(proxy.port, proxy.request, PACED_FRAMES, agent)
  agent.destroy()
  return percentile(gapErrorMicros, 0.99)
}

function figuresOf(name: ProxyName, reading: Reading, floor: Reading, bare: Reading): Figure[] {
  const less = (mine: readonly number[], theirs: readonly number[]) =>
    mine.map((value, round) => value - (theirs[round] ?? Number.NaN))
  const added = (id: string, label: string, unit: string, rounds: readonly number[], note: string) =>
    figure({ id: `${name}.${id}`, label: `${label}, ${name}`, value: median(rounds), unit, rounds, note })
  const firstToken = less(reading.firstTokenMs, floor.firstTokenMs)
  const toDirect = less(reading.gapP99Micros, floor.gapP99Micros)
  const figures = [
    added('added_first_token', 'added time to first token', 'ms', firstToken, direct(floor.firstTokenMs, 'ms')),
    added('gap_p99_to_direct', 'frame gap p99, added to direct', 'us', toDirect, direct(floor.gapP99Micros, 'us')),
  ]
  if (name === 'bare') return figures
  const toBare = less(reading.gapP99Micros, bare.gapP99Micros)
  return [...figures, added('added_gap_p99', 'frame gap p99, added to bare', 'us', toBare, '')]
}

function direct(rounds: readonly number[], unit: string): string {
  return `direct ${median(rounds).toFixed(unit === 'ms' ? 3 : 0)} ${unit}`
}
