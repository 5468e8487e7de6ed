// Owns how a gradual rollout, and the keeping of decisions, are written in the configuration.
import { z } from 'zod'
import { rolloutSubjects } from '../domain/rollout.ts'
import { providerName } from './provider-schema.ts'
import { routingSchema } from './routing-schema.ts'
import {
  boundedInteger,
  decimalNumber,
  dollars,
  line,
  mapping,
  optionalWholeNumber,
  wholeNumber,
} from './schema-fields.ts'

/** Of the routing section what is decided for each request; the rest holds for the process. */
const { rules, fallback, default_provider, quality_critical_provider, batch_processing_provider } = routingSchema.shape

export const candidateSchema = mapping({
  routing: mapping({ rules, fallback, default_provider, quality_critical_provider, batch_processing_provider })
    .prefault({})
    .describe('The rules and the chain of the candidate, written as in routing.'),
  models: z
    .record(providerName, z.array(line()).min(1), {
      error: ({ code }) => (code === 'invalid_key' ? 'is not a provider name' : undefined),
    })
    .default({})
    .describe("By provider, which of its models come first; the others follow. The first is the provider's default."),
})

const durationText = z
  .string()
  .trim()
  .regex(/^[1-9]\d{0,5}[smhd]$/, { error: 'must be a time such as 90s, 30m, 12h or 2d' })

const percent = boundedInteger(1, 100)

const stageSchema = mapping({
  percent: percent.describe('The share of the subjects that the candidate has.'),
  min_time: durationText.optional().describe('Instead of rollout.min_time, for this stage.'),
  min_requests: optionalWholeNumber({
    from: 1,
    to: 1_000_000_000,
    description: 'Instead of rollout.min_requests, for this stage.',
  }),
})

export type StageEntry = z.output<typeof stageSchema>

const gatesSchema = mapping({
  error_rate_percent: decimalNumber({
    ...{ from: 0, to: 100, byDefault: 5 },
    description: 'More failed requests in a hundred send the candidate back.',
  }),
  p95_ms: wholeNumber({
    ...{ from: 1, to: 3_600_000, byDefault: 1000 },
    description:
      'A longer wait for the beginning of an answer sends it back, for the 95th of a hundred requests, in milliseconds.',
  }),
  monthly_cost: dollars(
    'A higher cost sends it back: of 30 days, if it had all traffic, in US dollars. Default: 300.',
  ).optional(),
  privacy_violations: wholeNumber({
    ...{ from: 0, to: 1_000_000, byDefault: 0 },
    description: 'More violations than so many send it back, and all the way.',
  }),
})

export const rolloutSchema = mapping({
  candidate: z
    .union([line(1024), candidateSchema], { error: 'must be the name of a file, or a mapping with routing and models' })
    .describe(
      'The policy that is tried: a file with routing: and models:, relative to this one, or the same written here.',
    ),
  by: z
    .enum(rolloutSubjects)
    .default('user')
    .describe(
      'What keeps a caller in its cohort: its key, its user or its session; the wider one where it is missing.',
    ),
  stages: z
    .array(
      z.union([percent, stageSchema], { error: 'must be a whole number from 1 to 100, or a mapping with percent' }),
    )
    .min(1)
    .max(50)
    .default([10, 30, 50, 75, 100])
    .describe(
      'The shares of the candidate in per cent, ascending to 100, or { percent, min_time, min_requests } each.',
    ),
  min_time: durationText.default('1h').describe('How long a stage lasts at least: 90s, 30m, 12h, 2d.'),
  min_requests: wholeNumber({
    ...{ from: 1, to: 1_000_000_000, byDefault: 100 },
    description: 'Requests of the candidate in a stage, at least, before the gates judge and it goes on.',
  }),
  gates: gatesSchema.prefault({}).describe('What sends the candidate back to the stage before.'),
  check_every: durationText
    .default('5s')
    .describe('How often a process looks at the gates and at what the others did.'),
})
