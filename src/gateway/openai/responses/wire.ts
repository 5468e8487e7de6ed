// Owns the words of the Responses API as they are read and written here (https://platform.openai.com/docs/api-reference/responses).
import { AegisError } from '../../../domain/errors.ts'
import type { JsonObject, JsonValue } from '../../../domain/request-body.ts'

/** An item of an input or an output; anything but its type is looked at where it is translated. */
export type ResponseItem = JsonObject

/** The Response object. */
export type ResponseObject = Readonly<Record<string, unknown>> & {
  readonly id: string
  readonly output: readonly object[]
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isAbsent(value: JsonValue | undefined): value is undefined | null {
  return value === undefined || value === null
}

export function wrong(param: string, what: string): AegisError {
  return new AegisError('invalid_request', `${param} ${what}.`, { param })
}

/** Told of what only OpenAI's own route can do; throws where nobody may be asked who has it. */
export type TellOnlyThere = (refusal: AegisError) => void

/** A short name from a caller, for an error; anything else is not repeated. */
export function shownName(value: JsonValue | undefined): string {
  return typeof value === 'string' && /^[a-z0-9_.-]{1,40}$/.test(value) ? value : 'of another kind'
}
