// Owns the step from the items of a response's input to the messages of a chat.
import type { AegisError } from '../../../domain/errors.ts'
import type { JsonObject, JsonValue } from '../../../domain/request-body.ts'
import type { TurnExtras } from '../../../domain/turn-extras.ts'
import { isAbsent, isObject, type ResponseItem, shownName, type TellOnlyThere, wrong } from './wire.ts'

type Message = { [member: string]: JsonValue }

/** The messages of a chat, as items are added to them. */
export class ChatOfItems {
  readonly messages: Message[] = []
  /** The thoughts of earlier turns by the place of their message, which may be sent to those who take any: Ollama does. */
  readonly thoughts = new Map<number, string>()
  #thought = ''
  /** What tools gave that is no text: it follows their answers in a message of the user's, for a chat has texts only there. */
  #shown: Message[] = []

  /**
   * @param pathOf where an item stands in the request, for errors.
   * @param onlyThere told of items and parts that only OpenAI itself can use; they are left out when it returns.
   * @throws AegisError `invalid_request`
   */
  add(items: readonly ResponseItem[], pathOf: (index: number) => string, onlyThere: TellOnlyThere): void {
    for (const [index, item] of items.entries()) this.#add(item, pathOf(index), onlyThere)
    this.#show()
  }

  /** What a chat has no member for: `aegis.turns`. */
  turns(placesBefore: number): TurnExtras[] {
    return [...this.thoughts].map(([place, text]) => ({ at: placesBefore + place, reasoning_content: text }))
  }

  #add(item: ResponseItem, path: string, onlyThere: TellOnlyThere): void {
    switch (item.type ?? 'message') {
      case 'message':
        this.#say(messageOf(item, path, onlyThere))
        break
      case 'function_call':
        this.#call(item, path, item.arguments)
        break
      case 'custom_tool_call':
        // Its input is any text, where the arguments of a function are JSON.
        onlyThere(refusedItem(item, path))
        this.#call(item, path, JSON.stringify({ input: item.input ?? '' }))
        break
      case 'custom_tool_call_output':
        onlyThere(refusedItem(item, path))
        this.#answer(item, path, onlyThere)
        break
      case 'function_call_output':
        this.#answer(item, path, onlyThere)
        break
      case 'reasoning':
        this.#thought += thoughtOf(item)
        break
      default:
        onlyThere(refusedItem(item, path))
    }
  }

  #say(message: Message): void {
    this.#show()
    this.messages.push(message)
    this.#keepThought(message)
  }

  /** Calls that follow each other, or the assistant's text, are one message. */
  #call(item: ResponseItem, path: string, given: JsonValue | undefined): void {
    const { name } = item
    if (typeof name !== 'string') throw wrong(`${path}.name`, 'must be the name of a function')
    if (typeof given !== 'string') throw wrong(`${path}.arguments`, 'must be JSON as a text')
    const call = { id: callId(item, path), type: 'function', function: { name, arguments: given } }
    this.#show()
    const last = this.messages.at(-1)
    if (last?.role === 'assistant') {
      last.tool_calls = [...(Array.isArray(last.tool_calls) ? last.tool_calls : []), call]
      this.#keepThought(last)
    } else this.#say({ role: 'assistant', content: null, tool_calls: [call] })
  }

  #answer(item: ResponseItem, path: string, onlyThere: TellOnlyThere): void {
    const id = callId(item, path)
    const { text, others } = outputOf(item.output, path, onlyThere)
    this.messages.push({ role: 'tool', tool_call_id: id, content: text })
    this.#thought = ''
    if (others.length > 0) this.#shown.push({ type: 'text', text: `Shown by the tool of call ${id}:` }, ...others)
  }

  #show(): void {
    if (this.#shown.length > 0) this.messages.push({ role: 'user', content: this.#shown })
    this.#shown = []
  }

  /** A thought stands before what was said or called after it, and belongs to nothing else. */
  #keepThought({ role }: Message): void {
    const place = this.messages.length - 1
    if (role === 'assistant' && this.#thought !== '')
      this.thoughts.set(place, (this.thoughts.get(place) ?? '') + this.#thought)
    this.#thought = ''
  }
}

/** The thoughts themselves where they are told, else their summary; sealed ones are for who sealed them. */
function thoughtOf({ content, summary }: ResponseItem): string {
  const texts = textsOf(content)
  return texts === '' ? textsOf(summary) : texts
}

function textsOf(parts: JsonValue | undefined): string {
  if (!Array.isArray(parts)) return ''
  return parts.map((part: JsonValue) => (isObject(part) && typeof part.text === 'string' ? part.text : '')).join('')
}

function refusedItem({ type }: ResponseItem, path: string): AegisError {
  return wrong(`${path}.type`, `${shownName(type)} is not supported: send messages, function calls and their outputs`)
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

/** One text stays a text, unless a mark needs its place; so do all texts of an assistant, whose answer was one. */
function textAlone(parts: readonly Message[], role: string): string | undefined {
  if (!parts.every((part) => part.type === 'text' && !(BREAKPOINT in part))) return undefined
  if (parts.length > 1 && role !== 'assistant') return undefined
  return parts.map(({ text }) => text).join('')
}

/** Where a prompt may be cached up to; a chat's parts have it by the same name. */
const BREAKPOINT = 'prompt_cache_breakpoint'

function partsOf(content: readonly JsonValue[], path: string, onlyThere: TellOnlyThere): Message[] {
  return content.flatMap((value, index) => {
    const place = `${path}[${index}]`
    if (!isObject(value)) throw wrong(place, 'must be an object with a type')
    const part = partOf(value, place, onlyThere)
    if (!part) return []
    const { [BREAKPOINT]: mark } = value
    return isAbsent(mark) ? [part] : [{ ...part, [BREAKPOINT]: mark }]
  })
}

/** Undefined for one that a chat has no words for. */
function partOf(part: JsonObject, path: string, onlyThere: TellOnlyThere): Message | undefined {
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

function callId({ call_id: id }: ResponseItem, path: string): string {
  if (typeof id !== 'string' || id === '') throw wrong(`${path}.call_id`, 'must be the id of a call')
  return id
}

interface ToolOutput {
  readonly text: JsonValue
  readonly others: readonly Message[]
}

function outputOf(output: JsonValue | undefined, path: string, onlyThere: TellOnlyThere): ToolOutput {
  if (typeof output === 'string') return { text: output, others: [] }
  if (!Array.isArray(output)) throw wrong(`${path}.output`, 'must be a text or a list of parts')
  const parts = partsOf(output, `${path}.output`, onlyThere)
  const texts = parts.filter(({ type }) => type === 'text')
  return { text: textAlone(texts, 'assistant') ?? texts, others: parts.filter(({ type }) => type !== 'text') }
}
