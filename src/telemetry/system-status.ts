// Owns what the status page shows: providers, budgets and the last decisions, without content.
import type { ProviderKind } from '../domain/provider-ref.ts'

/** How restricted data is guarded in this process. */
export interface PrivacyState {
  /** Since the start. Must stay 0. */
  readonly violations: number
  /** Providers that a violation has closed for restricted data. */
  readonly closed: readonly { readonly provider: string; readonly cause: string; readonly since: string }[]
  /** Sessions and ids of restricted conversations, in memory. */
  readonly remembered: number
  readonly exceptions: readonly {
    readonly id: string
    readonly key: string
    readonly types: readonly string[]
    readonly until: string
    readonly in_force: boolean
  }[]
  /** Null when nothing is recorded. */
  readonly audit: { readonly folder: string; readonly head: string } | null
}

export interface ProviderStatus {
  readonly name: string
  readonly kind: ProviderKind
  readonly location: 'local' | 'cloud'
  readonly simulated: boolean
  readonly models: readonly string[]
  /** From live traffic and from the probe at start. */
  readonly health: 'ok' | 'failing' | 'closed' | 'unknown'
  readonly detail: string
  /** Why it gets no restricted data although it is local; null when it does, or never could. */
  readonly restricted_closed: string | null
}

export interface BudgetView {
  readonly id: string
  readonly scope: string
  readonly subject: string
  /** `day`, `week`, `month`, `rolling`, `lifetime`. */
  readonly window: string
  /** The one that it is now: `2026-11`. */
  readonly period: string
  readonly limit_usd: number
  readonly spent_usd: number
  /** Held by requests in flight. */
  readonly reserved_usd: number
  /** Set aside by processes for their next requests. */
  readonly leased_usd: number
  /** The part of what is spent of which nobody knows whether it was billed. */
  readonly unsettled_usd: number
  readonly used_ratio: number
  /** Null for rolling and lifetime windows. */
  readonly resets_at: string | null
  readonly soft: boolean
  /** What set it. */
  readonly rule: string
}

export interface DecisionView {
  readonly request_id: string
  readonly at: string
  readonly classification: string
  readonly provider: string | null
  readonly model: string | null
  readonly location: string | null
  readonly reason: string | null
  readonly status: string
  readonly http_status: number
  readonly cost_usd: number
  readonly duration_ms: number
  readonly attempts: readonly { readonly provider: string; readonly model: string; readonly result: string }[]
  /** Which policy decided; null while nothing is rolled out. */
  readonly cohort: string | null
}

/** Answers of this process since its start, by what their data was and by where they came from. */
export interface AnsweredView {
  readonly classification: string
  readonly local: number
  readonly cloud: number
}

export interface SystemStatus {
  readonly version: string
  readonly mode: 'configured' | 'discovered' | 'sandbox'
  readonly started_at: string
  /** When the running configuration was made: at the start, or at a reload. */
  readonly configured_at: string
  readonly providers: readonly ProviderStatus[]
  readonly budgets: readonly BudgetView[]
  /** The candidate policy's share; `gate` is the one that sent it back. Null when none is configured. */
  readonly rollout: { readonly phase: string; readonly percent: number; readonly gate: string | null } | null
  readonly answered: readonly AnsweredView[]
  /** Newest first. */
  readonly decisions: readonly DecisionView[]
  readonly notices: readonly string[]
  /** Restricted data at the point of leaving, since the start. Must stay 0. */
  readonly privacy_violations: number
}
