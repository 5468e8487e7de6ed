/** Owns the added latency at one connection: each lane's p50 and p99 less those of the upstream in the same round. */
import type { Bench } from '../bench.ts'
import type { Lane } from '../contestants/contestant.ts'
import { timeRequests } from '../load/one-connection.ts'
import { type Figure, figure } from '../report/figures.ts'
import { median, percentile } from '../statistics.ts'

const ROUNDS = 5
const ROUND_SECONDS = 2
const WARM_UP_SECONDS = 1

/** `direct` is the way to the upstream without a proxy. */
export async function measureLatency(bench: Bench, direct: Lane, lanes: readonly Lane[]): Promise<Figure[]> {
  const all = [direct, ...lanes]
  for (const lane of all) await timeRequests(lane.proxy.port, lane.request, WARM_UP_SECONDS)
  const p50 = new Map<string, number[]>(all.map((lane) => [lane.id, []]))
  const p99 = new Map<string, number[]>(all.map((lane) => [lane.id, []]))
  for (let round = 1; round <= ROUNDS; round++) {
    bench.say(`latency ${round}/${ROUNDS}: one connection, ${all.length} lanes`)
    for (const lane of all) {
      const timesMs = await timeRequests(lane.proxy.port, lane.request, ROUND_SECONDS)
      p50.get(lane.id)?.push(percentile(timesMs, 0.5))
      p99.get(lane.id)?.push(percentile(timesMs, 0.99))
    }
  }
  return lanes.flatMap((lane) => [added('p50', p50, direct, lane), added('p99', p99, direct, lane)])
}

function added(name: string, measured: ReadonlyMap<string, readonly number[]>, direct: Lane, lane: Lane): Figure {
  const floor = measured.get(direct.id) ?? []
  const rounds = (measured.get(lane.id) ?? []).map((value, round) => value - (floor[round] ?? Number.NaN))
  return figure({
    id: `${lane.id}.added_${name}`,
    label: `added latency ${name}, ${lane.label}`,
    value: median(rounds),
    unit: 'ms',
    rounds,
    note: `direct ${median(floor).toFixed(3)} ms`,
  })
}
