// Owns the translation of OpenAI's messages into the AI SDK's prompt.
import type {
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4TextPart,
  SharedV4ProviderOptions,
} from '@ai-sdk/provider'
import type { FundedAttempt } from '../../domain/attempt.ts'
import type { JsonObject, JsonValue } from '../../domain/chat-body.ts'
import { messagesWithExtras } from '../../domain/turn-extras.ts'
import { asList, asObject, parseJson, textOf } from './json-reading.ts'
import { filePart } from './message-file.ts'
import type { Notes } from './notes.ts'
import { reasoningParts, toolCallProof } from './reasoning-proof.ts'
import { unsupported } from './unsupported.ts'
import type { Wire } from './wire.ts'

type UserPart = LanguageModelV4TextPart | LanguageModelV4FilePart
type AssistantMessage = Extract<LanguageModelV4Message, { role: 'assistant' }>

/**
 * The messages as a prompt. System messages go to the front, where these wires want them.
 * @throws ProviderFailure of kind `unsupported` for what the wire cannot say.
 */
export function promptOf(attempt: FundedAttempt, wire: Wire, notes: Notes): LanguageModelV4Prompt {
  const messages = messagesWithExtras(attempt.task.body.view).map(asObject)
  const toolNames = namesOfCalls(messages)
  const system: LanguageModelV4Message[] = []
  const rest: LanguageModelV4Message[] = []
  for (const message of messages) {
    switch (message.role) {
      case 'system':
      case 'developer':
        if (rest.length > 0) notes.add('system messages were moved to the front, where this wire has them')
        system.push(...systemMessages(message, wire))
        break
      case 'user':
        rest.push({ role: 'user', content: userParts(message.content, attempt, wire) })
        break
      case 'assistant':
        rest.push({ role: 'assistant', content: assistantParts(message, attempt, wire) })
        break
      case 'tool':
        rest.push(toolMessage(message, toolNames))
        break
      default:
        throw unsupported(attempt, `takes no message of role ${String(message.role).slice(0, 40)}`)
    }
  }
  return [...system, ...rest]
}

/** One message, or one for each part when a part is to be cached: a system message has one text here. */
function systemMessages(message: JsonObject, wire: Wire): LanguageModelV4Message[] {
  const { content } = message
  if (typeof content === 'string') return [{ role: 'system', content, ...cached(message, wire) }]
  const parts = asList(content).map(asObject)
  if (!parts.some((part) => part.cache_control !== undefined))
    return [{ role: 'system', content: parts.map((part) => textOf(part.text) ?? '').join('\n') }]
  return parts.map((part) => ({ role: 'system', content: textOf(part.text) ?? '', ...cached(part, wire) }))
}

function userParts(content: JsonValue | undefined, attempt: FundedAttempt, wire: Wire): UserPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  return asList(content).map((value) => {
    const part = asObject(value)
    if (part.type === 'text') return { type: 'text', text: partText(part, attempt), ...cached(part, wire) }
    return { ...filePart(part, attempt, wire), ...cached(part, wire) }
  })
}

function assistantParts(message: JsonObject, attempt: FundedAttempt, wire: Wire): AssistantMessage['content'] {
  const parts: AssistantMessage['content'] = [...reasoningParts(message, wire)]
  const { content } = message
  if (typeof content === 'string' && content !== '') parts.push({ type: 'text', text: content })
  for (const value of asList(content)) {
    const part = asObject(value)
    if (part.type !== 'text' && part.type !== 'refusal')
      throw unsupported(attempt, `takes no assistant part of type ${String(part.type).slice(0, 40)}`)
    parts.push({ type: 'text', text: partText(part, attempt), ...cached(part, wire) })
  }
  if (message.function_call !== undefined && message.function_call !== null)
    throw unsupported(attempt, 'takes tool_calls, not the older function_call')
  for (const value of asList(message.tool_calls)) parts.push(toolCallPart(asObject(value), attempt, wire))
  return parts
}

function toolCallPart(call: JsonObject, attempt: FundedAttempt, wire: Wire): AssistantMessage['content'][number] {
  const called = asObject(call.function)
  const toolName = textOf(called.name)
  const toolCallId = textOf(call.id)
  if (toolName === undefined || toolCallId === undefined)
    throw unsupported(attempt, 'needs every tool call to have an id and to name its function')
  const text = textOf(called.arguments) ?? ''
  const input = text.trim() === '' ? {} : parseJson(text)
  if (input === undefined) throw unsupported(attempt, 'needs the arguments of a tool call to be JSON')
  return { type: 'tool-call', toolCallId, toolName, input, ...toolCallProof(call, wire) }
}

/** A tool's answer names its call by id; these wires also want the tool's name, which stands at the call. */
function toolMessage(message: JsonObject, names: ReadonlyMap<string, string>): LanguageModelV4Message {
  const toolCallId = textOf(message.tool_call_id) ?? ''
  const toolName = names.get(toolCallId) ?? textOf(message.name) ?? 'tool'
  const { content } = message
  const value =
    typeof content === 'string'
      ? content
      : asList(content)
          .map((part) => textOf(asObject(part).text) ?? '')
          .join('\n')
  const type = message.is_error === true ? 'error-text' : 'text'
  return { role: 'tool', content: [{ type: 'tool-result', toolCallId, toolName, output: { type, value } }] }
}

function namesOfCalls(messages: readonly JsonObject[]): Map<string, string> {
  const names = new Map<string, string>()
  for (const message of messages) {
    for (const value of asList(message.tool_calls)) {
      const call = asObject(value)
      const name = textOf(asObject(call.function).name)
      if (typeof call.id === 'string' && name !== undefined) names.set(call.id, name)
    }
  }
  return names
}

function partText(part: JsonObject, attempt: FundedAttempt): string {
  const text = part.text ?? part.refusal ?? ''
  if (typeof text !== 'string') throw unsupported(attempt, 'needs the text of a content part to be a text')
  return text
}

/**
 * `cache_control` of a part, as OpenRouter and LiteLLM take it for providers that cache only what is marked. The time
 * to live is always the provider's default: a longer one costs more than the reservation allows for.
 */
function cached(part: JsonObject, wire: Wire): { providerOptions?: SharedV4ProviderOptions } {
  if (part.cache_control === undefined || part.cache_control === null || !wire.cachePoint) return {}
  return { providerOptions: { [wire.optionsName]: wire.cachePoint } }
}
