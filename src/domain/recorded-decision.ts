// Owns what is kept of a decision, so that another policy can be asked what it would have decided. No content.
import type { EffectiveClassification } from './data-classification.ts'
import type { ModelCapability } from './model-facts.ts'
import type { NanoUsd } from './money.ts'
import type { Complexity, ModelChoice, QualityRequirement } from './task.ts'
import type { Usage } from './usage.ts'

/** What a decision was made by. */
export interface DecisionFacts {
  readonly kind: 'chat' | 'embedding'
  /** Of a restricted request only names that the configuration has: any other is the caller's own word. */
  readonly model: ModelChoice
  readonly hints: DecisionHints
  readonly needs: readonly ModelCapability[]
  readonly bodyBytes: number
}

/** The hints that rules match, and the models that were hinted at. */
export interface DecisionHints {
  readonly qualityRequirement?: QualityRequirement | undefined
  readonly complexity?: Complexity | undefined
  readonly batchSize?: number | undefined
  /** Never of a restricted request. */
  readonly tags?: readonly string[] | undefined
  readonly modelLocal?: string | undefined
  readonly modelCloud?: string | undefined
  readonly modelOpenai?: string | undefined
}

/** A decision and what came of it. */
export interface RecordedDecision extends DecisionFacts {
  readonly requestId: string
  readonly receivedAtMs: number
  readonly durationMs: number
  readonly classification: EffectiveClassification
  readonly status: string
  /** Who answered, and why it was asked; undefined when nobody did. */
  readonly answeredBy?: { readonly provider: string; readonly model: string; readonly reason: string } | undefined
  readonly usage?: Usage | undefined
  readonly cost: NanoUsd
}
