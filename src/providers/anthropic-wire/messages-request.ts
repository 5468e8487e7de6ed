// Owns the bytes that go to an Anthropic upstream: the caller's own, but for the members that must change.
import type { AnthropicBody } from '../../domain/anthropic-body.ts'
import type { FundedAttempt } from '../../domain/attempt.ts'
import { editMembers } from '../../domain/edit-members.ts'
import type { JsonObject, JsonValue } from '../../domain/request-body.ts'

/** The smallest budget that Anthropic takes (https://platform.claude.com/docs/en/build-with-claude/extended-thinking). */
const SMALLEST_BUDGET = 1024

/**
 * The body for one attempt: the model's name there, no `aegis` member, the output cap that the reservation pays for with
 * a budget for thoughts that fits into it, and no thoughts that another provider has had. All other bytes are the caller's.
 */
export function messagesRequest({ model, outputTokenCap }: FundedAttempt, native: AnthropicBody): Buffer {
  const { view } = native
  const edits = new Map<string, string | undefined>()
  if (view.model !== model) edits.set('model', JSON.stringify(model))
  if ('aegis' in view) edits.set('aegis', undefined)
  const wanted = view.max_tokens
  const cap = typeof wanted === 'number' ? Math.min(wanted, outputTokenCap ?? wanted) : outputTokenCap
  if (cap !== undefined && cap !== wanted) {
    edits.set('max_tokens', String(cap))
    const thinking = thinkingWithin(cap, view.thinking)
    if (thinking) edits.set('thinking', JSON.stringify(thinking))
  }
  const messages = withoutUnsigned(view.messages)
  if (messages) edits.set('messages', JSON.stringify(messages))
  return editMembers(native, edits)
}

/** The body of a count: the model's name there, and no `aegis` member. */
export function countRequest({ model }: FundedAttempt, native: AnthropicBody): Buffer {
  const edits = new Map<string, string | undefined>()
  if (native.view.model !== model) edits.set('model', JSON.stringify(model))
  if ('aegis' in native.view) edits.set('aegis', undefined)
  return editMembers(native, edits)
}

/** Thoughts whose budget no longer fits into a cap that was lowered: half of it, or none. Undefined when nothing changes. */
function thinkingWithin(cap: number, thinking: JsonValue | undefined): JsonObject | undefined {
  const given = asObject(thinking)
  if (typeof given.budget_tokens !== 'number' || given.budget_tokens < cap) return undefined
  const half = Math.floor(cap / 2)
  return half < SMALLEST_BUDGET ? { type: 'disabled' } : { ...given, budget_tokens: half }
}

/**
 * Thoughts of models that sign none have an empty signature, which Anthropic refuses; the conversation goes on without
 * them. Undefined, and so the caller's bytes, when there are none.
 */
function withoutUnsigned(messages: JsonValue | undefined): JsonValue[] | undefined {
  if (!Array.isArray(messages)) return undefined
  if (!messages.some((message: JsonValue) => contentOf(message).some(isUnsigned))) return undefined
  return messages.flatMap((message: JsonValue) => {
    const content = contentOf(message)
    if (!content.some(isUnsigned)) return [message]
    const kept = content.filter((block) => !isUnsigned(block))
    return kept.length === 0 ? [] : [{ ...asObject(message), content: kept }]
  })
}

function contentOf(message: JsonValue): readonly JsonValue[] {
  const { content } = asObject(message)
  return Array.isArray(content) ? content : []
}

function isUnsigned(block: JsonValue): boolean {
  const { type, signature } = asObject(block)
  return type === 'thinking' && (signature === undefined || signature === '')
}

function asObject(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}
