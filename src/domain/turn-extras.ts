// Owns what a translated conversation says beside OpenAI's messages: thoughts and cache marks, for wires that take them.
import type { JsonObject, JsonValue } from './request-body.ts'

/**
 * Stands in `aegis.turns` of a canonical request, since servers of OpenAI's wire refuse such members in messages. `at` is the
 * place of the message.
 */
export interface TurnExtras {
  readonly at: number
  readonly reasoning_content?: string
  /** Anthropic's `thinking` and `redacted_thinking` blocks. */
  readonly thinking_blocks?: readonly JsonValue[]
  /** The answer of a tool that failed. */
  readonly is_error?: boolean
  /** The marks of the parts of its content, by their places. */
  readonly cache_control?: Readonly<Record<string, JsonValue>>
}

/** The messages of a canonical request, with what `aegis.turns` says of them in its place. */
export function messagesWithExtras(view: JsonObject): readonly JsonValue[] {
  const messages = asList(view.messages)
  const turns = asList(asObject(view.aegis).turns)
  if (turns.length === 0) return messages
  const extras = new Map(turns.map(asObject).map((turn) => [turn.at, turn]))
  return messages.map((message, at) => {
    const { at: _, cache_control: marks, ...members } = extras.get(at) ?? {}
    const marked = asObject(marks)
    const { content } = asObject(message)
    if (Object.keys(marked).length === 0 || !Array.isArray(content)) return { ...asObject(message), ...members }
    const parts = content.map((part: JsonValue, place) =>
      marked[place] === undefined ? part : { ...asObject(part), cache_control: marked[place] },
    )
    return { ...asObject(message), ...members, content: parts }
  })
}

function asList(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : []
}

function asObject(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}
