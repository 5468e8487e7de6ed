// Owns Anthropic's message object, made from OpenAI's completion, and what whole messages and streams have in common.
import type { JsonObject, JsonValue } from '../../domain/chat-body.ts'
import { type NanoUsd, usdNumber } from '../../domain/money.ts'
import type { Usage } from '../../domain/usage.ts'

/** The part of OpenAI's messages and deltas that is read here. */
export interface WireMessage {
  readonly content?: string | null | readonly WirePart[]
  readonly refusal?: string | null
  readonly reasoning_content?: string | null
  readonly reasoning?: string | null
  readonly thinking_blocks?: readonly JsonObject[]
  readonly tool_calls?: readonly WireToolCall[]
}

export interface WirePart {
  readonly type?: string
  readonly text?: string
}

export interface WireToolCall {
  readonly index?: number
  readonly id?: string
  readonly function?: { readonly name?: string; readonly arguments?: string }
}

/** What is the same in every message of one answer. */
export interface MessageFrame {
  readonly requestId: string
  readonly model: string
}

export interface WholeAnswer {
  readonly message: WireMessage
  readonly finishReason: string | null | undefined
  readonly usage: Usage | undefined
  readonly cost: NanoUsd
  /** What a provider's adapter says of the request: `warnings` of what was left out. */
  readonly aegis: JsonObject | undefined
}

export function messageObject(frame: MessageFrame, { message, finishReason, usage, cost, aegis }: WholeAnswer): object {
  return {
    ...messageHead(frame),
    content: [...thoughtsOf(message), ...textsOf(message), ...(message.tool_calls ?? []).map(toolUse)],
    stop_reason: stopReason(finishReason, message.refusal),
    stop_sequence: null,
    usage: usageObject(usage, cost),
    ...(aegis ? { aegis } : {}),
  }
}

export function messageHead({ requestId, model }: MessageFrame): object {
  return { id: `msg_${requestId.replace(/^req_/, '')}`, type: 'message', role: 'assistant', model }
}

/** Clients take `usage` to be there and to hold numbers; what no provider counted is 0, and its cost tells. */
export function usageObject(usage: Usage | undefined, cost: NanoUsd | undefined): object {
  const { inputTokens = 0, cachedInputTokens = 0, cacheWriteTokens = 0, outputTokens = 0 } = usage ?? {}
  return {
    input_tokens: Math.max(0, inputTokens - cachedInputTokens - cacheWriteTokens),
    cache_creation_input_tokens: cacheWriteTokens,
    cache_read_input_tokens: cachedInputTokens,
    output_tokens: outputTokens,
    ...(cost === undefined ? {} : { cost: usdNumber(cost) }),
  }
}

export function stopReason(finishReason: string | null | undefined, refusal?: string | null): string {
  if (refusal) return 'refusal'
  switch (finishReason) {
    case 'length':
      return 'max_tokens'
    case 'tool_calls':
    case 'function_call':
      return 'tool_use'
    case 'content_filter':
      return 'refusal'
    default:
      return 'end_turn'
  }
}

/** What a message or a delta says in words, its refusal among them. */
export function textOf({ content, refusal }: WireMessage): string {
  const said = typeof content === 'string' ? content : (content ?? []).map(({ text }) => text ?? '').join('')
  return said + (refusal ?? '')
}

export function reasoningOf({ reasoning_content: content, reasoning }: WireMessage): string {
  if (typeof content === 'string') return content
  return typeof reasoning === 'string' ? reasoning : ''
}

/** The blocks of a provider that signs its thoughts, else the words alone. */
function thoughtsOf(message: WireMessage): readonly object[] {
  if (message.thinking_blocks && message.thinking_blocks.length > 0) return message.thinking_blocks
  const thinking = reasoningOf(message)
  return thinking === '' ? [] : [{ type: 'thinking', thinking, signature: '' }]
}

function textsOf(message: WireMessage): readonly object[] {
  const text = textOf(message)
  return text === '' ? [] : [{ type: 'text', text }]
}

function toolUse({ id, function: called }: WireToolCall, place: number): object {
  return { type: 'tool_use', id: id || `toolu_${place}`, name: called?.name ?? '', input: inputOf(called?.arguments) }
}

/** Arguments are JSON text with OpenAI and an object here; text that is not JSON is kept as it is. */
function inputOf(text = ''): JsonValue {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return { arguments: text }
  }
}
