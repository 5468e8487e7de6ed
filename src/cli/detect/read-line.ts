// Owns one line of input of `aegis detect`: what is asked, or what is wrong with it, without repeating it.
import type { JsonValue } from '../../domain/chat-body.ts'
import { countKeys, scanMembers } from '../../domain/json-members.ts'

export type DetectLine =
  | { readonly id: JsonValue; readonly body: JsonValue; readonly repeatsName: boolean }
  | { readonly error: string }

export function readDetectLine(line: string): DetectLine {
  let value: unknown
  let repeatsName: boolean
  try {
    value = JSON.parse(line)
    repeatsName = scanMembers(Buffer.from(line)).keyCount !== countKeys(value)
  } catch {
    return { error: 'not valid JSON, or nested too deeply' }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { error: 'not a JSON object' }
  const {
    id = null,
    text,
    body,
  } = value as { readonly id?: JsonValue; readonly text?: JsonValue; readonly body?: JsonValue }
  if (id !== null && typeof id !== 'string' && typeof id !== 'number')
    return { error: 'id must be a string or a number' }
  if ((text === undefined) === (body === undefined)) return { error: 'give either text or body' }
  if (text !== undefined && typeof text !== 'string') return { error: 'text must be a string' }
  return { id, body: (text ?? body) as JsonValue, repeatsName }
}
