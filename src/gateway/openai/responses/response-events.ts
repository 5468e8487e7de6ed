// Owns the events of a streamed response, made one by one from the chunks of a chat.
import {
  type ChatChoice,
  type ChatToolCall,
  callItem,
  type ItemId,
  itemIds,
  messageItem,
  reasoningItem,
  refusalPart,
  summaryPart,
  textPart,
} from './output-items.ts'
import { type ChatUsage, failedResponse, type ResponseFrame, responseObject } from './response-object.ts'
import type { EventSource } from './response-writer.ts'
import type { ResponseObject } from './wire.ts'

interface ChatChunk {
  readonly choices?: readonly ChatChoice[]
  readonly usage?: ChatUsage | null
}

/** What is being written now, besides calls: they are closed at the end, since their pieces may alternate. */
type OpenItem =
  | { readonly kind: 'reasoning'; readonly id: string; readonly index: number; text: string }
  | {
      readonly kind: 'message'
      readonly id: string
      readonly index: number
      readonly parts: object[]
      part: { readonly kind: 'text' | 'refusal'; text: string; readonly logprobs: object[] } | undefined
    }

interface OpenCall {
  readonly id: string
  readonly index: number
  readonly callId: string
  readonly name: string
  text: string
}

/** Each method returns the events to be written, in their order. */
export class ResponseEvents implements EventSource {
  readonly #frame: ResponseFrame
  readonly #idOf: ItemId
  readonly #output: object[] = []
  readonly #calls = new Map<number, OpenCall>()
  #written: string[] = []
  #sequence = 0
  #open: OpenItem | undefined
  #finishReason: string | null | undefined
  #usage: ChatUsage | null | undefined

  constructor(frame: ResponseFrame) {
    this.#frame = frame
    this.#idOf = itemIds(frame.id)
  }

  start(): Buffer {
    const response = responseObject(this.#frame, [])
    this.#emit('response.created', { response })
    this.#emit('response.in_progress', { response })
    return this.#take()
  }

  /** @param frames whole events of a chat. */
  chunks(frames: Buffer): Buffer {
    for (const line of frames.toString('utf8').split('\n')) {
      const chunk = line.startsWith('data:') ? parsed(line.slice(5)) : undefined
      if (!chunk) continue
      this.#usage = chunk.usage ?? this.#usage
      const choice = chunk.choices?.find(({ index = 0 }) => index === 0)
      if (choice) this.#add(choice)
    }
    return this.#take()
  }

  /** Closes every item. @returns the response as it is kept and, in `events`, all but the last event. */
  finish(endedAtMs: number): { readonly events: Buffer; readonly response: ResponseObject } {
    this.#close()
    for (const call of this.#calls.values()) this.#closeCall(call)
    this.#calls.clear()
    const end = { finishReason: this.#finishReason, usage: this.#usage, endedAtMs }
    return { events: this.#take(), response: responseObject(this.#frame, this.#output, end) }
  }

  last(response: ResponseObject): Buffer {
    this.#emit(response.status === 'incomplete' ? 'response.incomplete' : 'response.completed', { response })
    return this.#take()
  }

  /** For clients that read responses, and for those that wait for an error. */
  failed(code: string, message: string): Buffer {
    this.#emit('response.failed', { response: failedResponse(this.#frame, this.#output, message) })
    this.#emit('error', { code, message, param: null })
    return this.#take()
  }

  #add({ delta = {}, logprobs, finish_reason: reason }: ChatChoice): void {
    this.#finishReason = reason ?? this.#finishReason
    const thought = delta.reasoning_content ?? delta.reasoning
    if (thought) this.#addThought(thought)
    if (delta.content) this.#addText('text', delta.content, logprobs?.content ?? [])
    if (delta.refusal) this.#addText('refusal', delta.refusal, [])
    for (const call of delta.tool_calls ?? []) this.#addCall(call)
  }

  #addThought(delta: string): void {
    if (this.#open?.kind !== 'reasoning') {
      this.#close()
      const item = { kind: 'reasoning' as const, id: this.#idOf('rs'), index: this.#place(), text: '' }
      this.#open = item
      this.#emit('response.output_item.added', { output_index: item.index, item: reasoningItem(item.id, '') })
      this.#emit('response.reasoning_summary_part.added', { ...summaryPlace(item), part: summaryPart('') })
    }
    this.#open.text += delta
    this.#emit('response.reasoning_summary_text.delta', { ...summaryPlace(this.#open), delta })
  }

  #addText(kind: 'text' | 'refusal', delta: string, logprobs: readonly object[]): void {
    if (this.#open?.kind !== 'message') {
      this.#close()
      const place = { id: this.#idOf('msg'), index: this.#place() }
      this.#open = { kind: 'message', ...place, parts: [], part: undefined }
      const item = messageItem(place.id, [], 'in_progress')
      this.#emit('response.output_item.added', { output_index: place.index, item })
    }
    const item = this.#open
    if (item.part?.kind !== kind) {
      this.#closePart(item)
      item.part = { kind, text: '', logprobs: [] }
      const part = kind === 'text' ? textPart('') : refusalPart('')
      this.#emit('response.content_part.added', { ...partPlace(item), part })
    }
    item.part.text += delta
    item.part.logprobs.push(...logprobs)
    if (kind === 'text') this.#emit('response.output_text.delta', { ...partPlace(item), delta, logprobs })
    else this.#emit('response.refusal.delta', { ...partPlace(item), delta })
  }

  #addCall(delta: ChatToolCall): void {
    this.#close()
    const key = delta.index ?? this.#calls.size
    let call = this.#calls.get(key)
    if (!call) {
      const id = this.#idOf('fc')
      call = { id, index: this.#place(), callId: delta.id ?? id, name: delta.function?.name ?? '', text: '' }
      this.#calls.set(key, call)
      const item = callItem({ ...call, arguments: '' }, 'in_progress')
      this.#emit('response.output_item.added', { output_index: call.index, item })
    }
    const piece = delta.function?.arguments
    if (!piece) return
    call.text += piece
    const place = { item_id: call.id, output_index: call.index }
    this.#emit('response.function_call_arguments.delta', { ...place, delta: piece })
  }

  #closeCall(call: OpenCall): void {
    const { id, index, name, text } = call
    const place = { item_id: id, output_index: index }
    this.#emit('response.function_call_arguments.done', { ...place, name, arguments: text })
    this.#done(index, callItem({ ...call, arguments: text }, 'completed'))
  }

  #close(): void {
    const item = this.#open
    this.#open = undefined
    if (item?.kind === 'reasoning') {
      this.#emit('response.reasoning_summary_text.done', { ...summaryPlace(item), text: item.text })
      this.#emit('response.reasoning_summary_part.done', { ...summaryPlace(item), part: summaryPart(item.text) })
      this.#done(item.index, reasoningItem(item.id, item.text))
    } else if (item) {
      this.#closePart(item)
      this.#done(item.index, messageItem(item.id, item.parts, 'completed'))
    }
  }

  #closePart(item: Extract<OpenItem, { kind: 'message' }>): void {
    if (!item.part) return
    const { kind, text, logprobs } = item.part
    const place = partPlace(item)
    const part = kind === 'text' ? textPart(text, logprobs) : refusalPart(text)
    if (kind === 'text') this.#emit('response.output_text.done', { ...place, text, logprobs })
    else this.#emit('response.refusal.done', { ...place, refusal: text })
    this.#emit('response.content_part.done', { ...place, part })
    item.parts.push(part)
    item.part = undefined
  }

  #done(index: number, item: object): void {
    this.#output[index] = item
    this.#emit('response.output_item.done', { output_index: index, item })
  }

  /** Items get their place when they begin. */
  #place(): number {
    this.#output.push({})
    return this.#output.length - 1
  }

  #emit(type: string, members: object): void {
    const data = JSON.stringify({ type, sequence_number: this.#sequence++, ...members })
    this.#written.push(`event: ${type}\ndata: ${data}\n\n`)
  }

  #take(): Buffer {
    const text = this.#written.join('')
    this.#written = []
    return Buffer.from(text)
  }
}

function summaryPlace({ id, index }: { readonly id: string; readonly index: number }): object {
  return { item_id: id, output_index: index, summary_index: 0 }
}

function partPlace({ id, index, parts }: Extract<OpenItem, { kind: 'message' }>): object {
  return { item_id: id, output_index: index, content_index: parts.length }
}

function parsed(data: string): ChatChunk | undefined {
  try {
    return JSON.parse(data) as ChatChunk
  } catch {
    return undefined
  }
}
