// Owns how pricing, privacy, auth, server and ledger are written in the configuration.
import { z } from 'zod'
import { dataClassifications } from '../domain/data-classification.ts'
import { logLevels } from './aegis-config.ts'
import { checkPattern, checkRuleNames, checkTerm } from './check-detect.ts'
import { networkProblem } from './local-network.ts'
import { providerName } from './provider-schema.ts'
import {
  dollars,
  dollarsPerMillion,
  line,
  mapping,
  optionalWholeNumber,
  secretText,
  wholeNumber,
  yesOrNo,
} from './schema-fields.ts'

const MEBIBYTE = 1024 * 1024

function checkNetwork(text: string, context: z.RefinementCtx): void {
  const message = networkProblem(text)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
}

const priceSchema = mapping({
  free: yesOrNo('true: it costs nothing.'),
  input_per_million: dollarsPerMillion('US dollars per million input tokens.').optional(),
  output_per_million: dollarsPerMillion('US dollars per million output tokens.').optional(),
  cached_input_per_million: dollarsPerMillion(
    'US dollars per million input tokens read from the prompt cache.',
  ).optional(),
  cache_write_per_million: dollarsPerMillion(
    'US dollars per million input tokens written to the prompt cache, where they cost more than others.',
  ).optional(),
  audio_input_per_million: dollarsPerMillion(
    'US dollars per million spoken input tokens. Without it, requests with sound are not sent there.',
  ).optional(),
  audio_output_per_million: dollarsPerMillion(
    'US dollars per million spoken output tokens. Without it, spoken answers are not asked for there.',
  ).optional(),
  per_request: dollars(
    'US dollars for each request beside its tokens: the most that its searches and built-in tools can cost together. ' +
      'Without it, requests that ask for such are not sent there.',
  ).optional(),
  max_output_tokens: optionalWholeNumber({
    from: 1,
    to: 10_000_000,
    description: 'The longest answer of the model, in tokens, for requests that do not limit it themselves.',
  }),
})
  .refine(
    (price) => price.free === true || (price.input_per_million !== undefined && price.output_per_million !== undefined),
    {
      error: 'needs input_per_million and output_per_million, or free: true',
    },
  )
  .refine((price) => price.free !== true || Object.values(price).filter((value) => value !== undefined).length === 1, {
    error: 'says free: true and a price: remove one of them',
  })

export type PriceEntry = z.output<typeof priceSchema>

export const pricingSchema = z
  .record(
    providerName,
    z
      .object({ free: yesOrNo('true: the provider costs nothing, except for models priced here.') })
      .catchall(priceSchema)
      .refine(({ free, '*': others }) => free !== true || others === undefined, {
        error: 'says free: true and prices "*": remove one of them',
      }),
    { error: ({ code }) => (code === 'invalid_key' ? 'is not a provider name' : undefined) },
  )
  .describe(
    'Prices by provider, then by model, for what the price book does not know or has wrong. "*" is every other model.',
  )

const detectSchema = mapping({
  enabled: yesOrNo('false: nothing is searched, and only declarations and defaults count. Default: true.'),
  names: z
    .enum(['off', 'balanced', 'strict'])
    .default('balanced')
    .describe(
      'How eagerly names of persons are looked for: balanced flags few harmless texts, strict misses fewer names.',
    ),
  trust_declared: yesOrNo('true: a request that declares its level is not searched. Default: false.'),
  binary_parts: z
    .enum(['local', 'declared'])
    .default('declared')
    .describe('Images, sound and documents, which nobody reads: always local, or where a declared level may go.'),
  ignore: z.array(line(64)).max(200).default([]).describe('Types that are not looked for, such as ip_address.'),
  dictionaries: z
    .record(line(64), z.array(line(200).superRefine(checkTerm)).max(10_000))
    .superRefine(checkRuleNames)
    .default({})
    .describe('Words of your own that make a request confidential, by the name of their list.'),
  patterns: z
    .record(line(64), line(500).superRefine(checkPattern))
    .superRefine(checkRuleNames)
    .default({})
    .describe('Regular expressions of your own (RE2) that make a request confidential, by name.'),
})

const auditSchema = mapping({
  enabled: yesOrNo('false: decisions are not recorded. Default: true, except for a ledger in memory.'),
  path: line(1024)
    .optional()
    .describe(
      'The folder of the record, on a local disk. Beside the SQLite file unless told; ./aegis-audit otherwise.',
    ),
  records: z
    .enum(['all', 'restricted'])
    .default('all')
    .describe('Every decision, or only those on data that may not leave.'),
})

export const privacySchema = mapping({
  default_classification: z
    .enum(dataClassifications)
    .default('internal')
    .describe('The level of a request that declares none. Detection can only raise it.'),
  on_explicit_cloud_model: z
    .enum(['reroute', 'reject'])
    .default('reroute')
    .describe('Restricted data with a cloud model asked for by name: answer locally, or refuse.'),
  detect: detectSchema.prefault({}).describe('The search for sensitive data that nobody declared.'),
  remember_days: wholeNumber({
    from: 1,
    to: 3650,
    byDefault: 30,
    description:
      'How long a conversation that was restricted stays so, in days from its last restricted request: by its session ' +
      'and by the ids in its answers.',
  }),
  exceptions: z
    .array(line(6000))
    .max(1000)
    .default([])
    .describe('Signed permissions for findings of some types to leave, as `aegis privacy except` makes them.'),
  audit: auditSchema.prefault({}).describe('The hash-chained record of every privacy decision.'),
  local_networks: z
    .array(line(64).superRefine(checkNetwork))
    .max(100)
    .default([])
    .describe(
      'Private networks that count as local beside loopback, as CIDR: 10.1.0.0/16. Restricted data may go there.',
    ),
})

export const authSchema = mapping({
  master_key: secretText(8)
    .optional()
    .describe(
      `Opens everything, best written as \${AEGIS_MASTER_KEY}, at least 8 characters. ` +
        'Default: the variable AEGIS_MASTER_KEY. Needed on any address but loopback.',
    ),
  previous_master_key: secretText(8)
    .optional()
    .describe('Opens everything as well: the key of before, until everybody has the new one.'),
})

export const contentSchema = mapping({
  key: secretText(16)
    .optional()
    .describe(
      `Seals responses, files and batches that are kept, best written as \${AEGIS_CONTENT_KEY}, at least 16 characters. ` +
        'Default: a key of its own in a file beside the ledger. Several machines on one ledger need the same one.',
    ),
  keep_days: wholeNumber({
    from: 1,
    to: 3650,
    byDefault: 30,
    description: 'How long responses, files and batches are kept, in days.',
  }),
  batch_concurrency: wholeNumber({
    from: 1,
    to: 1000,
    byDefault: 4,
    description: 'Lines of batches that a process asks at once.',
  }),
})

export const serverSchema = mapping({
  host: z
    .string()
    .trim()
    .regex(/^[\w.:%-]{1,255}$/, { error: 'must be an IP address or a host name, without port' })
    .default('127.0.0.1')
    .describe('The address to listen on.'),
  port: wholeNumber({
    from: 0,
    to: 65_535,
    byDefault: 8080,
    description: 'The port to listen on; 0 takes a free one.',
  }),
  max_body_bytes: wholeNumber({
    from: 1024,
    to: 1024 * MEBIBYTE,
    byDefault: 64 * MEBIBYTE,
    description: 'The largest request body, in bytes.',
  }),
  log: z
    .enum(['auto', 'json', 'pretty', 'silent'])
    .default('auto')
    .describe('How the log on standard error is written; auto is pretty on a terminal and JSON otherwise.'),
  log_level: z
    .enum(logLevels)
    .default('info')
    .describe(
      'The least that is written. info has a line for each request; warn has only what somebody should look at.',
    ),
  drain_ms: wholeNumber({
    from: 0,
    to: 3_600_000,
    byDefault: 30_000,
    description: 'How long a stop waits for running answers, in milliseconds.',
  }),
  liveness_port: optionalWholeNumber({
    from: 0,
    to: 65_535,
    description:
      'A port of its own for /health/liveness, answered by a thread of its own: it answers while the process is busy, ' +
      'and says 503 when it hangs. Without it that route is on the main port only.',
  }),
  hang_after_ms: wholeNumber({
    from: 1000,
    to: 3_600_000,
    byDefault: 60_000,
    description: 'How long the event loop may stand still before the process counts as hanging, in milliseconds.',
  }),
})

export const ledgerUrl = z
  .string()
  .trim()
  .default('sqlite:./aegis.db')
  .describe('sqlite:PATH, relative to the working directory, postgres://…, or memory: for nothing that lasts.')

export const ledgerSettings = mapping({
  url: ledgerUrl,
  fsync: yesOrNo(
    'true: a paid request waits until the disk has its reservation, so that a power loss takes nothing. Otherwise ' +
      'nothing is lost when a process dies, and a power loss may take the last seconds.',
  ),
  journal: line(1024)
    .optional()
    .describe(
      'The folder of the journals, on a local disk. Beside the SQLite file unless told; ./aegis-journal for PostgreSQL.',
    ),
})

export const ledgerSchema = z
  .union([ledgerUrl, ledgerSettings])
  .describe('Where spending is kept: an address, or { url, fsync, journal }.')
