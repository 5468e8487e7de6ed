// Owns the lenient reading of JSON in this adapter: a member of the wrong type is as good as absent.
import type { JsonObject, JsonValue } from '../../domain/chat-body.ts'

export function asList(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : []
}

export function asObject(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {}
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

export function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}

/** The parsed text; `undefined` when it is not JSON. */
export function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return undefined
  }
}

/** A member of a parsed body whose shape is not known. */
export function memberOf(value: unknown, ...path: readonly string[]): unknown {
  let at = value
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined
    at = (at as Record<string, unknown>)[key]
  }
  return at
}

/** The texts of one member of the objects of a list: `textsIn([{ id: 'a' }, { id: 'b' }], 'id')`. */
export function textsIn(list: unknown, member: string): readonly string[] {
  if (!Array.isArray(list)) return []
  return list.flatMap((one: unknown) => {
    const text = memberOf(one, member)
    return typeof text === 'string' ? [text] : []
  })
}
