// Owns what is recorded of a privacy decision: levels, rules and places, never content.
import type { RouteReason } from './attempt.ts'
import type { EffectiveClassification } from './data-classification.ts'
import type { Location } from './location.ts'

/** What one rule found: how often, and the first place. */
export interface DetectedRule {
  readonly rule: string
  readonly type: string
  readonly category: string
  readonly level: string
  readonly count: number
  /** The carrier of the first finding, `messages[3].content[0]`; names that no dialect defines stand as `*`. */
  readonly path: string
}

/** Made once a request: when its answer begins, or when it ends without one. */
export interface PrivacyDecision {
  readonly requestId: string
  readonly atMs: number
  readonly keyId: string | undefined
  readonly classification: EffectiveClassification
  /** The routing rule that chose, and why the first candidate stood first. */
  readonly rule: string
  readonly reason: RouteReason
  /** False when nothing was searched, because nothing could leave or a declaration is trusted. */
  readonly searched: boolean
  readonly detected: readonly DetectedRule[]
  readonly undecidableCauses: readonly string[]
  /** Ids of the exceptions that let findings leave. */
  readonly exceptions: readonly string[]
  readonly excluded: readonly { readonly provider: string; readonly cause: string }[]
  /** Everybody that was to be asked, in order, with what came of it. */
  readonly asked: readonly { readonly provider: string; readonly location: Location; readonly result: string }[]
}
