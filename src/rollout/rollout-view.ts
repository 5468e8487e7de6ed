// Owns how a rollout is shown, the same over HTTP and on the command line.
import { usdNumber } from '../domain/money.ts'
import type { RolloutPlan } from '../domain/rollout.ts'
import { elapsedOf, evaluateGates } from './evaluate-gates.ts'
import { nextStage, type RolloutState, stageOf } from './rollout-state.ts'
import type { RolloutStep } from './rollout-step.ts'
import { type CohortFigures, type Counts, moneyOf, p95Of, type StageFigures } from './stage-counts.ts'

export interface CohortView {
  readonly requests: number
  readonly errors: number
  readonly error_rate_percent: number
  readonly p95_ms: number
  readonly cost_usd: number
}

export interface ShadowView {
  readonly compared: number
  readonly agree: number
  readonly differ: readonly {
    /** Why the candidate would have asked it. */
    readonly reason: string
    readonly from: string
    readonly to: string
    readonly requests: number
  }[]
  /** Requests of which both costs are known, and what they come to. */
  readonly priced: number
  readonly cost_current_usd: number
  readonly cost_candidate_usd: number
  /** Must stay 0. */
  readonly restricted_moves: number
}

export interface RolloutView {
  readonly id: string
  readonly candidate: string
  readonly by: string
  readonly phase: string
  readonly percent: number
  readonly since: string | null
  readonly stage: {
    readonly elapsed_ms: number
    readonly min_time_ms: number
    readonly min_requests: number
    readonly next_percent: number | null
  } | null
  readonly stages: readonly number[]
  readonly cohorts: { readonly current: CohortView; readonly candidate: CohortView }
  /** Requests that name nobody, and so stay with the current policy. */
  readonly nameless: number
  readonly violations: number
  readonly gates: readonly {
    readonly gate: string
    readonly value: number
    readonly limit: number
    readonly passes: boolean
  }[]
  readonly cause: { readonly gate: string; readonly value: number; readonly limit: number } | null
  readonly shadow: ShadowView | null
  /** The newest first. */
  readonly steps: readonly RolloutStepView[]
}

export interface RolloutStepView {
  readonly revision: number
  readonly at: string
  readonly by: string
  readonly action: string
  readonly from_percent: number
  readonly to_percent: number
  readonly phase: string
  readonly cause: { readonly gate: string; readonly value: number; readonly limit: number } | null
}

export interface RolloutFacts {
  readonly plan: RolloutPlan
  readonly state: RolloutState
  readonly counts: Counts
  readonly figures: StageFigures
  readonly steps: readonly RolloutStep[]
  readonly nowMs: number
}

export function rolloutView({ plan, state, counts, figures, steps, nowMs }: RolloutFacts): RolloutView {
  const stage = stageOf(plan.stages, state.percent)
  const elapsedMs = elapsedOf(state, nowMs)
  return {
    id: plan.id,
    candidate: plan.candidate.source,
    by: plan.by,
    phase: state.phase,
    percent: state.percent,
    since: state.epoch === 0 ? null : new Date(state.sinceMs).toISOString(),
    stage: stage
      ? {
          elapsed_ms: Math.round(elapsedMs),
          min_time_ms: stage.minTimeMs,
          min_requests: stage.minRequests,
          next_percent: nextStage(plan.stages, state.percent)?.percent ?? null,
        }
      : null,
    stages: plan.stages.map(({ percent }) => percent),
    cohorts: { current: cohortView(figures.cohorts.current), candidate: cohortView(figures.cohorts.candidate) },
    nameless: figures.nameless,
    violations: figures.violations,
    gates: stage ? evaluateGates(figures, plan.gates, stage, elapsedMs) : [],
    cause: state.cause ?? null,
    shadow: state.phase === 'shadow' ? shadowView(counts) : null,
    steps: steps.map(stepView),
  }
}

function cohortView(figures: CohortFigures): CohortView {
  const { requests, errors, cost } = figures
  return {
    requests,
    errors,
    error_rate_percent: requests === 0 ? 0 : (errors / requests) * 100,
    p95_ms: Math.round(p95Of(figures)),
    cost_usd: usdNumber(cost),
  }
}

const DIFFER = 'shadow.differ.'

function shadowView(counts: Counts): ShadowView {
  const differ = [...counts].flatMap(([name, requests]) => {
    if (!name.startsWith(DIFFER)) return []
    const [reason = '', from = '', to = ''] = name.slice(DIFFER.length).split(' ')
    return [{ reason, from, to, requests }]
  })
  const agree = counts.get('shadow.agree') ?? 0
  return {
    compared: agree + differ.reduce((sum, { requests }) => sum + requests, 0),
    agree,
    differ: differ.toSorted((left, right) => right.requests - left.requests),
    priced: counts.get('shadow.priced') ?? 0,
    cost_current_usd: usdNumber(moneyOf(counts, 'shadow.cost_current')),
    cost_candidate_usd: usdNumber(moneyOf(counts, 'shadow.cost_candidate')),
    restricted_moves: counts.get('shadow.restricted_moves') ?? 0,
  }
}

function stepView({ revision, at, by, action, fromPercent, toPercent, phase, cause }: RolloutStep): RolloutStepView {
  return { revision, at, by, action, from_percent: fromPercent, to_percent: toPercent, phase, cause: cause ?? null }
}
