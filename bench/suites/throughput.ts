/** Owns CPU per request and requests/s at 64 connections: every lane in turn, several rounds, the median. */
import type { Bench } from '../bench.ts'
import type { Lane } from '../contestants/contestant.ts'
import { runWrk } from '../load/wrk.ts'
import { cpuMicros } from '../process/proc-stat.ts'
import { type Figure, figure, type ThroughputRound, type ThroughputRow } from '../report/figures.ts'
import { median, spread } from '../statistics.ts'

/** A lane that breaks is noted in `missing` and dropped: a median over fewer rounds than the others misleads. */
export async function measureThroughput(
  bench: Bench,
  lanes: readonly Lane[],
  missing: string[],
): Promise<ThroughputRow[]> {
  const { warmUpSeconds, roundSeconds, rounds } = bench.effort
  const measured = new Map<string, ThroughputRound[]>(lanes.map((lane) => [lane.id, []]))
  const inRace = () => lanes.filter((lane) => measured.has(lane.id))
  const orDrop = async (lane: Lane, run: () => Promise<unknown>) => {
    try {
      await run()
    } catch (error) {
      measured.delete(lane.id)
      const reason = error instanceof Error ? error.message : String(error)
      missing.push(`${lane.label}: ${reason}\n${lane.proxy.child.output()}`.trimEnd())
      bench.say(`dropped: ${missing.at(-1)}`)
    }
  }
  for (const lane of lanes) {
    bench.say(`throughput: warm-up ${lane.label}`)
    await orDrop(lane, () => runWrk(bench, lane.proxy.port, lane.request, warmUpSeconds))
  }
  for (let round = 1; round <= rounds; round++) {
    for (const lane of inRace()) {
      await orDrop(lane, async () => {
        const result = await measureOnce(bench, lane, roundSeconds)
        measured.get(lane.id)?.push(result)
        const cpu = `${result.cpuMicrosPerRequest.toFixed(0)} us/request`
        bench.say(`throughput ${round}/${rounds}: ${lane.label}: ${cpu}, ${result.requestsPerSecond.toFixed(0)}/s`)
      })
    }
  }
  return inRace().map((lane) => summarise(lane, measured))
}

/** The gated figures of the rows. */
export function throughputFigures(rows: readonly ThroughputRow[]): Figure[] {
  const ratio = (id: string, label: string, value: number | undefined, unit: string, rounds: readonly number[]) =>
    value === undefined ? [] : [figure({ id, label, value, unit, rounds })]
  return rows.flatMap((row) => [
    ...ratio(`${row.id}.cpu_x_bare`, `CPU, ${row.label}`, row.cpuToBare, 'x bare', row.cpuToBareRounds),
    ...ratio(
      `${row.id}.rps_x_portkey`,
      `requests/s, ${row.label}`,
      row.requestsToPortkey,
      'x Portkey',
      row.requestsToPortkeyRounds,
    ),
  ])
}

async function measureOnce(bench: Bench, lane: Lane, seconds: number): Promise<ThroughputRound> {
  const before = cpuMicros(lane.proxy.child.pid)
  const run = await runWrk(bench, lane.proxy.port, lane.request, seconds)
  return { ...run, cpuMicrosPerRequest: (cpuMicros(lane.proxy.child.pid) - before) / run.requests }
}

function summarise(lane: Lane, measured: ReadonlyMap<string, readonly ThroughputRound[]>): ThroughputRow {
  const rounds = measured.get(lane.id) ?? []
  const ratios = (other: string, key: 'cpuMicrosPerRequest' | 'requestsPerSecond') =>
    rounds.flatMap((round, index) => {
      const yardstick = measured.get(other)?.[index]
      return yardstick === undefined ? [] : [round[key] / yardstick[key]]
    })
  const toBare = ratios('bare', 'cpuMicrosPerRequest')
  const toPortkey = ratios('portkey', 'requestsPerSecond')
  const cpu = rounds.map((round) => round.cpuMicrosPerRequest)
  return {
    id: lane.id,
    label: lane.label,
    cpuMicrosPerRequest: median(cpu),
    cpuSpread: spread(cpu),
    requestsPerSecond: median(rounds.map((round) => round.requestsPerSecond)),
    p50Ms: median(rounds.map((round) => round.p50Ms)),
    p99Ms: median(rounds.map((round) => round.p99Ms)),
    ...(toBare.length > 0 && { cpuToBare: median(toBare) }),
    ...(toPortkey.length > 0 && { requestsToPortkey: median(toPortkey) }),
    cpuToBareRounds: toBare,
    requestsToPortkeyRounds: toPortkey,
    rounds,
  }
}
