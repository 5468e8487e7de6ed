// Owns how routing is written in the configuration.
import { z } from 'zod'
import { type DataClassification, dataClassifications } from '../domain/data-classification.ts'
import { type Complexity, complexities, type QualityRequirement, qualityRequirements } from '../domain/task.ts'
import { line, mapping, optionalWholeNumber, wholeNumber, yesOrNo } from './schema-fields.ts'

/** The conditions of a rule as written; all that are present must hold. */
export interface ConditionEntry {
  readonly classification?: DataClassification | readonly DataClassification[] | undefined
  readonly restricted?: boolean | undefined
  readonly quality_at_least?: QualityRequirement | undefined
  readonly complexity_at_least?: Complexity | undefined
  readonly batch_size_over?: number | undefined
  readonly tags?: readonly string[] | undefined
  readonly any?: readonly ConditionEntry[] | undefined
}

const levels = z.enum(dataClassifications)

export const conditionSchema: z.ZodType<ConditionEntry, ConditionEntry> = z
  .lazy(() =>
    mapping({
      classification: z
        .union([levels, z.array(levels).min(1)], {
          error: `must be one of, or a list of, ${dataClassifications.join(', ')}`,
        })
        .optional()
        .describe('The effective classification is this one, or one of these.'),
      restricted: yesOrNo('true: the data is confidential, pii, hipaa or undecidable. false: it is not.'),
      quality_at_least: z.enum(qualityRequirements).optional().describe('The required quality is this or higher.'),
      complexity_at_least: z.enum(complexities).optional().describe('The complexity is this or higher.'),
      batch_size_over: optionalWholeNumber({
        from: 0,
        to: 1_000_000,
        description: 'The batch has more requests than this.',
      }),
      tags: z.array(line()).min(1).optional().describe('The request has all of these tags.'),
      any: z.array(conditionSchema).min(1).optional().describe('At least one of these conditions holds.'),
    }),
  )
  .meta({ id: 'condition' })

const ruleSchema = mapping({
  name: line(64).optional().describe('Its name in explanations. Default: rule_1, rule_2 and so on.'),
  when: conditionSchema.optional().describe('All of these must hold. Without it the rule always applies.'),
  use: line(64).describe('The provider that answers.'),
  model: line().optional().describe("One of that provider's models. Default: its first."),
})

export type RuleEntry = z.output<typeof ruleSchema>

/** When a provider's model is left alone, and for how long. */
export const breakerSchema = mapping({
  failures: wholeNumber({
    from: 1,
    to: 1000,
    byDefault: 5,
    description:
      'Failures in a row that show a provider to be sick: unreachable, timed out, 429, 5xx. After so many of them its ' +
      'model is passed over.',
  }),
  window_ms: wholeNumber({
    from: 100,
    to: 3_600_000,
    byDefault: 30_000,
    description: 'The time within which they must come, in milliseconds.',
  }),
  cooldown_ms: wholeNumber({
    from: 10,
    to: 3_600_000,
    byDefault: 30_000,
    description: 'How long it is passed over before one request tries it again, in milliseconds, give or take a fifth.',
  }),
})

export const routingSchema = mapping({
  rules: z
    .array(ruleSchema)
    .max(200)
    .default([])
    .describe(
      'Your rules, the first that applies wins. They come after the rule that keeps restricted data local and ' +
        'before the other default rules.',
    ),
  fallback: z
    .array(line(64))
    .min(1)
    .optional()
    .describe(
      'Providers in the order in which they are tried after the chosen one. Default: those of role openai, ' +
        'then cloud, then local.',
    ),
  groups: z
    .array(z.array(line(64)).min(2))
    .max(100)
    .default([])
    .describe(
      'Providers that stand for each other, group by group: those that would be asked for the same model share the ' +
        'requests, by their weights, else by who began to answer soonest of late. Without a group the order decides.',
    ),
  default_provider: line(64)
    .optional()
    .describe('Answers what no other rule claims. Default: the first local provider, else the first.'),
  quality_critical_provider: line(64)
    .optional()
    .describe(
      'Answers critical quality at high complexity. Default: the first of role openai, else the first cloud one.',
    ),
  batch_processing_provider: line(64)
    .optional()
    .describe(
      'Answers batches over 10 and high complexity. Default: the first of role cloud, else the first cloud one.',
    ),
  max_attempts: wholeNumber({
    from: 1,
    to: 20,
    byDefault: 4,
    description: 'Upstream calls a request may make, over all providers.',
  }),
  timeout_ms: wholeNumber({
    from: 100,
    to: 86_400_000,
    byDefault: 600_000,
    description: 'The deadline of a whole request, in milliseconds.',
  }),
  max_retries: wholeNumber({
    from: 0,
    to: 10,
    byDefault: 1,
    description:
      'Times that the last candidate left is asked again after a failure that may pass: it could not be reached, or ' +
      'asked for a few seconds of patience, or a gateway before it failed. They count among max_attempts.',
  }),
  breaker: breakerSchema.optional().describe('When a provider that fails is passed over, and for how long.'),
})

export type RoutingEntry = z.output<typeof routingSchema>
