// Owns the shape of a chat completion request: wrong types are named, unknown members are left alone.
import type { JsonObject, JsonValue } from './chat-body.ts'
import { AegisError } from './errors.ts'

const roles = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function'])

/** Members with a range, all optional; null counts as absent, as OpenAI has it. */
export const chatNumbers: readonly {
  readonly name: string
  readonly min: number
  readonly max: number
  readonly whole: boolean
}[] = [
  { name: 'temperature', min: 0, max: 2, whole: false },
  { name: 'top_p', min: 0, max: 1, whole: false },
  { name: 'max_tokens', min: 1, max: 10_000_000, whole: true },
  { name: 'max_completion_tokens', min: 1, max: 10_000_000, whole: true },
  { name: 'n', min: 1, max: 128, whole: true },
  { name: 'presence_penalty', min: -2, max: 2, whole: false },
  { name: 'frequency_penalty', min: -2, max: 2, whole: false },
  { name: 'top_logprobs', min: 0, max: 20, whole: true },
]
const booleans = ['stream', 'logprobs', 'parallel_tool_calls'] as const
const objects = ['stream_options', 'response_format', 'metadata', 'logit_bias'] as const

/** Where a hint belongs; at the top it would be forwarded and not obeyed. */
const misplacedHints = ['data_classification', 'dataClassification', 'quality_requirement', 'batch_size'] as const

/** @throws AegisError `invalid_request` for a hint at the top of a request. */
export function refuseMisplacedHints(view: JsonObject): void {
  for (const name of misplacedHints) {
    if (name in view)
      throw wrong(
        name,
        `belongs into the object aegis: {"aegis": {"${name === 'dataClassification' ? 'data_classification' : name}": …}}`,
      )
  }
}

/** @throws AegisError `invalid_request` whose `param` is the path of the member at fault. */
export function checkChat(view: JsonObject): void {
  refuseMisplacedHints(view)
  checkMessages(view.messages)
  for (const { name, min, max, whole } of chatNumbers) {
    const value = view[name]
    if (value === undefined || value === null) continue
    if (typeof value !== 'number' || value < min || value > max || (whole && !Number.isInteger(value))) {
      throw wrong(name, `must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}`)
    }
  }
  for (const name of booleans) {
    const value = view[name]
    if (value !== undefined && value !== null && typeof value !== 'boolean') throw wrong(name, 'must be true or false')
  }
  for (const name of objects) {
    const value = view[name]
    if (value !== undefined && value !== null && !isObject(value)) throw wrong(name, 'must be an object')
  }
  const { tools } = view
  if (tools !== undefined && tools !== null && !(Array.isArray(tools) && tools.every(isObject)))
    throw wrong('tools', 'must be a list of objects')
}

function checkMessages(messages: JsonValue | undefined): void {
  if (messages === undefined) throw wrong('messages', 'is missing: send a list of messages')
  if (!Array.isArray(messages)) throw wrong('messages', 'must be a list of messages')
  if (messages.length === 0) throw wrong('messages', 'must not be empty')
  for (const [index, message] of messages.entries()) {
    const path = `messages[${index}]`
    if (!isObject(message)) throw wrong(path, 'must be an object with a role')
    if (typeof message.role !== 'string' || !roles.has(message.role)) {
      throw wrong(`${path}.role`, 'must be one of system, developer, user, assistant, tool')
    }
    const { content } = message
    if (content === undefined || content === null) {
      if (message.role === 'assistant' || message.role === 'function') continue
      throw wrong(`${path}.content`, 'is missing')
    }
    if (typeof content === 'string') continue
    if (!Array.isArray(content)) throw wrong(`${path}.content`, 'must be a text or a list of parts')
    for (const [place, part] of content.entries()) {
      if (!isObject(part) || typeof part.type !== 'string')
        throw wrong(`${path}.content[${place}]`, 'must be an object with a type')
    }
  }
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong(param: string, what: string): AegisError {
  return new AegisError('invalid_request', `${param} ${what}.`, { param })
}
