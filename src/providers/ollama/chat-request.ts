// Owns the translation of an OpenAI chat request into Ollama's /api/chat (https://docs.ollama.com/api/chat).
import type { FundedAttempt } from '../../domain/attempt.ts'
import type { JsonObject, JsonValue } from '../../domain/chat-body.ts'
import { locationOf } from '../../domain/model-location.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import { messagesWithExtras } from '../../domain/turn-extras.ts'
import { contextWindow } from './context-window.ts'

export interface OllamaSettings {
  readonly keepAlive: string | undefined
  readonly maxContextTokens: number
}

export interface OllamaRequest {
  readonly body: Buffer
  /** The window, where it is ours to set and not certain to hold the prompt. */
  readonly uncertainWindow: number | undefined
  /** The window provably holds the prompt: a byte-level tokenizer makes at most one token of a byte. */
  readonly certainlyFits: boolean
}

/** OpenAI's name of a sampling option and Ollama's. */
const options: readonly (readonly [string, string])[] = [
  ['temperature', 'temperature'],
  ['top_p', 'top_p'],
  ['seed', 'seed'],
  ['frequency_penalty', 'frequency_penalty'],
  ['presence_penalty', 'presence_penalty'],
  ['top_k', 'top_k'],
  ['min_p', 'min_p'],
  ['repeat_penalty', 'repeat_penalty'],
]

/**
 * What Ollama is asked. On one's own machine `num_ctx` is set so that the prompt and the answer fit, and truncation and context shift are
 * switched off, so that a prompt that does not fit is an error and never a silent cut.
 * @throws ProviderFailure of kind `unsupported` for what this wire cannot say, such as two choices or an image by URL.
 */
export function ollamaRequest(attempt: FundedAttempt, wireModel: string, settings: OllamaSettings): OllamaRequest {
  const { view, stream, choices, outputTokenCap } = attempt.task.body
  if (choices > 1) throw unsupported(attempt, 'cannot give more than one choice (n)')
  const messages = messagesWithExtras(view).map((message) => ollamaMessage(message, attempt))
  const cap = smaller(attempt.outputTokenCap, outputTokenCap)
  const tools = view.tool_choice === 'none' ? undefined : chosenTools(view)
  const format = responseFormat(view.response_format, attempt)
  const think = thinking(view)
  const images = messages.reduce((sum, message) => sum + (Array.isArray(message.images) ? message.images.length : 0), 0)
  const promptBytes = textBytes(messages) + (tools ? Buffer.byteLength(JSON.stringify(tools)) : 0)
  const contextTokens = contextWindow({ promptBytes, images, outputTokenCap: cap }, settings.maxContextTokens)
  // Models at Ollama Cloud have the largest window that they can (https://docs.ollama.com/context-length).
  const isLocal = locationOf(attempt.provider, attempt.model) === 'local'
  const own = asObject(asObject(view.aegis).ollama)
  const keepAlive = own.keep_alive ?? view.keep_alive ?? settings.keepAlive
  const body = {
    model: wireModel,
    messages,
    stream,
    options: {
      ...asObject(own.options),
      ...sampling(view),
      ...(isLocal ? { num_ctx: contextTokens } : {}),
      ...(cap === undefined ? {} : { num_predict: cap }),
    },
    truncate: false,
    shift: false,
    ...(tools ? { tools } : {}),
    ...(format === undefined ? {} : { format }),
    ...(think === undefined ? {} : { think }),
    ...(keepAlive === undefined ? {} : { keep_alive: keepAlive }),
    ...(view.logprobs === true ? { logprobs: true } : {}),
    ...(typeof view.top_logprobs === 'number' ? { top_logprobs: view.top_logprobs } : {}),
  }
  const certainlyFits = images === 0 && promptBytes < contextTokens
  const uncertainWindow = isLocal && !certainlyFits ? contextTokens : undefined
  return { body: Buffer.from(JSON.stringify(body)), uncertainWindow, certainlyFits }
}

function ollamaMessage(value: JsonValue, attempt: FundedAttempt): Record<string, JsonValue> {
  const message = asObject(value)
  const role = message.role === 'developer' ? 'system' : String(message.role)
  const { text, images } = readContent(message.content, attempt)
  const toolCalls = asList(message.tool_calls).map((call) => ollamaToolCall(call, attempt))
  const reasoning = message.reasoning_content ?? message.reasoning
  const toolName = role === 'tool' ? toolNameOf(message, attempt.task.body.view) : undefined
  return {
    role,
    content: text,
    ...(images.length > 0 ? { images } : {}),
    ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
    ...(typeof reasoning === 'string' ? { thinking: reasoning } : {}),
    ...(toolName === undefined ? {} : { tool_name: toolName }),
    ...(typeof message.tool_call_id === 'string' ? { tool_call_id: message.tool_call_id } : {}),
  }
}

/** Ollama takes one string and a list of images; OpenAI's parts are joined in their order. */
function readContent(content: JsonValue | undefined, attempt: FundedAttempt): { text: string; images: string[] } {
  if (typeof content === 'string') return { text: content, images: [] }
  const texts: string[] = []
  const images: string[] = []
  for (const value of asList(content)) {
    const part = asObject(value)
    if (part.type === 'text' || part.type === 'refusal') texts.push(partText(part, attempt))
    else if (part.type === 'image_url') images.push(imageData(part.image_url, attempt))
    else throw unsupported(attempt, `takes no content part of type ${String(part.type).slice(0, 40)}`)
  }
  return { text: texts.join('\n'), images }
}

function partText(part: JsonObject, attempt: FundedAttempt): string {
  const text = part.text ?? part.refusal ?? ''
  if (typeof text !== 'string') throw unsupported(attempt, 'needs the text of a content part to be a text')
  return text
}

function imageData(value: JsonValue | undefined, attempt: FundedAttempt): string {
  const url = typeof value === 'string' ? value : asObject(value).url
  const data = typeof url === 'string' ? /^data:[^,]*;base64,(.*)$/s.exec(url)?.[1] : undefined
  if (data === undefined)
    throw unsupported(
      attempt,
      'takes images as data: URLs in base64 only, because nothing is fetched on behalf of a request',
    )
  return data
}

/** Arguments are JSON text with OpenAI and an object with Ollama. */
function ollamaToolCall(value: JsonValue, attempt: FundedAttempt): JsonObject {
  const call = asObject(value)
  const called = asObject(call.function)
  if (typeof called.name !== 'string') throw unsupported(attempt, 'needs every tool call to name its tool')
  return {
    ...(typeof call.id === 'string' ? { id: call.id } : {}),
    function: { name: called.name, arguments: toolArguments(called.arguments, attempt) },
  }
}

function toolArguments(value: JsonValue | undefined, attempt: FundedAttempt): JsonValue {
  if (typeof value !== 'string') return value ?? {}
  if (value.trim() === '') return {}
  try {
    return JSON.parse(value) as JsonValue
  } catch {
    throw unsupported(attempt, 'needs the arguments of a tool call to be JSON')
  }
}

/** A tool's answer names its call by id; Ollama also wants the tool's name, which stands at the call. */
function toolNameOf(message: JsonObject, view: JsonObject): string | undefined {
  if (typeof message.name === 'string') return message.name
  for (const earlier of asList(view.messages)) {
    for (const value of asList(asObject(earlier).tool_calls)) {
      const call = asObject(value)
      const { name } = asObject(call.function)
      if (call.id === message.tool_call_id) return typeof name === 'string' ? name : undefined
    }
  }
  return undefined
}

/** All tools, or those that `tool_choice` names: Ollama has no way to force a call. */
function chosenTools(view: JsonObject): JsonValue[] | undefined {
  const tools = asList(view.tools)
  if (tools.length === 0) return undefined
  const choice = asObject(view.tool_choice)
  const named = choice.type === 'allowed_tools' ? asList(asObject(choice.allowed_tools).tools) : [choice]
  const chosen = named.flatMap((tool) => functionName(tool) ?? [])
  if (chosen.length === 0 && choice.type !== 'allowed_tools') return [...tools]
  return tools.filter((tool) => chosen.includes(functionName(tool) ?? ''))
}

function functionName(tool: JsonValue): string | undefined {
  const { name } = asObject(asObject(tool).function)
  return typeof name === 'string' ? name : undefined
}

/** Ollama answers a schema that is not an object with a 500, which would look like a fault of its own. */
function responseFormat(value: JsonValue | undefined, attempt: FundedAttempt): JsonValue | undefined {
  const format = asObject(value)
  if (format.type === 'json_object') return 'json'
  if (format.type !== 'json_schema') return undefined
  const schema = asObject(format.json_schema).schema ?? 'json'
  if (schema !== 'json' && !isObject(schema)) throw unsupported(attempt, 'needs a JSON schema to be an object')
  return schema
}

/** `think` as Ollama spells it wins; else OpenAI's `reasoning_effort`, where `none` means off. */
function thinking(view: JsonObject): JsonValue | undefined {
  const think = asObject(asObject(view.aegis).ollama).think ?? view.think
  if (think !== undefined) return think
  const effort = view.reasoning_effort ?? asObject(view.reasoning).effort
  if (typeof effort !== 'string') return undefined
  if (effort === 'none') return false
  return effort === 'minimal' ? 'low' : effort === 'xhigh' ? 'high' : effort
}

function sampling(view: JsonObject): Record<string, JsonValue> {
  const chosen: Record<string, JsonValue> = {}
  for (const [from, to] of options) {
    const value = view[from]
    if (typeof value === 'number') chosen[to] = value
  }
  const { stop } = view
  if (typeof stop === 'string') chosen.stop = [stop]
  else if (Array.isArray(stop)) chosen.stop = stop
  return chosen
}

function textBytes(messages: readonly Record<string, JsonValue>[]): number {
  let bytes = 0
  for (const { content, thinking: thought, tool_calls: calls } of messages) {
    if (typeof content === 'string') bytes += Buffer.byteLength(content)
    if (typeof thought === 'string') bytes += Buffer.byteLength(thought)
    if (calls !== undefined) bytes += Buffer.byteLength(JSON.stringify(calls))
    bytes += 16
  }
  return bytes
}

function smaller(left: number | undefined, right: number | undefined): number | undefined {
  if (left === undefined || right === undefined) return left ?? right
  return Math.min(left, right)
}

function unsupported(attempt: FundedAttempt, what: string): ProviderFailure {
  const provider = attempt.provider.name
  return new ProviderFailure('unsupported', { provider, message: `${provider} ${what}.`, dispatched: false })
}

function asList(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : []
}

function asObject(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {}
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
