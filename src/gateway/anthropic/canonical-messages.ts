// Owns the translation of Anthropic's system and messages into OpenAI's.
import type { JsonObject, JsonValue } from '../../domain/chat-body.ts'
import type { TurnExtras } from '../../domain/turn-extras.ts'
import { asObject, isPresent } from './json-reading.ts'

export interface CanonicalMessages {
  readonly messages: readonly JsonObject[]
  /** What OpenAI's messages have no place for: `aegis.turns`. */
  readonly turns: readonly TurnExtras[]
}

/** @param view a request whose shape has been checked. */
export function canonicalMessages(view: JsonObject): CanonicalMessages {
  const writer = new ConversationWriter()
  if (isPresent(view.system)) writer.add('system', blocksOf(view.system))
  for (const value of view.messages as readonly JsonValue[]) {
    const { role, content } = asObject(value)
    const blocks = blocksOf(content ?? '')
    if (role === 'assistant') writer.addAssistant(blocks)
    else if (role === 'system') writer.add('system', blocks)
    else writer.addUser(blocks)
  }
  return writer
}

class ConversationWriter implements CanonicalMessages {
  readonly messages: JsonObject[] = []
  readonly turns: TurnExtras[] = []

  /** A message that is nothing but its parts. */
  add(role: 'system' | 'user', blocks: readonly JsonObject[]): void {
    this.#push({ role, content: contentOf(blocks) }, marksOf(blocks))
  }

  /** The answers of tools are messages of their own; their images follow in the caller's, for OpenAI has texts only there. */
  addUser(blocks: readonly JsonObject[]): void {
    const shown: JsonObject[] = []
    for (const block of blocks) {
      if (block.type !== 'tool_result') continue
      const parts = blocksOf(block.content ?? '').map((one) => userPart(one))
      const texts = parts.filter(({ type }) => type === 'text')
      const others = parts.filter(({ type }) => type !== 'text')
      const content = texts.length === 1 ? texts[0]?.text : texts.length === 0 ? '' : texts
      const answered = { role: 'tool', tool_call_id: block.tool_use_id ?? '', content: content ?? '' }
      this.#push(answered, block.is_error === true ? { is_error: true } : {})
      if (others.length > 0) shown.push(textPart(`Shown by the tool of call ${block.tool_use_id}:`), ...others)
    }
    const own = blocks.filter(({ type }) => type !== 'tool_result')
    if (shown.length > 0) this.#push({ role: 'user', content: [...shown, ...own.map(userPart)] })
    else if (own.length > 0 || blocks.length === 0) this.add('user', own)
  }

  addAssistant(blocks: readonly JsonObject[]): void {
    const calls = blocks.filter(({ type }) => type === 'tool_use')
    const thoughts = blocks.filter(({ type }) => type === 'thinking' || type === 'redacted_thinking')
    const said = blocks.filter((block) => !calls.includes(block) && !thoughts.includes(block))
    const reasoning = thoughts.flatMap(({ thinking }) => (typeof thinking === 'string' ? [thinking] : [])).join('')
    // Only a signed thought can go back to the model that had it; an unsigned one is for those who take any.
    const signed = thoughts.filter(
      ({ type, signature }) => type !== 'thinking' || (isPresent(signature) && signature !== ''),
    )
    const marks = marksOf(said)
    this.#push(
      {
        role: 'assistant',
        content: said.length === 0 && calls.length > 0 ? null : contentOf(said),
        ...(calls.length > 0 ? { tool_calls: calls.map(toolCall) } : {}),
      },
      {
        ...marks,
        ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
        ...(signed.length === 0 ? {} : { thinking_blocks: signed }),
      },
    )
  }

  #push(message: JsonObject, extras: Omit<TurnExtras, 'at'> = {}): void {
    if (Object.keys(extras).length > 0) this.turns.push({ at: this.messages.length, ...extras })
    this.messages.push(message)
  }
}

function blocksOf(content: JsonValue): readonly JsonObject[] {
  if (typeof content === 'string') return [textPart(content)]
  return (Array.isArray(content) ? content : []).map(asObject)
}

/** A single text stands as such, unless a mark needs its place. */
function contentOf(blocks: readonly JsonObject[]): JsonValue {
  const [first] = blocks
  if (first === undefined) return ''
  return blocks.length === 1 && first.type === 'text' && !isPresent(first.cache_control)
    ? (first.text ?? '')
    : blocks.map(userPart)
}

function marksOf(blocks: readonly JsonObject[]): { cache_control?: Record<string, JsonValue> } {
  const marks = blocks.flatMap(({ cache_control: mark }, place) => (isPresent(mark) ? [[place, mark] as const] : []))
  return marks.length === 0 ? {} : { cache_control: Object.fromEntries(marks) }
}

function textPart(text: string): JsonObject {
  return { type: 'text', text }
}

/** What has no counterpart stays as it is: a provider that does not know it says so, and the next one is asked. */
function userPart(block: JsonObject): JsonObject {
  switch (block.type) {
    case 'text':
      return textPart(String(block.text))
    case 'image':
      return imagePart(block)
    case 'document':
      return documentPart(block)
    default:
      return block
  }
}

function imagePart(block: JsonObject): JsonObject {
  const { type, media_type: mediaType, data, url } = asObject(block.source)
  if (type === 'base64') return { type: 'image_url', image_url: { url: `data:${mediaType};base64,${data}` } }
  if (type === 'url') return { type: 'image_url', image_url: { url: url ?? '' } }
  return block
}

function documentPart(block: JsonObject): JsonObject {
  const { type, media_type: mediaType, data } = asObject(block.source)
  const title = typeof block.title === 'string' ? block.title : undefined
  if (type === 'text') return textPart(title === undefined ? String(data) : `${title}\n\n${data}`)
  if (type !== 'base64') return block
  const file = { filename: title ?? 'document.pdf', file_data: `data:${mediaType};base64,${data}` }
  return { type: 'file', file }
}

function toolCall(block: JsonObject): JsonObject {
  const called = { name: block.name ?? '', arguments: JSON.stringify(block.input ?? {}) }
  return { id: block.id ?? '', type: 'function', function: called }
}
