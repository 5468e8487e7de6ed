// Owns the form in which the GenAI conventions write a message: its role and its parts.
// https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-input-messages.json

export type MessagePart =
  | { readonly type: 'text'; readonly content: string }
  | { readonly type: 'reasoning'; readonly content: string }
  | { readonly type: 'tool_call'; readonly id: string | null; readonly name: string; readonly arguments: string }
  | { readonly type: 'tool_call_response'; readonly id: string | null; readonly response: string }
  /** Something that is named and not shown, such as a picture. */
  | { readonly type: `unshown_${string}` }

export interface InputMessage {
  readonly role: string
  readonly parts: readonly MessagePart[]
}

export interface OutputMessage extends InputMessage {
  readonly finish_reason: string
}

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** A part with this text, or none where there is no text. */
export function spoken(type: 'text' | 'reasoning', content: unknown): MessagePart[] {
  return typeof content === 'string' && content !== '' ? [{ type, content }] : []
}

/** A call as OpenAI writes it. */
export function calledBy(call: unknown): MessagePart[] {
  const { id, function: called } = objectOf(call)
  const { name, arguments: given } = objectOf(called)
  return [{ type: 'tool_call', id: typeof id === 'string' ? id : null, name: textOf(name), arguments: textOf(given) }]
}

export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
