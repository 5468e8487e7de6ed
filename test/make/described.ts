// Owns what a test needs of an OpenAPI document: its operations, its references, and whether a value is as it is described.
import { isDeepStrictEqual } from 'node:util'

export interface Described {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Described>>
  readonly additionalProperties?: Described | boolean
  readonly required?: readonly string[]
  readonly items?: Described
  readonly anyOf?: readonly Described[]
  readonly enum?: readonly unknown[]
  readonly examples?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly maxProperties?: number
  readonly pattern?: string
}

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required?: boolean
  readonly schema: Described
}

type Contents = Readonly<
  Record<string, { readonly schema: Described; readonly example?: Readonly<Record<string, unknown>> }>
>

export interface Operation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description: string
  readonly externalDocs?: { readonly url: string }
  readonly security?: readonly object[]
  readonly parameters: readonly (Parameter | { readonly $ref: string })[]
  readonly requestBody?: { readonly content: Contents }
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Contents; readonly headers?: object }>
  >
}

export interface OpenApi {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Described>> } & Readonly<Record<string, object>>
  readonly [member: string]: unknown
}

export interface Listed {
  readonly path: string
  readonly method: string
  readonly operation: Operation
}

export function operationsOf({ paths }: OpenApi): readonly Listed[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
}

/** What a reference of the document points to; undefined when that is nothing. */
export function resolve(document: OpenApi, pointer: string): unknown {
  return pointer
    .slice('#/'.length)
    .split('/')
    .reduce<unknown>((at, key) => (at as Readonly<Record<string, unknown>> | undefined)?.[key], document)
}

export function parametersOf(document: OpenApi, { parameters }: Operation): readonly Parameter[] {
  return parameters.map((one) => ('$ref' in one ? (resolve(document, one.$ref) as Parameter) : one))
}

export function schemaOf(document: OpenApi, schema: Described): Described {
  return schema.$ref === undefined ? schema : schemaOf(document, resolve(document, schema.$ref) as Described)
}

/** Where a value is not as it is described; nothing where it fits. */
export function misfits(document: OpenApi, described: Described, value: unknown, at = '$'): readonly string[] {
  const schema = schemaOf(document, described)
  if (schema.anyOf) {
    const each = schema.anyOf.map((one) => misfits(document, one, value, at))
    return each.some((found) => found.length === 0) ? [] : (each[0] ?? [])
  }
  if (schema.enum && !schema.enum.some((one) => isDeepStrictEqual(one, value))) return [`${at} is none of the values`]
  const types = schema.type === undefined ? [] : [schema.type].flat()
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) return [`${at} is not ${types.join(' or ')}`]
  return [...misfitsInside(document, schema, value, at)]
}

function* misfitsInside(document: OpenApi, schema: Described, value: unknown, at: string): Iterable<string> {
  const outside = (size: number, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY) =>
    size < least || size > most
  if (typeof value === 'number' && outside(value, schema.minimum, schema.maximum)) yield `${at} is out of range`
  if (typeof value === 'string') {
    if (outside(value.length, schema.minLength, schema.maxLength)) yield `${at} is too long or too short`
    if (schema.pattern && !new RegExp(schema.pattern).test(value)) yield `${at} has another form`
  } else if (Array.isArray(value)) {
    if (outside(value.length, schema.minItems, schema.maxItems)) yield `${at} has too many or too few entries`
    for (const [index, item] of value.entries()) yield* misfits(document, schema.items ?? {}, item, `${at}[${index}]`)
  } else if (typeof value === 'object' && value !== null) {
    for (const name of schema.required ?? []) if (!Object.hasOwn(value, name)) yield `${at}.${name} is missing`
    for (const [name, inner] of Object.entries(value)) {
      const known = schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined
      const { additionalProperties: others = true } = schema
      if (known) yield* misfits(document, known, inner, `${at}.${name}`)
      else if (others === false) yield `${at}.${name} is not described`
      else if (others !== true) yield* misfits(document, others, inner, `${at}.${name}`)
    }
  }
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)
  return typeof value === type
}
