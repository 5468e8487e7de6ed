// Owns the words that JSON Schemas are written in here (https://json-schema.org/draft/2020-12).

/** A JSON Schema, or a reference to one that has a name. */
export type Schema = Readonly<Record<string, unknown>>
export type Schemas = Readonly<Record<string, Schema>>

export const text: Schema = { type: 'string' }
export const number: Schema = { type: 'number' }
export const count: Schema = { type: 'integer', minimum: 0 }
export const flag: Schema = { type: 'boolean' }
export const time: Schema = { type: 'string', format: 'date-time' }
/** Seconds since 1970. */
export const seconds: Schema = { type: 'integer', minimum: 0, description: 'Seconds since 1970.' }
/** Of any members, whose documentation is elsewhere. */
export const anyObject: Schema = { type: 'object', additionalProperties: true }

export const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] })
export const listOf = (items: Schema): Schema => ({ type: 'array', items })
export const oneOf = (values: readonly string[]): Schema => ({ type: 'string', enum: values })
export const said = (schema: Schema, description: string): Schema => ({ ...schema, description })
export const wholeNumber = (minimum: number, maximum: number): Schema => ({ type: 'integer', minimum, maximum })

/** What `components.schemas` has under this name. */
export const reference = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })

/** All members are always there unless `required` says otherwise. */
export function object(properties: Schemas, required: readonly string[] = Object.keys(properties)): Schema {
  return { type: 'object', properties, required }
}

/** Refused with any other member. */
export function closed(properties: Schemas, required: readonly string[]): Schema {
  return { ...object(properties, required), additionalProperties: false }
}

/** Of somebody else's wire: the members that are read here; all others are passed on or left alone. */
export function theirs(properties: Schemas, required: readonly string[] = []): Schema {
  return { ...object(properties, required), additionalProperties: true }
}

/** As the checks of a body have their ranges. */
export interface NumberRange {
  readonly name: string
  readonly min: number
  readonly max: number
  readonly whole: boolean
}

/** The schemas of members that are checked by a table of ranges; null counts as absent. */
export function ranges(table: readonly NumberRange[]): Schemas {
  return Object.fromEntries(
    table.map(({ name, min, max, whole }) => [
      name,
      { type: [whole ? 'integer' : 'number', 'null'], minimum: min, maximum: max },
    ]),
  )
}
