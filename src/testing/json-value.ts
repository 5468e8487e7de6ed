// JSON as it travels on a simulated wire, and the lenient readers that the simulators need.

/**
 * Any JSON value.
 *
 * @example
 * const value: JsonValue = { model: 'gpt-4o', messages: [] }
 */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject

/**
 * A JSON object; a property that is `undefined` is left out when it is written.
 *
 * @example
 * const body: JsonObject = { model: 'gpt-4o', stream: true }
 */
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined
}

type Read = JsonValue | undefined

export function isArray(value: Read): value is readonly JsonValue[] {
  return Array.isArray(value)
}

export function isObject(value: Read): value is JsonObject {
  return typeof value === 'object' && value !== null && !isArray(value)
}

export function asArray(value: Read): readonly JsonValue[] {
  return isArray(value) ? value : []
}

export function asObject(value: Read): JsonObject {
  return isObject(value) ? value : {}
}

export function asString(value: Read): string | undefined {
  return typeof value === 'string' ? value : undefined
}

export function asNumber(value: Read): number | undefined {
  return typeof value === 'number' ? value : undefined
}

/** The strings of a field that may hold one string or a list of them. */
export function asStrings(value: Read): readonly string[] {
  return [value, ...asArray(value)].filter((one): one is string => typeof one === 'string')
}

/** The parsed text, or undefined when it is not JSON. */
export function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return undefined
  }
}
