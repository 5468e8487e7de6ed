// Owns how a policy case is written: a task and what must become of it, and the checks of each field.
import { didYouMean } from '../../config/nearest-name.ts'
import { isMapping, type PlainValue } from '../../config/source-tree.ts'
import { routeReasons } from '../../domain/attempt.ts'
import { type DataClassification, dataClassifications } from '../../domain/data-classification.ts'
import { errorCatalogue } from '../../domain/errors.ts'
import { locations } from '../../domain/location.ts'
import { type Complexity, complexities, type QualityRequirement, qualityRequirements } from '../../domain/task.ts'
import type { ExclusionCause } from '../../policy/route.ts'

/** The task of a case, all of it optional. */
export interface CaseTask {
  readonly data_classification?: DataClassification
  readonly quality_requirement?: QualityRequirement
  readonly complexity?: Complexity
  readonly batch_size?: number
  /** As a client writes it: `auto`, `auto:local`, a configured model, `provider/model`. */
  readonly model?: string
  readonly prompt?: string
  readonly tags?: readonly string[]
}

/** What must become of the task: who answers and why, or the code of the error. */
export interface CaseExpectation {
  readonly provider?: string
  readonly model?: string
  readonly location?: string
  readonly reason?: string
  /** The providers that would be asked after the first, all of them, in order. */
  readonly fallback?: readonly string[]
  /** Providers that must be left out, each with its cause; others may be left out too. */
  readonly excluded?: Readonly<Record<string, string>>
  readonly error?: string
}

/**
 * One case of a policy file.
 *
 * ```yaml
 * config: aegis.yml                 # or a configuration written here; without it three usual providers
 * cases:
 *   - name: critical work goes to openai
 *     task: { quality_requirement: critical, complexity: high }
 *     expect: { provider: openai, model: gpt-4o, reason: critical_quality, fallback: [ollama_cloud, local_ollama] }
 * ```
 */
export interface PolicyCase {
  readonly name: string
  /** Where it stands in the file, from 1. */
  readonly line: number
  readonly task: CaseTask
  readonly expect: CaseExpectation
}

/** What is wrong with a value, or undefined. */
export type FieldCheck = (value: PlainValue) => string | undefined

export const isText: FieldCheck = (value) =>
  typeof value === 'string' && value.trim() !== '' ? undefined : 'must be text'

const isTexts: FieldCheck = (value) =>
  Array.isArray(value) && value.every((one) => isText(one) === undefined)
    ? undefined
    : 'must be a list of texts, such as [one, two]'

const isBatchSize: FieldCheck = (value) =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 1_000_000
    ? undefined
    : 'must be a whole number from 1 to 1000000'

function oneOf(allowed: readonly string[]): FieldCheck {
  return (value) =>
    typeof value === 'string' && allowed.includes(value)
      ? undefined
      : `must be one of ${allowed.join(', ')}${didYouMean(value, allowed)}`
}

const causes = ['restricted_data', 'provider_closed', 'outside_tier'] as const satisfies readonly ExclusionCause[]
const isCause = oneOf(causes)

const isExcluded: FieldCheck = (value) =>
  isMapping(value) && Object.values(value).every((cause) => isCause(cause) === undefined)
    ? undefined
    : `must be a mapping of providers to causes: { openai: ${causes.join(' | ')} }`

export const taskFields: Readonly<Record<keyof CaseTask, FieldCheck>> = {
  data_classification: oneOf(dataClassifications),
  quality_requirement: oneOf(qualityRequirements),
  complexity: oneOf(complexities),
  batch_size: isBatchSize,
  model: isText,
  prompt: isText,
  tags: isTexts,
}

export const expectFields: Readonly<Record<keyof CaseExpectation, FieldCheck>> = {
  provider: isText,
  model: isText,
  location: oneOf(locations),
  reason: oneOf(routeReasons),
  fallback: isTexts,
  excluded: isExcluded,
  error: oneOf(Object.keys(errorCatalogue)),
}
