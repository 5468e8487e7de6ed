// Owns how a provider is written in the configuration: its keys, their units, bounds and descriptions.
import { z } from 'zod'
import { locations } from '../domain/location.ts'
import { modelCapabilities } from '../domain/model-facts.ts'
import { providerKinds, providerRoles } from '../domain/provider-ref.ts'
import { presetIds } from './presets/presets.ts'
import { line, mapping, optionalWholeNumber, secretText, yesOrNo } from './schema-fields.ts'

const ONE_HOUR_MS = 3_600_000

const model = mapping({
  name: line().describe('Its name at the provider.'),
  context_tokens: optionalWholeNumber({
    from: 1,
    to: 1_000_000_000,
    description: 'The most tokens of prompt and answer together. Default: as listed or published, if known.',
  }),
  output_tokens: optionalWholeNumber({
    from: 1,
    to: 1_000_000_000,
    description: 'The most tokens of one answer. Default: as listed or published, if known.',
  }),
  capabilities: z
    .array(z.enum(modelCapabilities))
    .min(1)
    .optional()
    .describe(
      'All that it can do; what is not named is not asked of it. Default: as listed, and what is unknown is tried.',
    ),
})

const models = z
  .array(z.union([line(), model], { error: 'must be text: put it in quotes' }), {
    error: ({ input }) => (input === undefined ? missingModels : undefined),
  })
  .min(1, { error: () => missingModels })
  .max(1000)
  .refine((all) => new Set(all.map(nameOf)).size === all.length, { error: 'names a model twice: remove one of them' })
  .describe(
    'The models it may be asked for, by its own names, or as mappings that say what they can do. The first is the default.',
  )

function nameOf(entry: string | { readonly name: string }): string {
  return typeof entry === 'string' ? entry : entry.name
}

const missingModels = 'name at least one model, the default first: models: [llama3.2]'

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/
const ownHeaders = [
  'host',
  'content-length',
  'content-type',
  'transfer-encoding',
  'connection',
  'upgrade',
  'expect',
  'te',
]

const headers = z
  .record(
    z.string().regex(headerName),
    z.string().regex(/^[\t\x20-\x7e]{0,4096}$/, { error: 'must be one line of ASCII text' }),
    { error: ({ code }) => (code === 'invalid_key' ? 'is not a header name' : undefined) },
  )
  .refine((all) => !Object.keys(all).some((name) => ownHeaders.includes(name.toLowerCase())), {
    error: `cannot set ${ownHeaders.join(', ')}: the gateway sets them itself`,
  })
  .optional()
  .describe('Extra request headers. They come from here only, never from a request.')

const keepAliveError = 'must be a duration as Ollama spells it: 5m, 1h30m, 0, or -1 for ever'

const keepAlive = z
  .preprocess(
    (value) => (typeof value === 'number' ? String(value) : value),
    z
      .string({ error: keepAliveError })
      .regex(/^-?(?:\d+|(?:\d+(?:\.\d+)?(?:ns|us|ms|s|m|h))+)$/, { error: keepAliveError }),
  )
  .optional()
  .meta({
    type: ['string', 'integer'],
    description:
      'Ollama only: how long a model stays loaded after an answer: 5m, 1h30m, 0, -1 for ever. ' +
      'Default: the server decides.',
  }) as z.ZodOptional<z.ZodType<string, string | number>>

/** A provider's name also stands before `/` and `:` in a request's model. */
export const providerName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/)

export const providerSchema = mapping({
  base_url: line(2048)
    .optional()
    .describe(
      'Its address: http://localhost:11434, https://api.example.com/v1. Known services have a default. A path is ' +
        'kept; without one the usual path is added for the OpenAI wire, mostly /v1.',
    ),
  api_key: secretText(1)
    .optional()
    .describe(`Its key, best written as \${OPENAI_API_KEY}. Unset, the provider stays closed and the others work.`),
  api_keys: z
    .array(secretText(1))
    .min(2)
    .max(100)
    .refine((all) => new Set(all).size === all.length, { error: 'has a key twice: remove one of them' })
    .optional()
    .describe(
      'Several keys in place of api_key. They take turns; one that is over its rate rests, and one that is refused is ' +
        'not used again before a restart.',
    ),
  kind: z
    .enum([...providerKinds, ...presetIds])
    .optional()
    .describe(
      'The wire it speaks, or the service or program that it is. Default: what its address or name says: a known ' +
        'service, openai, ollama (also at port 11434), else openai_compatible.',
    ),
  location: z
    .enum(locations)
    .optional()
    .describe(
      'Where it runs. Only local ones receive restricted data. Default: local for loopback and ' +
        'privacy.local_networks, else cloud.',
    ),
  role: z
    .enum(providerRoles)
    .optional()
    .describe(
      'Its part in the default rules. Default: local when it is local, openai when its kind is openai, else cloud.',
    ),
  models,
  responses: yesOrNo(
    'OpenAI wire only: whether it has POST /responses. Requests for responses are then sent there as they came, and what ' +
      'a chat has no words for, such as tools that run there, is allowed. Default: true at api.openai.com.',
  ),
  organization: line().optional().describe('OpenAI organization. Unset, none is sent.'),
  region: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, { error: 'must be a region such as eu-central-1, europe-west4 or global' })
    .optional()
    .describe('Amazon Bedrock and Google Vertex only: the region, which makes the address.'),
  project: z
    .string()
    .regex(/^[a-z0-9.:-]{1,100}$/, { error: 'must be the id of a Google Cloud project' })
    .optional()
    .describe('Google Vertex only: the project, which makes the address.'),
  credentials_file: line(4096)
    .optional()
    .describe(
      `Google Vertex only: the JSON file of a service account or a user, best written as \${GOOGLE_APPLICATION_CREDENTIALS}.`,
    ),
  access_key_id: secretText(1)
    .optional()
    .describe(`Amazon Bedrock only, in place of api_key, best written as \${AWS_ACCESS_KEY_ID}.`),
  secret_access_key: secretText(1)
    .optional()
    .describe(`Amazon Bedrock only, best written as \${AWS_SECRET_ACCESS_KEY}.`),
  session_token: secretText(1)
    .optional()
    .describe(`Amazon Bedrock only, with temporary keys, best written as \${AWS_SESSION_TOKEN}.`),
  headers,
  connect_timeout_ms: optionalWholeNumber({
    from: 1,
    to: 120_000,
    description: 'Longest wait for a connection, in milliseconds. Default: 5000, or 2000 when local.',
  }),
  first_byte_timeout_ms: optionalWholeNumber({
    from: 1,
    to: ONE_HOUR_MS,
    description:
      'Longest wait for the first byte of an answer, in milliseconds. Default: 60000, or 300000 when local, ' +
      'where models load first.',
  }),
  idle_timeout_ms: optionalWholeNumber({
    from: 1,
    to: ONE_HOUR_MS,
    description: 'Longest silence within an answer, in milliseconds. Default: 60000, or 120000 when local.',
  }),
  max_connections: optionalWholeNumber({
    from: 1,
    to: 10_000,
    description: 'Open connections to it at the most; a stream holds one until it ends. Default: 1024.',
  }),
  weight: optionalWholeNumber({
    from: 1,
    to: 1000,
    description:
      'Its share of the requests in its group of routing.groups. Default: 1 where another one has a weight; where ' +
      'none has, whoever began to answer soonest of late is asked.',
  }),
  max_concurrent: optionalWholeNumber({
    from: 1,
    to: 10_000,
    description:
      'Requests that it has at once at the most; a stream counts until it ends. Default: 16 for a local Ollama, ' +
      'otherwise as many as come.',
  }),
  max_queue: optionalWholeNumber({
    from: 0,
    to: 100_000,
    description:
      'Requests that may wait for a place among max_concurrent, first come, first served. Further ones go to the next ' +
      'provider or are a 503. Default: 512, as a local Ollama has it.',
  }),
  queue_timeout_ms: optionalWholeNumber({
    from: 1,
    to: ONE_HOUR_MS,
    description: 'Longest wait for a place, in milliseconds. Default: 60000.',
  }),
  keep_alive: keepAlive,
  max_context_tokens: optionalWholeNumber({
    from: 512,
    to: 10_000_000,
    description: 'Ollama only: the largest context window asked for, in tokens. Default: 32768.',
  }),
  simulated: yesOrNo('Marks every answer as simulated. For the sandbox.'),
})

/** A provider as written, each value of the right form. */
export type ProviderEntry = z.output<typeof providerSchema>
