// Owns a routing rule as data.
import type { DataClassification } from './data-classification.ts'
import type { Complexity, QualityRequirement } from './task.ts'

/** A routing rule as data: all conditions that are present must hold. */
export interface RoutingRule {
  readonly name: string
  readonly when: {
    readonly classification?: readonly DataClassification[]
    readonly restricted?: boolean
    /** At least this quality. */
    readonly qualityAtLeast?: QualityRequirement
    readonly complexityAtLeast?: Complexity
    /** More than this many. */
    readonly batchSizeOver?: number
    /** All of these tags. */
    readonly tags?: readonly string[]
    /** Any of these rules' conditions holds. */
    readonly any?: readonly RoutingRule['when'][]
  }
  /** A configured provider's name. */
  readonly use: string
  readonly model?: string
  readonly reason: 'sensitive_data_local_only' | 'critical_quality' | 'scale_or_quality' | 'default_local' | 'rule'
}
