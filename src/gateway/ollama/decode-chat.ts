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
import { OpenToolCalls } from './open-tool-calls.ts'

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
  checkCanonical(chat)
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
  const cap = options.num_predict ?? 0
  if (typeof cap !== 'number') throw wrong('options.num_predict', 'must be a whole number')
  return {
    model: view.model ?? 'auto',
    messages: messagesOf(view),
    stream: streamOf(view),
    ...shared,
    ...(cap > 0 ? { max_tokens: cap } : {}),
    ...(view.tools === undefined ? {} : { tools: view.tools }),
    ...formatOf(view.format),
    ...(view.logprobs === undefined ? {} : { logprobs: view.logprobs }),
    ...(view.top_logprobs === undefined ? {} : { top_logprobs: view.top_logprobs }),
    aegis: {
      ollama: {
        options: own,
        ...(view.think === undefined ? {} : { think: view.think }),
        ...(view.keep_alive === undefined ? {} : { keep_alive: view.keep_alive }),
      },
    },
  }
}

/** What a member of the canonical request is called by those who sent it here. */
const ollamaNames: ReadonlyMap<string | undefined, string> = new Map([
  ...sharedOptions.map(([from, to]) => [to, `options.${from}`] as const),
  ['max_tokens', 'options.num_predict'] as const,
])

function checkCanonical(chat: JsonObject): void {
  try {
    checkChat(chat)
  } catch (error) {
    const name = error instanceof AegisError ? ollamaNames.get(error.param) : undefined
    if (!(error instanceof AegisError) || name === undefined) throw error
    throw new AegisError(error.code, error.message.replace(error.param ?? '', name), { param: name })
  }
}

const ownedElsewhere = new Set([...sharedOptions.map(([name]) => name), 'num_predict', 'num_ctx'])

function optionsOf(view: JsonObject): JsonObject {
  const { options } = view
  if (options === undefined || options === null) return {}
  if (!isObject(options)) throw wrong('options', 'must be an object')
  return options
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
  const shown = Array.isArray(images) ? images.map((image, place) => imagePart(image, `${path}.images[${place}]`)) : []
  const translated: Record<string, JsonValue> = {
    ...rest,
    content: shown.length > 0 ? [...textPart(content), ...shown] : content,
  }
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

function textPart(content: JsonValue): JsonObject[] {
  return typeof content === 'string' && content !== '' ? [{ type: 'text', text: content }] : []
}

/** The first bytes of a base64 image say what it is. */
function imagePart(image: JsonValue, path: string): JsonObject {
  if (typeof image !== 'string') throw wrong(path, 'must be an image in base64')
  const type = image.startsWith('/9j/')
    ? 'jpeg'
    : image.startsWith('R0lG')
      ? 'gif'
      : image.startsWith('UklG')
        ? 'webp'
        : 'png'
  return { type: 'image_url', image_url: { url: `data:image/${type};base64,${image}` } }
}

function openAIToolCall(call: JsonValue, path: string, openCalls: OpenToolCalls): JsonObject {
  const given = isObject(call) ? call : {}
  const called = isObject(given.function) ? given.function : {}
  const { name } = called
  if (typeof name !== 'string') throw wrong(`${path}.function.name`, 'must be the name of a tool')
  const id = openCalls.add(typeof given.id === 'string' && given.id !== '' ? given.id : undefined, name)
  return { id, type: 'function', function: { name, arguments: JSON.stringify(called.arguments ?? {}) } }
}

function formatOf(format: JsonValue | undefined): JsonObject {
  if (format === undefined || format === null || format === '') return {}
  if (format === 'json') return { response_format: { type: 'json_object' } }
  if (isObject(format))
    return { response_format: { type: 'json_schema', json_schema: { name: 'format', schema: format } } }
  throw wrong('format', 'must be "json" or a JSON schema')
}

function streamOf({ stream }: JsonObject): boolean {
  if (stream === undefined || stream === null) return true
  if (typeof stream !== 'boolean') throw wrong('stream', 'must be true or false')
  return stream
}

function wrong(param: string, what: string): AegisError {
  return new AegisError('invalid_request', `${param} ${what}.`, { param })
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
