// Owns how a policy case is written: a task, and what must become of it.
import { z } from 'zod'
import { boundedInteger, line, mapping } from '../../config/schema-fields.ts'
import { routeReasons } from '../../domain/attempt.ts'
import { dataClassifications } from '../../domain/data-classification.ts'
import { type ErrorCode, errorCatalogue } from '../../domain/errors.ts'
import { locations } from '../../domain/location.ts'
import { complexities, qualityRequirements } from '../../domain/task.ts'
import type { ExclusionCause } from '../../policy/route.ts'

const causes = ['restricted_data', 'provider_closed', 'outside_tier'] as const satisfies readonly ExclusionCause[]

const taskSchema = mapping({
  data_classification: z.enum(dataClassifications).optional(),
  quality_requirement: z.enum(qualityRequirements).optional(),
  complexity: z.enum(complexities).optional(),
  batch_size: boundedInteger(1, 1_000_000).optional(),
  /** As a client writes it: `auto`, `auto:local`, a configured model, `provider/model`. */
  model: line().optional(),
  prompt: z.string().min(1, { error: 'must not be empty' }).optional(),
  tags: z.array(line()).optional(),
})

/** What answers only, and what only a refusal has. */
const expectSchema = mapping({
  provider: line(64).optional(),
  model: line().optional(),
  location: z.enum(locations).optional(),
  reason: z.enum(routeReasons).optional(),
  /** The providers that would be asked after the first, all of them, in order. */
  fallback: z.array(line(64)).optional(),
  /** Providers that must be left out, each with its cause; others may be left out too. */
  excluded: z.record(line(64), z.enum(causes)).optional(),
  /** The code of the error that the caller gets instead of an answer. */
  error: z.enum(Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]]).optional(),
})
  .refine((expected) => Object.values(expected).some((value) => value !== undefined), {
    error: 'expects nothing: name a provider, a reason or an error',
  })
  .refine(
    ({ error, provider, model, location, reason, fallback }) =>
      error === undefined || [provider, model, location, reason, fallback].every((value) => value === undefined),
    { error: 'says error and who answers: remove one of them' },
  )

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
export const caseSchema = mapping({
  name: line(200),
  task: taskSchema.default({}),
  expect: expectSchema,
})

export type CaseTask = z.output<typeof taskSchema>
export type CaseExpectation = z.output<typeof expectSchema>

export interface PolicyCase {
  readonly name: string
  /** Where it stands in the file, from 1. */
  readonly line: number
  readonly task: CaseTask
  readonly expect: CaseExpectation
}
