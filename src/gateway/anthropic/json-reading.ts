// Owns the reading of JSON values in Anthropic's requests, with errors that name the member.
import type { JsonObject, JsonValue } from '../../domain/chat-body.ts'
import { AegisError } from '../../domain/errors.ts'

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function asObject(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {}
}

/** Null counts as absent. */
export function isPresent<Value>(value: Value | undefined | null): value is Value {
  return value !== undefined && value !== null
}

export function wrong(param: string, what: string): AegisError {
  return new AegisError('invalid_request', `${param} ${what}.`, { param })
}
