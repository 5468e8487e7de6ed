// Owns the step from Ollama's /api/chat to a Task: the same canonical request as every other surface.
import { ChatBody, type JsonObject, type JsonValue } from '../../domain/chat-body.ts'
import { checkChat } from '../../domain/check-chat.ts'
import { AegisError } from '../../domain/errors.ts'
import { scanMembers } from '../../domain/json-members.ts'
import type { Task } from '../../domain/task.ts'
import { readModel } from '../../policy/model-choice.ts'
import type { ChatContext } from '../openai/decode-chat.ts'
import { parseJsonObject } from '../parse-json.ts'
import { readHints } from '../read-hints.ts'

/** Ollama's options that OpenAI's request has too, and their names there. */
const sharedOptions: readonly (readonly [string, string])[] = [
  ['temperature', 'temperature'],
  ['top_p', 'top_p'],
  ['seed', 'seed'],
  ['stop', 'stop'],
  ['frequency_penalty', 'frequency_penalty'],
  ['presence_penalty', 'presence_penalty'],
]

/** @throws AegisError `invalid_request` or `unknown_model` */
export function decodeOllamaChat(bytes: Buffer, context: ChatContext): Task {
  const { view } = parseJsonObject(bytes)
  const hints = readHints(view.aegis, context.rawHeaders)
  const chat = canonicalChat(view)
  checkChat(chat)
  const canonical = Buffer.from(JSON.stringify(chat))
  return {
    id: context.requestId,
    receivedAtMs: context.receivedAtMs,
    timeoutMs: context.timeoutMs,
    model: readModel(view.model, context.providers),
    hints,
    body: new ChatBody(canonical, chat, scanMembers(canonical).members),
    keyId: context.keyId,
  }
}

/** What only Ollama understands travels in the member `aegis`, which no other wire is sent. */
function canonicalChat(view: JsonObject): JsonObject {
  const options = optionsOf(view)
  const shared: Record<string, JsonValue> = {}
  for (const [from, to] of sharedOptions) if (options[from] !== undefined) shared[to] = options[from]
  const own = Object.fromEntries(Object.entries(options).filter(([name]) => !ownedElsewhere.has(name)))
  const cap = options.num_predict
  return {
    model: view.model ?? 'auto',
    messages: messagesOf(view),
    stream: view.stream !== false,
    ...shared,
    ...(typeof cap === 'number' && cap > 0 ? { max_tokens: cap } : {}),
    ...(view.tools === undefined ? {} : { tools: view.tools }),
    ...formatOf(view.format),
    ...(view.logprobs === true ? { logprobs: true } : {}),
    ...(typeof view.top_logprobs === 'number' ? { top_logprobs: view.top_logprobs } : {}),
    aegis: {
      ollama: {
        options: own,
        ...(view.think === undefined ? {} : { think: view.think }),
        ...(view.keep_alive === undefined ? {} : { keep_alive: view.keep_alive }),
      },
    },
  }
}

const ownedElsewhere = new Set([...sharedOptions.map(([name]) => name), 'num_predict', 'num_ctx'])

function optionsOf(view: JsonObject): JsonObject {
  const { options } = view
  if (options === undefined || options === null) return {}
  if (!isObject(options)) throw new AegisError('invalid_request', 'options must be an object.', { param: 'options' })
  return options
}

function messagesOf(view: JsonObject): JsonValue {
  const { messages } = view
  if (!Array.isArray(messages)) return messages ?? []
  const callIds = new Map<string, string>()
  return messages.map((message: JsonValue, index) =>
    isObject(message) ? openAIMessage(message, index, callIds) : message,
  )
}

/** OpenAI links a tool's answer to its call by id; Ollama's clients often give the tool's name only. */
function openAIMessage(message: JsonObject, index: number, callIds: Map<string, string>): JsonObject {
  const { images, tool_calls: calls, tool_name: toolName, thinking, ...rest } = message
  const content = message.content ?? ''
  const parts = Array.isArray(images) && images.length > 0 ? [...textPart(content), ...images.map(imagePart)] : content
  const translated: Record<string, JsonValue> = { ...rest, content: parts }
  if (typeof thinking === 'string') translated.reasoning_content = thinking
  if (Array.isArray(calls) && calls.length > 0) {
    translated.tool_calls = calls.map((call: JsonValue, place) =>
      openAIToolCall(call, `call_${index}_${place}`, callIds),
    )
  }
  if (message.role === 'tool') {
    const name = typeof toolName === 'string' ? toolName : ''
    translated.tool_call_id = message.tool_call_id ?? callIds.get(name) ?? [...callIds.values()].at(-1) ?? 'call_0'
    if (name !== '') translated.name = name
  }
  return translated
}

function textPart(content: JsonValue): JsonObject[] {
  return typeof content === 'string' && content !== '' ? [{ type: 'text', text: content }] : []
}

/** The first bytes of a base64 image say what it is. */
function imagePart(image: JsonValue): JsonObject {
  const data = typeof image === 'string' ? image : ''
  const type = data.startsWith('/9j/')
    ? 'jpeg'
    : data.startsWith('R0lG')
      ? 'gif'
      : data.startsWith('UklG')
        ? 'webp'
        : 'png'
  return { type: 'image_url', image_url: { url: `data:image/${type};base64,${data}` } }
}

function openAIToolCall(call: JsonValue, fallbackId: string, callIds: Map<string, string>): JsonObject {
  const given = isObject(call) ? call : {}
  const called = isObject(given.function) ? given.function : {}
  const id = typeof given.id === 'string' && given.id !== '' ? given.id : fallbackId
  const name = String(called.name ?? '')
  callIds.set(name, id)
  return { id, type: 'function', function: { name, arguments: JSON.stringify(called.arguments ?? {}) } }
}

function formatOf(format: JsonValue | undefined): JsonObject {
  if (format === undefined || format === null || format === '') return {}
  if (format === 'json') return { response_format: { type: 'json_object' } }
  if (isObject(format))
    return { response_format: { type: 'json_schema', json_schema: { name: 'format', schema: format } } }
  throw new AegisError('invalid_request', 'format must be "json" or a JSON schema.', { param: 'format' })
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
