/** Owns the gates of PERFORMANCE.md: what a figure must reach today, what it should reach later. */

export interface Gate {
  readonly limit: number
  /** `at_most` for costs, `at_least` for gains. */
  readonly direction: 'at_most' | 'at_least'
  /** The gate of PERFORMANCE.md where today's is looser, and the moonshot. */
  readonly goal?: number
  readonly moonshot?: number
}

/** By figure id. A figure without an entry is a yardstick or context. */
const GATES: Readonly<Record<string, Gate>> = {
  'aegis_local.cpu_x_bare': { limit: 1.6, direction: 'at_most', goal: 1.25, moonshot: 0.8 },
  'aegis_cloud.cpu_x_bare': { limit: 1.6, direction: 'at_most', goal: 1.25, moonshot: 0.8 },
  'aegis_detect.cpu_x_bare': { limit: 1.6, direction: 'at_most' },
  'aegis_local.rps_x_portkey': { limit: 10, direction: 'at_least', moonshot: 20 },
  'aegis_local.added_p50': { limit: 0.35, direction: 'at_most' },
  'aegis_local.added_p99': { limit: 1.5, direction: 'at_most' },
  'aegis_cloud.added_p50': { limit: 0.35, direction: 'at_most' },
  'aegis_cloud.added_p99': { limit: 1.5, direction: 'at_most' },
  'aegis.added_first_token': { limit: 1, direction: 'at_most' },
  'aegis.added_gap_p99': { limit: 50, direction: 'at_most' },
  'aegis.cpu_per_frame_x_bare': { limit: 1.3, direction: 'at_most' },
  'aegis.cpu_per_frame_x_bare_unpaced': { limit: 1.3, direction: 'at_most' },
  'aegis.crowd_faults': { limit: 0, direction: 'at_most' },
  'aegis.rss_idle': { limit: 80, direction: 'at_most' },
  'aegis.rss_64_connections': { limit: 140, direction: 'at_most' },
  'aegis.rss_large_bodies': { limit: 320, direction: 'at_most' },
  'aegis.start': { limit: 500, direction: 'at_most' },
}

export interface Verdict {
  readonly gate: Gate
  readonly passed: boolean
  /** False when at least a quarter of the rounds say the opposite: noise is larger than the distance to the gate. */
  readonly decided: boolean
}

const DISSENT = 0.25

/** Undefined when the figure has no gate. NaN never passes. */
export function judge(figureId: string, value: number, rounds: readonly number[]): Verdict | undefined {
  const gate = GATES[figureId]
  if (gate === undefined) return undefined
  const passed = holds(gate, value)
  const dissenting = rounds.filter((round) => holds(gate, round) !== passed).length
  return { gate, passed, decided: dissenting < DISSENT * Math.max(1, rounds.length) }
}

function holds({ direction, limit }: Gate, value: number): boolean {
  return direction === 'at_most' ? value <= limit : value >= limit
}
