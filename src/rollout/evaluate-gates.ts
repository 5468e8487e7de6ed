// Owns the verdict on a stage: what each gate measures, and whether the candidate goes on, waits or goes back. Pure.
import { type NanoUsd, usdNumber } from '../domain/money.ts'
import type { RolloutGates, RolloutPlan, RolloutStage } from '../domain/rollout.ts'
import { lastGoodPercent, type RolloutAction, type RolloutState, stageOf } from './rollout-state.ts'
import { p95Of, type StageFigures } from './stage-counts.ts'

export const gateNames = ['privacy_violations', 'error_rate_percent', 'p95_ms', 'monthly_cost_usd'] as const
export type GateName = (typeof gateNames)[number]

export interface GateVerdict {
  readonly gate: GateName
  readonly value: number
  readonly limit: number
  readonly passes: boolean
}

const MONTH_MS = 30 * 86_400_000

/**
 * What the gates say after so much time. As long as the stage has not had its least number of requests or its least time,
 * the missing ones are taken for good ones: so a few failures decide nothing, and what fails all the same is certain to.
 */
export function evaluateGates(
  figures: StageFigures,
  gates: RolloutGates,
  stage: Pick<RolloutStage, 'minRequests' | 'minTimeMs'>,
  elapsedMs: number,
): GateVerdict[] {
  const { candidate } = figures.cohorts
  const requests = Math.max(candidate.requests, stage.minRequests)
  const verdict = (gate: GateName, value: number, limit: number) => ({ gate, value, limit, passes: value <= limit })
  return [
    verdict('privacy_violations', figures.violations, gates.privacyViolations),
    verdict('error_rate_percent', (candidate.errors / requests) * 100, gates.errorRatePercent),
    verdict('p95_ms', p95Of(candidate, stage.minRequests), gates.p95Ms),
    verdict('monthly_cost_usd', monthlyCost(figures, stage, elapsedMs), usdNumber(gates.monthlyCost)),
  ]
}

/**
 * US dollars for a month if the candidate had all traffic: what its requests cost, for as many as both cohorts have. With
 * too few requests to say what one costs, only what they have cost themselves.
 */
export function monthlyCost(
  { cohorts: { current, candidate } }: StageFigures,
  { minRequests, minTimeMs }: Pick<RolloutStage, 'minRequests' | 'minTimeMs'>,
  elapsedMs: number,
): number {
  const enough = candidate.requests >= minRequests && candidate.requests > 0
  const ofAll = enough ? (current.requests + candidate.requests) / candidate.requests : 1
  const spanMs = Math.max(elapsedMs, minTimeMs, 1)
  return (dollars(candidate.cost) * ofAll * MONTH_MS) / spanMs
}

/** What is to be done now, if anything. */
export function verdictOn(
  state: RolloutState,
  figures: StageFigures,
  { stages, gates }: Pick<RolloutPlan, 'stages' | 'gates'>,
  nowMs: number,
): RolloutAction | undefined {
  const stage = stageOf(stages, state.percent)
  const isWatched = state.phase === 'running' || state.phase === 'paused' || state.phase === 'rolled_back'
  if (!stage || !isWatched) return undefined
  const elapsedMs = elapsedOf(state, nowMs)
  const failed = evaluateGates(figures, gates, stage, elapsedMs).find(({ passes }) => !passes)
  if (failed) {
    const { gate, value, limit } = failed
    // No stage of a candidate that violates privacy was a good one.
    const toPercent = gate === 'privacy_violations' ? 0 : lastGoodPercent(stages, state.percent)
    return { kind: 'rollback', toPercent, cause: { gate, value, limit } }
  }
  if (state.phase !== 'running' || elapsedMs < stage.minTimeMs) return undefined
  return figures.cohorts.candidate.requests >= stage.minRequests ? { kind: 'advance' } : undefined
}

/** How long the stage has had, pauses left out. */
export function elapsedOf({ sinceMs, pausedAtMs }: RolloutState, nowMs: number): number {
  return Math.max(0, (pausedAtMs ?? nowMs) - sinceMs)
}

function dollars(amount: NanoUsd): number {
  return amount / 1_000_000_000
}
