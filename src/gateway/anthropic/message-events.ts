// Owns the events of Anthropic's stream, made from OpenAI's deltas: one block after the other, each opened and closed.
import type { JsonObject } from '../../domain/chat-body.ts'
import { reasoningOf, textOf, type WireMessage, type WireToolCall } from './encode-message.ts'

/** An event of Anthropic's stream as its bytes. */
export function messageEvent(data: { readonly type: string; readonly [member: string]: unknown }): Buffer {
  return Buffer.from(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`)
}

type OpenBlock =
  | { readonly kind: 'text' | 'thinking'; readonly index: number }
  | { readonly kind: 'tool'; readonly index: number; readonly call: number }

export class MessageEvents {
  #open: OpenBlock | undefined
  #blocks = 0
  /** Blocks of calls by OpenAI's index. */
  readonly #calls = new Map<number, number>()

  /** The events of one delta. */
  of(delta: WireMessage): Buffer[] {
    const events: Buffer[] = []
    const thought = reasoningOf(delta)
    if (thought !== '') this.#think(events, thought)
    for (const block of delta.thinking_blocks ?? []) this.#sign(events, block)
    const text = textOf(delta)
    if (text !== '') this.#say(events, text)
    for (const call of delta.tool_calls ?? []) this.#call(events, call)
    return events
  }

  /** The end of the block that is open, if one is. */
  close(): Buffer[] {
    if (!this.#open) return []
    const { index } = this.#open
    this.#open = undefined
    return [messageEvent({ type: 'content_block_stop', index })]
  }

  #think(events: Buffer[], thinking: string): void {
    const index = this.#blockOf(events, 'thinking')
    events.push(deltaEvent(index, { type: 'thinking_delta', thinking }))
  }

  #say(events: Buffer[], text: string): void {
    const index = this.#blockOf(events, 'text')
    events.push(deltaEvent(index, { type: 'text_delta', text }))
  }

  /** A signed thought comes whole after its words; only its signature is new, unless it had no words to stream. */
  #sign(events: Buffer[], block: JsonObject): void {
    const { type, thinking, signature } = block
    if (type !== 'thinking') {
      events.push(...this.close(), this.#start(block), ...this.#stopLast())
      return
    }
    const isOpen = this.#open?.kind === 'thinking'
    const index = this.#blockOf(events, 'thinking')
    if (!isOpen && typeof thinking === 'string' && thinking !== '')
      events.push(deltaEvent(index, { type: 'thinking_delta', thinking }))
    events.push(deltaEvent(index, { type: 'signature_delta', signature: signature ?? '' }), ...this.close())
  }

  #call(events: Buffer[], { index: given, id, function: called }: WireToolCall): void {
    const call = given ?? this.#calls.size
    const known = this.#calls.get(call)
    let index = known
    if (index === undefined) {
      events.push(...this.close())
      index = this.#blocks
      this.#calls.set(call, index)
      events.push(this.#start({ type: 'tool_use', id: id || `toolu_${call}`, name: called?.name ?? '', input: {} }))
      this.#open = { kind: 'tool', index, call }
    }
    const text = called?.arguments ?? ''
    if (text !== '') events.push(deltaEvent(index, { type: 'input_json_delta', partial_json: text }))
  }

  /** The index of the open block of this kind, which is opened when another one is or none. */
  #blockOf(events: Buffer[], kind: 'text' | 'thinking'): number {
    if (this.#open?.kind === kind) return this.#open.index
    events.push(...this.close())
    const index = this.#blocks
    events.push(this.#start(kind === 'text' ? { type: 'text', text: '' } : { type: kind, thinking: '', signature: '' }))
    this.#open = { kind, index }
    return index
  }

  #start(block: JsonObject): Buffer {
    const index = this.#blocks
    this.#blocks += 1
    return messageEvent({ type: 'content_block_start', index, content_block: block })
  }

  #stopLast(): Buffer[] {
    return [messageEvent({ type: 'content_block_stop', index: this.#blocks - 1 })]
  }
}

function deltaEvent(index: number, delta: JsonObject): Buffer {
  return messageEvent({ type: 'content_block_delta', index, delta })
}
