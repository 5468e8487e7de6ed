// Owns the configuration as users write it, whole: the input type of the library and the JSON Schema for editors.
import { z } from 'zod'
import { cacheSchema, compatSchema, limitsSchema } from './access-schemas.ts'
import { budgetsSchema } from './budgets-schema.ts'
import { providerName, providerSchema } from './provider-schema.ts'
import { rolloutSchema } from './rollout-schema.ts'
import { routingSchema } from './routing-schema.ts'
import { mapping } from './schema-fields.ts'
import {
  authSchema,
  contentSchema,
  ledgerSchema,
  pricingSchema,
  privacySchema,
  serverSchema,
} from './section-schemas.ts'
import { telemetrySchema } from './telemetry-schema.ts'

export const configSchema = mapping({
  $schema: z.string().optional().describe('The address of this schema, for editors. Not read.'),
  providers: z.record(providerName, providerSchema).describe('The upstreams, by a name of your choice.'),
  budgets: budgetsSchema.optional().describe('What providers may cost.'),
  routing: routingSchema.optional().describe('Which provider answers what.'),
  pricing: pricingSchema.optional(),
  privacy: privacySchema.optional().describe('What may leave this machine.'),
  ledger: ledgerSchema.optional(),
  content: contentSchema.optional().describe('What is kept of responses, files and batches, and how it is sealed.'),
  auth: authSchema.optional().describe('Who may use the gateway.'),
  limits: limitsSchema.optional().describe('What keys and users may do in a minute, and at once.'),
  cache: cacheSchema.optional().describe('Answers that are given again. Never of restricted data.'),
  compat: compatSchema.optional(),
  rollout: rolloutSchema.optional().describe('A candidate policy that takes over step by step.'),
  telemetry: telemetrySchema.optional().describe('What is kept and told of requests.'),
  server: serverSchema.optional().describe('Where the gateway listens.'),
}).meta({ title: 'Aegis configuration' })

/**
 * A configuration as a program passes it: the same snake_case keys as in a file.
 * @example { providers: { ollama: { base_url: 'http://localhost:11434', models: ['llama3.2'] } } }
 */
export type ConfigInput = z.input<typeof configSchema>

type JsonSchema = { [key: string]: unknown }

/** The JSON Schema (draft 7) of the file. Wherever a number, a choice or a switch is expected, `${VAR}` is accepted. */
export function configJsonSchema(): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
  })
  const accepting = acceptReferences(schema)
  const definitions = isSchemaNode(accepting.definitions) ? accepting.definitions : {}
  return { $schema, ...accepting, definitions: { ...definitions, environment_reference: environmentReference } }
}

const environmentReference = {
  description: 'The value of an environment variable, with or without a default.',
  type: 'string',
  pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}',
}

function acceptReferences(schema: JsonSchema): JsonSchema {
  const result: JsonSchema = {}
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'propertyNames' || !isSchemaNode(value)) result[key] = value
    else if (key === 'properties' || key === 'definitions') result[key] = mapValues(value, acceptReferences)
    else result[key] = acceptReferences(value)
  }
  if (!refusesReferences(result)) return result
  const { description, default: byDefault, ...constraint } = result
  return {
    ...(description === undefined ? {} : { description }),
    ...(byDefault === undefined ? {} : { default: byDefault }),
    anyOf: [constraint, { $ref: '#/definitions/environment_reference' }],
  }
}

/** Numbers, switches and texts of a fixed form do; free text, lists and mappings do not. */
function refusesReferences(schema: JsonSchema): boolean {
  if (schema.type === 'object' || schema.type === 'array') return false
  if (schema.type !== 'string') return schema.type !== undefined
  return schema.enum !== undefined || schema.pattern !== undefined
}

function mapValues(node: JsonSchema, change: (value: JsonSchema) => JsonSchema): JsonSchema {
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, isSchemaNode(value) ? change(value) : value]),
  )
}

function isSchemaNode(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
