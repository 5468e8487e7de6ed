// Owns the step from Ollama's /api/chat to a Task: the same canonical request as every other surface.
import { ChatBody, type JsonObject, type JsonValue } from '../../domain/chat-body.ts'
import { scanMembers } from '../../domain/json-members.ts'
import type { Task } from '../../domain/task.ts'
import { readModel } from '../../policy/model-choice.ts'
import type { ChatContext } from '../openai/decode-chat.ts'
import { parseJsonObject } from '../parse-json.ts'
import { readHints } from '../read-hints.ts'
import { canonicalSettings, checkCanonical, contentOf, isObject, wrong } from './canonical.ts'
import { OpenToolCalls } from './open-tool-calls.ts'

/** @throws AegisError `invalid_request` or `unknown_model` */
export function decodeOllamaChat(bytes: Buffer, context: ChatContext): Task {
  const { view } = parseJsonObject(bytes)
  return chatTask(view, context, {
    model: view.model ?? 'auto',
    messages: messagesOf(view),
    ...canonicalSettings(view),
    ...(view.tools === undefined ? {} : { tools: view.tools }),
  })
}

/** @param view the caller's request. @param chat what it is in canonical words; it is checked here. */
export function chatTask(view: JsonObject, context: ChatContext, chat: JsonObject): Task {
  const hints = readHints(view.aegis, context.rawHeaders)
  checkCanonical(chat)
  const canonical = Buffer.from(JSON.stringify(chat))
  return {
    id: context.requestId,
    receivedAtMs: context.receivedAtMs,
    endpoint: context.endpoint,
    timeoutMs: context.timeoutMs,
    model: readModel(view.model, context.providers),
    hints,
    body: new ChatBody(canonical, chat, scanMembers(canonical).members),
    keyId: context.keyId,
  }
}

function messagesOf(view: JsonObject): JsonValue {
  const { messages } = view
  if (!Array.isArray(messages)) return messages ?? []
  const openCalls = new OpenToolCalls()
  return messages.map((message: JsonValue, index) =>
    isObject(message) ? openAIMessage(message, `messages[${index}]`, openCalls) : message,
  )
}

/** @param path where the message stands, for errors. */
function openAIMessage(message: JsonObject, path: string, openCalls: OpenToolCalls): JsonObject {
  const { images, tool_calls: calls, tool_name: toolName, thinking, ...rest } = message
  const content = message.content ?? ''
  if (typeof content !== 'string' && images !== undefined) throw wrong(`${path}.content`, 'must be a text')
  const translated: Record<string, JsonValue> = { ...rest, content: contentOf(content, images, `${path}.`) }
  if (typeof thinking === 'string') translated.reasoning_content = thinking
  if (Array.isArray(calls) && calls.length > 0) {
    translated.tool_calls = calls.map((call: JsonValue, place) =>
      openAIToolCall(call, `${path}.tool_calls[${place}]`, openCalls),
    )
  }
  if (message.role === 'tool') {
    const name = typeof toolName === 'string' ? toolName : ''
    const statedId = typeof message.tool_call_id === 'string' ? message.tool_call_id : undefined
    translated.tool_call_id = openCalls.answer(statedId, name)
    if (name !== '') translated.name = name
  }
  return translated
}

function openAIToolCall(call: JsonValue, path: string, openCalls: OpenToolCalls): JsonObject {
  const given = isObject(call) ? call : {}
  const called = isObject(given.function) ? given.function : {}
  const { name } = called
  if (typeof name !== 'string') throw wrong(`${path}.function.name`, 'must be the name of a tool')
  const id = openCalls.add(typeof given.id === 'string' && given.id !== '' ? given.id : undefined, name)
  return { id, type: 'function', function: { name, arguments: JSON.stringify(called.arguments ?? {}) } }
}
