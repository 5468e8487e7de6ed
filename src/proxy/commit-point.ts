// Owns the commit point of a stream: what precedes the first real output is held back, so that the next candidate can still answer.
import type { CompletionStream, FrameSink, NativeWire, StreamEnd } from '../domain/completion.ts'
import type { Usage } from '../domain/usage.ts'

/**
 * Starts a stream and waits for its first real output: text, a tool call, reasoning, a finish reason.
 * @returns the stream, with the held frames in front.
 * @throws ProviderFailure when the stream fails before that; nothing of it has been shown then.
 */
export function committed(stream: CompletionStream): Promise<CompletionStream> {
  return new Promise((resolve, reject) => {
    stream.start(new HeldStream(stream, resolve, reject))
  })
}

type HeldCall = { readonly bytes: Buffer; readonly usage: Usage | undefined }

class HeldStream implements CompletionStream, FrameSink {
  readonly kind = 'stream'
  readonly #upstream: CompletionStream
  #resolve: ((stream: CompletionStream) => void) | undefined
  readonly #reject: (failure: unknown) => void
  #held: HeldCall[] = []
  #end: StreamEnd | undefined
  #sink: FrameSink | undefined

  constructor(
    upstream: CompletionStream,
    resolve: (stream: CompletionStream) => void,
    reject: (failure: unknown) => void,
  ) {
    this.#upstream = upstream
    this.#resolve = resolve
    this.#reject = reject
  }

  get wire(): NativeWire | undefined {
    return this.#upstream.wire
  }

  frames(bytes: Buffer): boolean {
    if (this.#sink) return this.#sink.frames(bytes)
    this.#held.push({ bytes, usage: undefined })
    if (this.#resolve && hasOutput(bytes, this.wire)) this.#commit()
    return this.#resolve !== undefined
  }

  usageFrame(bytes: Buffer, usage: Usage): boolean {
    if (this.#sink) return this.#sink.usageFrame(bytes, usage)
    this.#held.push({ bytes, usage })
    this.#commit()
    return false
  }

  end(end: StreamEnd): void {
    if (this.#sink) {
      this.#sink.end(end)
    } else if (this.#resolve && end.failure) {
      this.#reject(end.failure)
    } else {
      this.#end = end
      this.#commit()
    }
  }

  start(sink: FrameSink): void {
    this.#sink = sink
    let flowing = true
    for (const { bytes, usage } of this.#held) flowing = usage ? sink.usageFrame(bytes, usage) : sink.frames(bytes)
    this.#held = []
    if (this.#end) sink.end(this.#end)
    else if (flowing) this.#upstream.resume()
  }

  resume(): void {
    this.#upstream.resume()
  }

  #commit(): void {
    const resolve = this.#resolve
    this.#resolve = undefined
    resolve?.(this)
  }
}

/** Whether any event holds something a caller would miss. */
function hasOutput(events: Buffer, wire: NativeWire | undefined): boolean {
  const isOutput = outputOf(wire)
  for (const line of events.toString('utf8').split('\n')) {
    if (line.startsWith('data:') && isOutput(line.slice(5))) return true
  }
  return false
}

function outputOf(wire: NativeWire | undefined): (data: string) => boolean {
  if (wire === undefined) return isChunkOutput
  return wire === 'anthropic' ? isMessageOutput : isResponseOutput
}

function isChunkOutput(data: string): boolean {
  const chunk = parsed(data)
  if (typeof chunk !== 'object' || chunk === null || !('choices' in chunk) || !Array.isArray(chunk.choices))
    return false
  return chunk.choices.some((choice: unknown) => {
    if (typeof choice !== 'object' || choice === null) return false
    if ('finish_reason' in choice && choice.finish_reason) return true
    if ('text' in choice && choice.text) return true
    const delta = 'delta' in choice ? choice.delta : undefined
    if (typeof delta !== 'object' || delta === null) return false
    return Object.entries(delta).some(([key, value]) => key !== 'role' && isPresent(value))
  })
}

/** Anthropic's events: a delta that holds something, or a block that is whole when it opens. */
function isMessageOutput(data: string): boolean {
  const event = parsed(data)
  if (typeof event !== 'object' || event === null || !('type' in event)) return false
  if (event.type === 'message_delta' || event.type === 'message_stop') return true
  const held = 'delta' in event ? event.delta : 'content_block' in event ? event.content_block : undefined
  if (typeof held !== 'object' || held === null) return false
  return Object.entries(held).some(([key, value]) => key !== 'type' && isPresent(value))
}

/** Events of a response: a delta that holds something, an item that is whole, or the call of a tool that the provider runs. */
function isResponseOutput(data: string): boolean {
  const event = parsed(data)
  if (typeof event !== 'object' || event === null || !('type' in event) || typeof event.type !== 'string') return false
  if (event.type.endsWith('.delta')) return 'delta' in event && isPresent(event.delta)
  const item = 'item' in event ? event.item : undefined
  if (typeof item !== 'object' || item === null || !('type' in item)) return false
  return event.type === 'response.output_item.done' || (item.type !== 'message' && item.type !== 'reasoning')
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return undefined
  }
}

function isPresent(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return false
  return Array.isArray(value) ? value.length > 0 : true
}
