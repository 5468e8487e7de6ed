// Owns a stream of an OpenAI-wire upstream: its events pass through as they are, while usage, errors and the end are noticed.
import type { StreamEnd } from '../../domain/completion.ts'
import { splitEvents } from '../../domain/event-bytes.ts'
import type { Usage } from '../../domain/usage.ts'
import { EventStream, type EventStreamOptions, eventObject } from '../transport/event-stream.ts'
import { readUsage } from './read-usage.ts'
import { reportedError } from './reported-error.ts'

/** The colon that opens a comment line. */
const COMMENT = 0x3a
const SPACE = 0x20
const NEWLINE = 0x0a

export interface OpenAIStreamOptions extends EventStreamOptions {
  /** The caller asked for the usage chunk; otherwise a chunk that holds nothing else is dropped. */
  readonly wantsUsage: boolean
}

export class OpenAIStream extends EventStream {
  readonly #wantsUsage: boolean
  #usage: Usage | undefined
  /** The usage came with the finish reason or after it; some vendors count in every event before. */
  #usageIsFinal = false
  /** An event came that is more than a comment. */
  #began = false
  /** The newest events that may hold a finish reason: vendors without `[DONE]` end with one. */
  #lastEvents: Buffer | undefined

  constructor(options: OpenAIStreamOptions) {
    super(options)
    this.#wantsUsage = options.wantsUsage
  }

  protected override pass(events: Buffer): boolean {
    let rest = events
    const doneAt = doneMarker(rest)
    if (doneAt >= 0) {
      this.done = true
      rest = rest.subarray(0, doneAt)
    }
    if (rest.length === 0) return true
    this.count(rest)
    // `"usage":null` stands in every chunk of a stream that reports usage; its counts stand in one.
    if (rest.includes('"prompt_tokens"') || rest.includes('"error"')) return this.#passOneByOne(rest)
    if (rest[0] !== COMMENT || rest.includes('\ndata:')) this.#began = true
    if (rest.includes('"finish_reason"')) this.#lastEvents = rest
    return this.send(rest)
  }

  /** The slow way, for the few buffers that hold a usage or the word error: look at each event. */
  #passOneByOne(events: Buffer): boolean {
    let flowing = true
    for (const event of splitEvents(events)) {
      const chunk: Chunk | undefined = eventObject(event)
      const error = chunk && reportedError(chunk)
      if (error) {
        this.fail('in_band_error', 'reported an error inside its answer', {
          ...{ status: 200, contentType: 'application/json' },
          body: Buffer.from(JSON.stringify({ error })),
        })
        break
      }
      if (chunk) this.#began = true
      const carriesChoices = Array.isArray(chunk?.choices) && chunk.choices.length > 0
      if (carriesChoices) this.#lastEvents = event
      const usage = chunk && readUsage(chunk.usage)
      if (!usage) {
        flowing = this.send(event)
        continue
      }
      this.#usage = usage
      this.#usageIsFinal = !carriesChoices || hasFinishReason(event)
      if (this.#wantsUsage) flowing = this.sendUsage(event, usage)
      else if (carriesChoices) flowing = this.send(event)
    }
    return flowing
  }

  protected override finish(rest: Buffer): void {
    if (rest.length > 0 && doneMarker(rest) >= 0) this.done = true
    else if (!this.#lastEvents || !hasFinishReason(this.#lastEvents))
      this.fail('truncated', 'closed its answer before it was complete')
  }

  protected override report(): Pick<StreamEnd, 'usage' | 'usageSoFar'> {
    if (this.done && !this.failure && !this.#began) this.fail('truncated', 'ended its answer before it began')
    if (this.#usageIsFinal || !this.failure) return { usage: this.#usage }
    return { usage: undefined, ...(this.#usage ? { usageSoFar: this.#usage } : {}) }
  }
}

interface Chunk {
  readonly choices?: unknown
  readonly usage?: unknown
  readonly error?: unknown
}

/** The offset of a closing `data: [DONE]`, or -1. In a string of JSON it cannot stand at the start of a line. */
function doneMarker(events: Buffer): number {
  for (let at = events.indexOf('[DONE]'); at >= 0; at = events.indexOf('[DONE]', at + 6)) {
    const line = events[at - 1] === SPACE ? at - 6 : at - 5
    const begins = line === 0 || events[line - 1] === NEWLINE
    if (begins && events.toString('latin1', line, line + 5) === 'data:') return line
  }
  return -1
}

function hasFinishReason(events: Buffer): boolean {
  return splitEvents(events).some((event) => {
    const chunk: Chunk | undefined = eventObject(event)
    const choices = chunk?.choices
    return Array.isArray(choices) && choices.some((choice) => typeof choice?.finish_reason === 'string')
  })
}
