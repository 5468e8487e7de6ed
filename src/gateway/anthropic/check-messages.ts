// Owns the shape of a Messages request: wrong types are named by Anthropic's own names, unknown members are left alone.
import type { JsonObject, JsonValue } from '../../domain/chat-body.ts'
import { refuseMisplacedHints } from '../../domain/check-chat.ts'
import { isObject, isPresent, wrong } from './json-reading.ts'

const roles: ReadonlySet<unknown> = new Set(['user', 'assistant', 'system'])

/** Members with a range (https://platform.claude.com/docs/en/api/messages), all optional. */
export const messageNumbers: readonly {
  readonly name: string
  readonly min: number
  readonly max: number
  readonly whole: boolean
}[] = [
  { name: 'max_tokens', min: 1, max: 10_000_000, whole: true },
  { name: 'temperature', min: 0, max: 1, whole: false },
  { name: 'top_p', min: 0, max: 1, whole: false },
  { name: 'top_k', min: 0, max: 1_000_000, whole: true },
]
const objects = ['metadata', 'thinking', 'tool_choice', 'output_config'] as const

/**
 * @param needsCap a count of tokens generates nothing, so it has no `max_tokens`.
 * @throws AegisError `invalid_request` whose `param` is the path of the member at fault.
 */
export function checkMessagesRequest(view: JsonObject, needsCap: boolean): void {
  refuseMisplacedHints(view)
  if (needsCap && !isPresent(view.max_tokens)) throw wrong('max_tokens', 'is missing: send the most tokens to generate')
  for (const { name, min, max, whole } of messageNumbers) {
    const value = view[name]
    if (!isPresent(value)) continue
    if (typeof value !== 'number' || value < min || value > max || (whole && !Number.isInteger(value)))
      throw wrong(name, `must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}`)
  }
  for (const name of objects) {
    if (isPresent(view[name]) && !isObject(view[name])) throw wrong(name, 'must be an object')
  }
  if (isPresent(view.stream) && typeof view.stream !== 'boolean') throw wrong('stream', 'must be true or false')
  const { stop_sequences: stops, tools } = view
  if (isPresent(stops) && !(Array.isArray(stops) && stops.every((stop) => typeof stop === 'string')))
    throw wrong('stop_sequences', 'must be a list of texts')
  if (isPresent(tools) && !Array.isArray(tools)) throw wrong('tools', 'must be a list of tools')
  for (const [index, tool] of (Array.isArray(tools) ? tools : []).entries()) checkTool(tool, `tools[${index}]`)
  if (isPresent(view.system)) checkContent(view.system, 'system')
  checkMessages(view.messages)
}

function checkTool(tool: JsonValue, path: string): void {
  if (!isObject(tool)) throw wrong(path, 'must be an object')
  const isOwn = !isPresent(tool.type) || tool.type === 'custom'
  if (isOwn && typeof tool.name !== 'string') throw wrong(`${path}.name`, 'must be the name of a tool')
  if (isOwn && !isObject(tool.input_schema)) throw wrong(`${path}.input_schema`, 'must be a JSON schema')
}

function checkMessages(messages: JsonValue | undefined): void {
  if (!isPresent(messages)) throw wrong('messages', 'is missing: send a list of messages')
  if (!Array.isArray(messages)) throw wrong('messages', 'must be a list of messages')
  if (messages.length === 0) throw wrong('messages', 'must not be empty')
  for (const [index, message] of messages.entries()) {
    const path = `messages[${index}]`
    if (!isObject(message)) throw wrong(path, 'must be an object with a role')
    if (!roles.has(message.role)) throw wrong(`${path}.role`, 'must be user or assistant')
    if (!isPresent(message.content)) throw wrong(`${path}.content`, 'is missing')
    checkContent(message.content, `${path}.content`)
    for (const [place, block] of (Array.isArray(message.content) ? message.content : []).entries())
      checkBlock(block as JsonObject, `${path}.content[${place}]`)
  }
}

function checkContent(content: JsonValue, path: string): void {
  if (typeof content === 'string') return
  if (!Array.isArray(content)) throw wrong(path, 'must be a text or a list of blocks')
  for (const [place, block] of content.entries()) {
    if (!isObject(block) || typeof block.type !== 'string')
      throw wrong(`${path}[${place}]`, 'must be an object with a type')
    if (block.type === 'text' && typeof block.text !== 'string') throw wrong(`${path}[${place}].text`, 'must be a text')
  }
}

function checkBlock(block: JsonObject, path: string): void {
  if (block.type === 'tool_use') {
    for (const name of ['id', 'name'] as const)
      if (typeof block[name] !== 'string') throw wrong(`${path}.${name}`, 'must be a text')
  }
  if (block.type !== 'tool_result') return
  if (typeof block.tool_use_id !== 'string') throw wrong(`${path}.tool_use_id`, 'must be the id of a tool use')
  if (isPresent(block.content)) checkContent(block.content, `${path}.content`)
}
