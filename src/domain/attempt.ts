// Owns the three states of an attempt. The brands are declared here and exported nowhere, so that the only ways to
// get a cleared or a funded attempt are policy/clearance.ts and a ledger's reserve.

import type { EffectiveClassification } from './data-classification.ts'
import type { NanoUsd } from './money.ts'
import type { ProviderRef } from './provider-ref.ts'
import type { Task } from './task.ts'

declare const cleared: unique symbol
declare const funded: unique symbol

/** Why a candidate stands where it stands in a plan. Closed: it labels a metric and a response header. */
export const routeReasons = [
  'sensitive_data_local_only',
  'critical_quality',
  'scale_or_quality',
  'default_local',
  'explicit_model',
  'rule',
  'fallback',
] as const
export type RouteReason = (typeof routeReasons)[number]

/** One provider and model that could answer a task. */
export interface Attempt {
  readonly task: Task
  readonly provider: ProviderRef
  /** The model's name at that provider. */
  readonly model: string
  readonly reason: RouteReason
  readonly classification: EffectiveClassification
}

/** An attempt that privacy allows: its data may reach this provider. Made by `clear` in policy/clearance.ts only. */
export interface ClearedAttempt extends Attempt {
  readonly [cleared]: true
}

/** A cleared attempt whose worst-case cost is reserved. Made by `Ledger.reserve` only. */
export interface FundedAttempt extends ClearedAttempt {
  readonly [funded]: true
  readonly reservation: Reservation
  /** The most tokens the provider may generate, per choice; set when the reservation depends on it. */
  readonly outputTokenCap: number | undefined
}

/** Money held for one attempt, from before it is sent until it is settled. */
export interface Reservation {
  /** Unique for ever: the request id and the attempt's place in it. */
  readonly id: string
  /** The worst-case cost; zero for a free provider. */
  readonly amount: NanoUsd
}
