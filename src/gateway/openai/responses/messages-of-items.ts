// Owns the step from the items of a response's input to the messages of a chat.
import type { AegisError } from '../../../domain/errors.ts'
import type { JsonObject, JsonValue } from '../../../domain/request-body.ts'
import { isAbsent, isObject, type ResponseItem, shownName, type TellOnlyThere, wrong } from './wire.ts'

type Message = { [member: string]: JsonValue }

/**
 * Reasoning is left out: it belongs to the model that thought it, and a chat has no place for it.
 * @param pathOf where an item stands in the request, for errors.
 * @param onlyThere told of items and parts that only OpenAI itself can use; they are left out when it returns.
 * @throws AegisError `invalid_request`
 */
export function messagesOfItems(
  items: readonly ResponseItem[],
  pathOf: (index: number) => string,
  onlyThere: TellOnlyThere,
): JsonObject[] {
  const messages: Message[] = []
  for (const [index, item] of items.entries()) {
    const path = pathOf(index)
    switch (item.type ?? 'message') {
      case 'message':
        messages.push(messageOf(item, path, onlyThere))
        break
      case 'function_call':
        addCall(messages, item, path, item.arguments)
        break
      case 'custom_tool_call':
        // Its input is any text, where the arguments of a function are JSON.
        onlyThere(refusedItem(item, path))
        addCall(messages, item, path, JSON.stringify({ input: item.input ?? '' }))
        break
      case 'custom_tool_call_output':
        onlyThere(refusedItem(item, path))
        messages.push(resultOf(item, path, onlyThere))
        break
      case 'function_call_output':
        messages.push(resultOf(item, path, onlyThere))
        break
      case 'reasoning':
        break
      default:
        onlyThere(refusedItem(item, path))
    }
  }
  return messages
}

function refusedItem({ type }: ResponseItem, path: string): AegisError {
  return wrong(`${path}.type`, `${shownName(type)} is not supported: send messages, function calls and their outputs`)
}

function resultOf(item: ResponseItem, path: string, onlyThere: TellOnlyThere): Message {
  return { role: 'tool', tool_call_id: callId(item, path), content: outputOf(item.output, path, onlyThere) }
}

const roles = new Set(['user', 'assistant', 'system', 'developer'])

function messageOf(item: ResponseItem, path: string, onlyThere: TellOnlyThere): Message {
  const { role, content } = item
  if (typeof role !== 'string' || !roles.has(role))
    throw wrong(`${path}.role`, 'must be one of user, assistant, system, developer')
  if (typeof content === 'string') return { role, content }
  if (!Array.isArray(content)) throw wrong(`${path}.content`, 'must be a text or a list of parts')
  const parts = partsOf(content, `${path}.content`, onlyThere)
  return { role, content: textAlone(parts, role) ?? parts }
}

/** One text stays a text; so do all texts of an assistant, whose answer was one. */
function textAlone(parts: readonly Message[], role: string): string | undefined {
  if (!parts.every(({ type }) => type === 'text')) return undefined
  if (parts.length > 1 && role !== 'assistant') return undefined
  return parts.map(({ text }) => text).join('')
}

function partsOf(content: readonly JsonValue[], path: string, onlyThere: TellOnlyThere): Message[] {
  const parts = content.map((part, index) => partOf(part, `${path}[${index}]`, onlyThere))
  return parts.filter((part) => part !== undefined)
}

/** Undefined for one that a chat has no words for. */
function partOf(part: JsonValue, path: string, onlyThere: TellOnlyThere): Message | undefined {
  if (!isObject(part)) throw wrong(path, 'must be an object with a type')
  switch (part.type) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return { type: 'text', text: textOf(part.text, `${path}.text`) }
    case 'refusal':
      return { type: 'text', text: textOf(part.refusal, `${path}.refusal`) }
    case 'input_image':
      return imageOf(part, path, onlyThere)
    case 'input_file':
      return fileOf(part, path, onlyThere)
    case 'input_audio':
      return { type: 'input_audio', input_audio: part.input_audio ?? {} }
    default:
      onlyThere(wrong(`${path}.type`, `${shownName(part.type)} is not supported`))
      return undefined
  }
}

function textOf(text: JsonValue | undefined, path: string): string {
  if (typeof text !== 'string') throw wrong(path, 'must be a text')
  return text
}

function imageOf({ image_url: url, detail, file_id: id }: JsonObject, path: string, onlyThere: TellOnlyThere): Message {
  if (!isAbsent(id)) {
    onlyThere(wrong(`${path}.file_id`, 'is not supported: send the image as a data: URL in image_url'))
    return { type: 'image_url', image_url: { url: '' } }
  }
  if (typeof url !== 'string') throw wrong(`${path}.image_url`, 'must be a text')
  return { type: 'image_url', image_url: { url, ...(isAbsent(detail) ? {} : { detail }) } }
}

function fileOf(
  { file_data: data, filename, file_id: id, file_url: url }: JsonObject,
  path: string,
  onlyThere: TellOnlyThere,
): Message {
  for (const [name, value] of Object.entries({ file_id: id, file_url: url })) {
    if (isAbsent(value)) continue
    onlyThere(wrong(`${path}.${name}`, 'is not supported: send the file itself in file_data'))
    return { type: 'file', file: {} }
  }
  if (typeof data !== 'string') throw wrong(`${path}.file_data`, 'must be a text')
  return { type: 'file', file: { file_data: data, ...(isAbsent(filename) ? {} : { filename }) } }
}

/** Calls that follow each other, or the assistant's text, are one message. */
function addCall(messages: Message[], item: ResponseItem, path: string, given: JsonValue | undefined): void {
  const { name } = item
  if (typeof name !== 'string') throw wrong(`${path}.name`, 'must be the name of a function')
  if (typeof given !== 'string') throw wrong(`${path}.arguments`, 'must be JSON as a text')
  const call = { id: callId(item, path), type: 'function', function: { name, arguments: given } }
  const last = messages.at(-1)
  if (last?.role !== 'assistant') messages.push({ role: 'assistant', content: null, tool_calls: [call] })
  else last.tool_calls = [...(Array.isArray(last.tool_calls) ? last.tool_calls : []), call]
}

function callId({ call_id: id }: ResponseItem, path: string): string {
  if (typeof id !== 'string' || id === '') throw wrong(`${path}.call_id`, 'must be the id of a call')
  return id
}

function outputOf(output: JsonValue | undefined, path: string, onlyThere: TellOnlyThere): JsonValue {
  if (typeof output === 'string') return output
  if (!Array.isArray(output)) throw wrong(`${path}.output`, 'must be a text or a list of parts')
  const parts = partsOf(output, `${path}.output`, onlyThere)
  const strange = parts.findIndex(({ type }) => type !== 'text')
  if (strange >= 0)
    onlyThere(wrong(`${path}.output[${strange}].type`, 'must be input_text: the result of a tool is text'))
  return parts.map(({ text }) => text ?? '').join('')
}
