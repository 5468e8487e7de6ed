/** Owns what a suite hands back: throughput rows and single figures, every round kept. */
import { judge, type Verdict } from '../gates.ts'

/** One lane under 64 connections. */
export interface ThroughputRow {
  readonly id: string
  readonly label: string
  readonly cpuMicrosPerRequest: number
  /** Half the range of the rounds over their median. */
  readonly cpuSpread: number
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Medians of the ratios within each round. */
  readonly cpuToBare?: number
  readonly requestsToPortkey?: number
  readonly cpuToBareRounds: readonly number[]
  readonly requestsToPortkeyRounds: readonly number[]
  readonly rounds: readonly ThroughputRound[]
}

export interface ThroughputRound {
  readonly requests: number
  readonly requestsPerSecond: number
  readonly cpuMicrosPerRequest: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** One number with its unit in `unit`; `rounds` are what it is the median of. */
export interface Figure {
  readonly id: string
  readonly label: string
  readonly value: number
  readonly unit: string
  readonly rounds: readonly number[]
  /** What a reader needs beside the number. */
  readonly note?: string
  readonly verdict?: Verdict
}

export function figure(given: Omit<Figure, 'verdict'>): Figure {
  const verdict = judge(given.id, given.value, given.rounds)
  return verdict === undefined ? given : { ...given, verdict }
}
