// The smallest JSON value that satisfies a JSON Schema, for simulated tool arguments and structured replies.
import {
  asArray,
  asNumber,
  asObject,
  asString,
  isArray,
  isObject,
  type JsonObject,
  type JsonValue,
} from './json-value.ts'
import type { ReadPrompt } from './read-prompt.ts'

/** Where we are: the whole schema (for `$ref`), the references being followed, and what fills the texts. */
interface Place {
  readonly root: JsonObject
  readonly following: readonly string[]
  readonly source: Source | undefined
}

/** Names of a prompt, one after the other; each list begins with the first again. */
interface Source extends ReadPrompt {
  next: number
}

/** Items of a list that is filled from a prompt. */
const MOST_READ = 4

/**
 * A value that satisfies the schema: `const`, the first of `enum` and `anyOf`, every property, `minItems` items.
 * A schema that nothing finite can satisfy gives null.
 * @param prompt its names become the texts, up to four of them the items of a list, and its words choose among an `enum`.
 */
export function synthesiseJson(schema: JsonValue, prompt?: ReadPrompt): JsonValue {
  const source = prompt && prompt.names.length > 0 ? { ...prompt, next: 0 } : undefined
  return valueFor(schema, { root: asObject(schema), following: [], source }) ?? null
}

/** Undefined when the schema leads back into itself and this branch must be left out. */
function valueFor(schema: JsonValue | undefined, place: Place): JsonValue | undefined {
  if (!isObject(schema)) return 'simulated'
  const reference = asString(schema.$ref)
  if (reference !== undefined) return referenced(reference, place)
  if (schema.const !== undefined) return schema.const
  const choice = chosen(asArray(schema.enum), place.source)
  if (choice !== undefined) return choice
  const branches = [...asArray(schema.anyOf), ...asArray(schema.oneOf)]
  if (branches.length > 0) return firstPossible(branches, place)
  if (isArray(schema.allOf)) return valueFor(merged([schema, ...schema.allOf]), place)
  return typedValue(schema, place)
}

function chosen(values: readonly JsonValue[], source: Source | undefined): JsonValue | undefined {
  const words = source?.text.toLowerCase()
  return values.find((value) => typeof value === 'string' && words?.includes(value.toLowerCase())) ?? values[0]
}

function referenced(reference: string, place: Place): JsonValue | undefined {
  if (place.following.includes(reference)) return undefined
  let target: JsonValue | undefined = place.root
  for (const step of reference.replace(/^#\/?/, '').split('/')) {
    if (step !== '') target = asObject(target)[step.replaceAll('~1', '/').replaceAll('~0', '~')]
  }
  return valueFor(target, { ...place, following: [...place.following, reference] })
}

function firstPossible(branches: readonly JsonValue[], place: Place): JsonValue | undefined {
  for (const branch of branches) {
    const value = valueFor(branch, place)
    if (value !== undefined) return value
  }
  return undefined
}

function merged(schemas: readonly JsonValue[]): JsonObject {
  const parts = schemas.map(asObject)
  const properties = Object.assign({}, ...parts.map((part) => asObject(part.properties)))
  const required = parts.flatMap((part) => asArray(part.required))
  return Object.assign({}, ...parts, { allOf: undefined, properties, required })
}

function typedValue(schema: JsonObject, place: Place): JsonValue | undefined {
  switch (typeOf(schema)) {
    case 'object':
      return objectFor(schema, place)
    case 'array':
      return arrayFor(schema, place)
    case 'integer':
      return numberFor(schema, 1)
    case 'number':
      return numberFor(schema, asNumber(schema.multipleOf) ?? 0.5)
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      return stringFor(schema, place.source)
  }
}

function typeOf(schema: JsonObject): string | undefined {
  const named = isArray(schema.type) ? schema.type[0] : schema.type
  if (named !== undefined) return asString(named)
  if (schema.properties !== undefined) return 'object'
  return schema.items === undefined && schema.prefixItems === undefined ? undefined : 'array'
}

function objectFor(schema: JsonObject, place: Place): JsonValue | undefined {
  const properties = asObject(schema.properties)
  const required = asArray(schema.required).filter((name) => typeof name === 'string')
  const result: Record<string, JsonValue> = {}
  for (const name of new Set([...required, ...Object.keys(properties)])) {
    const value = valueFor(properties[name], place)
    if (value !== undefined) result[name] = value
    else if (required.includes(name)) return undefined
  }
  return result
}

function arrayFor(schema: JsonObject, place: Place): JsonValue | undefined {
  const first = asArray(schema.prefixItems)
  const fewest = Math.max(asNumber(schema.minItems) ?? 0, first.length)
  const most = asNumber(schema.maxItems) ?? Number.POSITIVE_INFINITY
  const wanted = Math.min(Math.max(fewest, place.source ? MOST_READ : 1), most)
  const items: JsonValue[] = []
  if (place.source) place.source.next = 0
  while (items.length < wanted) {
    // All names have been used.
    if (place.source && items.length >= fewest && place.source.next >= place.source.names.length) return items
    const value = valueFor(first[items.length] ?? schema.items, place)
    if (value === undefined) return items.length >= fewest ? items : undefined
    items.push(value)
  }
  return items
}

function numberFor(schema: JsonObject, step: number): number {
  const over = asNumber(schema.exclusiveMinimum)
  const lowest = asNumber(schema.minimum) ?? (over === undefined ? undefined : over + step)
  const under = asNumber(schema.exclusiveMaximum)
  const highest = asNumber(schema.maximum) ?? (under === undefined ? undefined : under - step)
  const factor = asNumber(schema.multipleOf)
  const value = Math.min(Math.max(step, lowest ?? step), highest ?? Number.POSITIVE_INFINITY)
  return factor ? Math.ceil(value / factor) * factor : value
}

const stringFormats: Readonly<Record<string, string>> = {
  date: '2026-01-31',
  'date-time': '2026-01-31T12:00:00Z',
  time: '12:00:00Z',
  email: 'simulated@example.com',
  uuid: '00000000-0000-4000-8000-000000000000',
  uri: 'https://example.com/simulated',
}

function stringFor(schema: JsonObject, source: Source | undefined): string {
  const text = stringFormats[asString(schema.format) ?? ''] ?? nextName(source) ?? 'simulated'
  const padded = text.padEnd(asNumber(schema.minLength) ?? 0, '.')
  return padded.slice(0, asNumber(schema.maxLength))
}

function nextName(source: Source | undefined): string | undefined {
  if (!source) return undefined
  const name = source.names[source.next % source.names.length]
  source.next += 1
  return name
}
