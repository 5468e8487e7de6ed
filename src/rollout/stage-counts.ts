// Owns what is counted of a stage: sums by name, which add up over processes, and the figures that are read from them.
import { type NanoUsd, nanoUsd, ZERO_USD } from '../domain/money.ts'
import { type Cohort, cohorts } from '../domain/rollout.ts'

/** Whole numbers by name. Names are of closed sets and of configured providers. */
export type Counts = ReadonlyMap<string, number>

/** How the waits for an answer are counted: each bucket ends a twentieth above the one before, from a millisecond on. */
const GROWTH = Math.log(1.05)

/** What the requests of one cohort came to. */
export interface CohortFigures {
  readonly requests: number
  readonly errors: number
  readonly cost: NanoUsd
  /** How many requests waited for how long, shortest first. `upToMs` ends the bucket. */
  readonly waits: readonly { readonly fromMs: number; readonly upToMs: number; readonly requests: number }[]
}

export interface StageFigures {
  readonly cohorts: Readonly<Record<Cohort, CohortFigures>>
  /** Restricted data at the point of leaving, whoever decided. */
  readonly violations: number
  /** Requests whose caller has no name by which it could be in a cohort. */
  readonly nameless: number
}

export function waitBucket(milliseconds: number): number {
  return Math.max(0, Math.ceil(Math.log(Math.max(1, milliseconds)) / GROWTH))
}

export function stageFigures(counts: Counts): StageFigures {
  const [current, candidate] = cohorts.map((cohort) => cohortFigures(counts, cohort))
  if (!current || !candidate) throw new TypeError('there are two cohorts')
  return {
    cohorts: { current, candidate },
    violations: counts.get('violations') ?? 0,
    nameless: counts.get('nameless') ?? 0,
  }
}

function cohortFigures(counts: Counts, cohort: Cohort): CohortFigures {
  const prefix = `${cohort}.wait.`
  const buckets = [...counts].flatMap(([name, requests]) =>
    name.startsWith(prefix) ? [{ bucket: Number(name.slice(prefix.length)), requests }] : [],
  )
  return {
    requests: counts.get(`${cohort}.requests`) ?? 0,
    errors: counts.get(`${cohort}.errors`) ?? 0,
    cost: moneyOf(counts, `${cohort}.cost`),
    waits: buckets
      .toSorted((left, right) => left.bucket - right.bucket)
      .map(({ bucket, requests }) => ({
        fromMs: bucket === 0 ? 0 : Math.exp((bucket - 1) * GROWTH),
        upToMs: Math.exp(bucket * GROWTH),
        requests,
      })),
  }
}

/** An amount that was counted. */
export function moneyOf(counts: Counts, name: string): NanoUsd {
  const amount = counts.get(name)
  return amount === undefined ? ZERO_USD : nanoUsd(amount)
}

/**
 * The wait that 95 in a hundred requests do not exceed, within its bucket by proportion. When fewer than `atLeast` were
 * counted the missing ones are taken for short, so what it says then is sure to hold for all of them.
 */
export function p95Of({ waits }: Pick<CohortFigures, 'waits'>, atLeast = 0): number {
  const counted = waits.reduce((sum, { requests }) => sum + requests, 0)
  let longer = Math.max(counted, atLeast) * 0.05
  for (const { fromMs, upToMs, requests } of waits.toReversed()) {
    if (requests > longer) return upToMs - (upToMs - fromMs) * (longer / requests)
    longer -= requests
  }
  return 0
}
