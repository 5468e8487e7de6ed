/** Owns 512 paced streams at once: no frame lost, split or late by ten times the pace, no stream kept waiting. */
import type { Bench } from '../bench.ts'
import type { RunningProxy } from '../contestants/contestant.ts'
import { readStream, type StreamReading, streamAgent } from '../load/streams.ts'
import { type Figure, figure } from '../report/figures.ts'
import { percentile } from '../statistics.ts'

export const CROWD_STREAMS = 512
const FRAMES = 64
const ROUNDS = 3

/** `gapMs` is the pace of the upstream. The first crowd finds cold code and is not counted. */
export async function measureCrowd(bench: Bench, proxies: readonly RunningProxy[], gapMs: number): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const proxy of proxies) {
    const faults: number[] = []
    let note = ''
    await crowd(proxy)
    for (let round = 1; round <= ROUNDS; round++) {
      const result = inspect(await crowd(proxy), gapMs)
      faults.push(result.faults)
      if (result.faults === Math.max(...faults)) note = result.note
      bench.say(`crowd ${round}/${ROUNDS}: ${proxy.name}: ${result.faults} faults (${result.note})`)
    }
    figures.push(
      figure({
        id: `${proxy.name}.crowd_faults`,
        label: `${CROWD_STREAMS} paced streams at once, ${proxy.name}`,
        value: Math.max(...faults),
        unit: 'faults',
        rounds: faults,
        note,
      }),
    )
  }
  return figures
}

async function crowd(proxy: RunningProxy): Promise<StreamReading[]> {
  const agent = streamAgent()
  const streams = Array.from({ length: CROWD_STREAMS }, () => readStream(proxy.port, proxy.request, FRAMES, agent))
  const readings = await Promise.all(streams)
  agent.destroy()
  return readings
}

/** A stream whose first frame came only when another had ended was queued, not served at once: a fault too. */
function inspect(readings: readonly StreamReading[], gapMs: number): { faults: number; note: string } {
  const lateMs = 10 * gapMs
  const firstEndMs = Math.min(...readings.map(({ endedAtMs }) => endedAtMs))
  const transitMs = readings.flatMap((reading) => reading.transitMs)
  const counts = {
    lost: sum(readings.map(({ lost }) => lost)),
    split: sum(readings.map(({ split }) => split)),
    late: transitMs.filter((transit) => transit > lateMs).length,
    queued: readings.filter(({ firstFrameAtMs }) => firstFrameAtMs > firstEndMs).length,
  }
  const slow = `transit p50 ${percentile(transitMs, 0.5).toFixed(1)} ms, p99 ${percentile(transitMs, 0.99).toFixed(1)} ms`
  const listed = Object.entries(counts).map(([name, count]) => `${count} ${name}`)
  return { faults: sum(Object.values(counts)), note: `${listed.join(', ')}; ${slow}` }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
