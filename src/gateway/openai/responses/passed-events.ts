// Owns what changes in a response that its provider wrote itself: its ids, so that it can be found here, and where it is kept.
import { editMembers } from '../../../domain/edit-members.ts'
import { eventData, splitEvents } from '../../../domain/event-bytes.ts'
import { scanMembers } from '../../../domain/json-members.ts'
import type { JsonObject } from '../../../domain/request-body.ts'
import type { EventSource } from './response-writer.ts'
import { isAbsent, isObject, type ResponseObject } from './wire.ts'

/** What is said of a response here and not there. */
export interface PassedFrame {
  readonly id: string
  readonly store: boolean
  /** The request. */
  readonly view: JsonObject
}

/** Items get ids that hold the response's own, by which a reference finds them. */
class ItemNames {
  readonly #names = new Map<string, string>()
  readonly #responseId: string
  readonly #keepsThoughts: boolean

  constructor({ id, view }: PassedFrame) {
    this.#responseId = id
    // Sealed thoughts are opened only under the id that they were sealed with.
    this.#keepsThoughts = Array.isArray(view.include) && view.include.includes('reasoning.encrypted_content')
  }

  meet(item: unknown): void {
    if (typeof item !== 'object' || item === null || !('id' in item) || typeof item.id !== 'string') return
    if (this.#keepsThoughts && 'type' in item && item.type === 'reasoning') return
    if (this.#names.has(item.id)) return
    const prefix = /^[a-z]{1,12}(?=_)/.exec(item.id)?.[0] ?? 'item'
    const place = this.#names.size.toString(16).padStart(2, '0')
    this.#names.set(item.id, `${prefix}_${this.#responseId.slice('resp_'.length)}${place}`)
  }

  /** JSON with the ids of here. Inside of a text their quotes would be escaped, so that it cannot be meant. */
  renamed(json: Buffer): Buffer {
    if (this.#names.size === 0) return json
    let text = json.toString('latin1')
    for (const [theirs, ours] of this.#names) text = text.replaceAll(`"${theirs}"`, `"${ours}"`)
    return Buffer.from(text, 'latin1')
  }
}

/** A whole response. */
export function passedResponse(body: Buffer, frame: PassedFrame): Buffer {
  const names = new ItemNames(frame)
  const { output } = JSON.parse(body.toString('utf8')) as { readonly output?: unknown }
  if (Array.isArray(output)) for (const item of output) names.meet(item)
  return ours(names.renamed(body), frame)
}

/** The same response, of which is told that it is not kept. */
export function unkept(body: Buffer): Buffer {
  return editMembers({ bytes: body, members: scanMembers(body).members }, new Map([['store', 'false']]))
}

function ours(response: Buffer, { id, store, view }: PassedFrame): Buffer {
  const previous = view.previous_response_id
  const edits = new Map([
    ['id', JSON.stringify(id)],
    ['store', String(store)],
    ...(isAbsent(previous) ? [] : [['previous_response_id', JSON.stringify(previous)] as const]),
  ])
  return editMembers({ bytes: response, members: scanMembers(response).members }, edits)
}

interface PassedEvent {
  readonly type?: unknown
  readonly sequence_number?: unknown
  readonly item?: unknown
  readonly response?: { readonly output?: unknown } | null
}

/** The events of a stream; the last one is held back until what it tells of is kept. */
export class PassedEvents implements EventSource {
  readonly #frame: PassedFrame
  readonly #names: ItemNames
  /** The newest response that was told of. */
  #response: Buffer | undefined
  #last: Buffer | undefined
  #events = 0

  constructor(frame: PassedFrame) {
    this.#frame = frame
    this.#names = new ItemNames(frame)
  }

  start(): Buffer {
    return Buffer.alloc(0)
  }

  chunks(frames: Buffer): Buffer {
    return Buffer.concat(splitEvents(frames).map((event) => this.#passed(event)))
  }

  finish(): { readonly events: Buffer; readonly response: ResponseObject } {
    return { events: Buffer.alloc(0), response: JSON.parse(String(this.#response)) as ResponseObject }
  }

  last({ store }: ResponseObject): Buffer {
    const event = this.#last ?? Buffer.alloc(0)
    return store === this.#frame.store ? event : this.#withResponse(event, unkept)
  }

  failed(code: string, message: string): Buffer {
    const known = this.#response ? (JSON.parse(String(this.#response)) as object) : { id: this.#frame.id, output: [] }
    const response = { ...known, status: 'failed', error: { code: 'server_error', message } }
    const event = (type: string, members: object) =>
      `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: this.#events++, ...members })}\n\n`
    return Buffer.from(event('response.failed', { response }) + event('error', { code, message, param: null }))
  }

  #passed(event: Buffer): Buffer {
    const isOfItem = event.includes('"item"')
    const isOfResponse = event.includes('"response"')
    if (!isOfItem && !isOfResponse) {
      this.#events += 1
      return this.#names.renamed(event)
    }
    const parsed = parsedEvent(event)
    if (typeof parsed?.sequence_number === 'number') this.#events = parsed.sequence_number
    this.#events += 1
    this.#names.meet(parsed?.item)
    const output = parsed?.response?.output
    if (Array.isArray(output)) for (const item of output) this.#names.meet(item)
    const named = this.#names.renamed(event)
    if (!parsed?.response) return named
    const passed = this.#withResponse(named, (response) => {
      this.#response = ours(response, this.#frame)
      return this.#response
    })
    if (parsed.type !== 'response.completed' && parsed.type !== 'response.incomplete') return passed
    this.#last = passed
    return Buffer.alloc(0)
  }

  /** The event with another response in it; all its other bytes are the provider's. */
  #withResponse(event: Buffer, change: (response: Buffer) => Buffer): Buffer {
    const start = event.indexOf('{', Math.max(0, event.indexOf('data:')))
    const json = event.subarray(start)
    const member = scanMembers(json).members.findLast(({ key }) => key === 'response')
    if (!member) return event
    const changed = change(Buffer.from(json.subarray(member.valueStart, member.end)))
    return Buffer.concat([event.subarray(0, start + member.valueStart), changed, json.subarray(member.end)])
  }
}

function parsedEvent(event: Buffer): PassedEvent | undefined {
  try {
    const parsed = JSON.parse(eventData(event))
    return isObject(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}
