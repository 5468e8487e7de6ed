// Owns the words of a gradual rollout: the candidate policy, its stages and the gates that it must pass.
import type { NanoUsd } from './money.ts'
import type { RoutingRule } from './routing-rule.ts'

/** Which of the two policies decides a request. Closed: it labels a metric and a response header. */
export const cohorts = ['current', 'candidate'] as const
export type Cohort = (typeof cohorts)[number]

/** What a caller is recognised by, so that it stays in its cohort. */
export const rolloutSubjects = ['key', 'user', 'session'] as const
export type RolloutSubject = (typeof rolloutSubjects)[number]

/** A part of the traffic, and what the candidate must have served there before it gets more. */
export interface RolloutStage {
  /** Of the subjects, above 0 and up to 100. */
  readonly percent: number
  readonly minTimeMs: number
  /** Requests of the candidate's cohort, at least 1. */
  readonly minRequests: number
}

/** What sends the candidate back. */
export interface RolloutGates {
  /** More failed requests than so many in a hundred. */
  readonly errorRatePercent: number
  /** A longer wait for the beginning of an answer, for the 95th of a hundred requests. */
  readonly p95Ms: number
  /** More in a month of 30 days, if all traffic were the candidate's. */
  readonly monthlyCost: NanoUsd
  /** More violations than so many. */
  readonly privacyViolations: number
}

/**
 * What a candidate may change: the rules, the chain behind them, and which of its models a provider is asked for first.
 * Providers, their places, prices, privacy and budgets are the same for both cohorts.
 */
export interface CandidatePolicy {
  /** Where it was written: `candidate.yml`, `rollout.candidate`. */
  readonly source: string
  readonly rules: readonly RoutingRule[]
  readonly fallback: readonly string[]
  /** All models of the providers that it names, in its order. */
  readonly models: Readonly<Record<string, readonly string[]>>
}

export interface RolloutPlan {
  /** A fingerprint of the candidate: another candidate is another rollout, which begins anew. */
  readonly id: string
  readonly by: RolloutSubject
  readonly candidate: CandidatePolicy
  /** By ascending per cent; the last one is 100. */
  readonly stages: readonly RolloutStage[]
  readonly gates: RolloutGates
  /** How often a process looks at what the others have done, and the leading one at the gates. */
  readonly checkEveryMs: number
}

/** What one policy would have done, beside what was done. */
export interface ShadowDecision {
  /** The same provider and model. */
  readonly agrees: boolean
  /** Whom the current policy chose. */
  readonly from: string
  /** Whom the candidate would have asked; empty when it would have asked nobody. */
  readonly to: string
  readonly toModel: string
  /** Why the candidate would have asked it. */
  readonly reason: string
  /** Restricted data, and the two places differ. Clearance makes that impossible; counted to be seen. */
  readonly restrictedMoves: boolean
}

/** A request's part in a rollout. */
export interface RolloutPart {
  readonly cohort: Cohort
  /** Counts the changes of stage: what is counted for one stage does not count for the next. */
  readonly epoch: number
  /** Its caller has no name by which it could stay in a cohort. */
  readonly nameless: boolean
  readonly shadow?: ShadowDecision | undefined
}
