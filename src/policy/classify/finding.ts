// Owns what detection says: findings, their categories, and the verdict on one request.
import type { DataClassification } from '../../domain/data-classification.ts'

/** Why data is sensitive; a closed set, because it labels metrics and audit records. */
export const categories = ['pii', 'phi', 'secret', 'corporate', 'art9', 'undecidable'] as const
export type Category = (typeof categories)[number]

/** One place that something was found at. It never holds the value itself. */
export interface Finding {
  /** First UTF-16 unit in the string at `path`. */
  readonly start: number
  /** One past the last UTF-16 unit. */
  readonly end: number
  /** What it is, such as `credit_card` or `de_tax_id`. */
  readonly type: string
  /** 0 to 1: how sure. Below `REPORTING_THRESHOLD` nothing is reported. */
  readonly score: number
  /** The carrier: `messages[3].content[0].text`. Names that are not a known dialect's stand as `*`. */
  readonly path: string
  /** The rule that found it; detection.md lists them. */
  readonly rule: string
  readonly level: DataClassification
  readonly category: Category
}

/** Why a body could not be judged; a closed set. */
export const undecidableCauses = [
  'unreadable',
  'too_deep',
  'too_large',
  'out_of_time',
  'binary_part',
  'nested_too_deep',
  'detector_error',
] as const
export type UndecidableCause = (typeof undecidableCauses)[number]

/** The verdict on one body. */
export interface Detection {
  /** The highest level of all findings, `public` without one. */
  readonly classification: DataClassification
  readonly categories: readonly Category[]
  /** True when part of it could not be read or judged. Treat as restricted: fail closed. */
  readonly undecidable: boolean
  readonly undecidableCauses: readonly UndecidableCause[]
  readonly findings: readonly Finding[]
}

/** The least score that is reported. */
export const REPORTING_THRESHOLD = 0.4
