// Owns what is known of a request when it has ended. It carries no content, so every observer may see it.
import type { RouteReason } from './attempt.ts'
import type { EffectiveClassification } from './data-classification.ts'
import type { Location } from './location.ts'
import type { NanoUsd } from './money.ts'
import type { FailureKind } from './provider-failure.ts'
import type { DecisionFacts } from './recorded-decision.ts'
import type { RolloutPart } from './rollout.ts'
import type { Usage, UsageQuality } from './usage.ts'

/** How a request ended, for metrics and the usage table. Closed set. */
export const outcomeStatuses = ['ok', 'client_closed', 'refused', 'failed', 'interrupted'] as const
export type OutcomeStatus = (typeof outcomeStatuses)[number]

/** Why an attempt did not answer. */
export type AttemptFailure =
  | FailureKind
  | 'budget_exceeded'
  | 'price_unknown'
  | 'ledger_unavailable'
  /** Passed over: it asked for patience, or it has failed too often. */
  | 'cooling_down'
  /** It had as many requests as it may have at once, and no place came free in time. */
  | 'queue_full'

/** One line of a request's history. */
export interface AttemptRecord {
  readonly provider: string
  readonly model: string
  readonly location: Location
  readonly reason: RouteReason
  /** `answered`, `cached` when an answer of before was given again, or why it did not. */
  readonly result: 'answered' | 'cached' | AttemptFailure
  readonly durationMs: number
  readonly cost: NanoUsd
  /** From the request's receipt until this attempt began. */
  readonly beganAfterMs?: number | undefined
}

/** The candidate that answered. */
export interface AnsweredBy {
  readonly provider: string
  readonly model: string
  readonly location: Location
  readonly reason: RouteReason
}

export interface Outcome {
  readonly requestId: string
  readonly receivedAtMs: number
  readonly endedAtMs: number
  readonly status: OutcomeStatus
  /** The HTTP status the client saw; 499 when it left. */
  readonly httpStatus: number
  readonly classification: EffectiveClassification
  readonly attempts: readonly AttemptRecord[]
  /** Absent when nobody answered. */
  readonly answeredBy?: AnsweredBy | undefined
  readonly usage?: Usage | undefined
  readonly usageQuality?: UsageQuality | undefined
  /** All that the request cost, over all attempts. */
  readonly cost: NanoUsd
  readonly stream: boolean
  /** The route that was called; absent where none was, as in the library. */
  readonly endpoint?: string | undefined
  /** What was asked for. */
  readonly operation?: 'chat' | 'embeddings' | undefined
  /** Milliseconds from receipt to the first byte of the answer; absent when there was none. */
  readonly firstByteMs?: number | undefined
  /** The part of the duration spent in this process rather than waiting for providers. */
  readonly overheadMs?: number | undefined
  readonly keyId?: string | undefined
  readonly user?: string | undefined
  readonly tags?: readonly string[] | undefined
  /** What the decision was made by, so that another policy can be asked about it later. */
  readonly decision?: DecisionFacts | undefined
  /** Absent while no rollout is under way. */
  readonly rollout?: RolloutPart | undefined
}
