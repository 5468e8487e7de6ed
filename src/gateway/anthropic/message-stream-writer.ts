// Owns the writing of a stream in Anthropic's events: translated from OpenAI's chunks, or as the provider sent them.
import type { JsonObject } from '../../domain/chat-body.ts'
import type { FrameSink, StreamEnd } from '../../domain/completion.ts'
import type { SettledCompletionStream } from '../../proxy/answer.ts'
import type { HttpReply } from '../http/http-exchange.ts'
import { isPastTelling } from '../render-error.ts'
import { type MessageFrame, messageHead, stopReason, usageObject, type WireMessage } from './encode-message.ts'
import { messageErrorEvent } from './error-envelope.ts'
import { MessageEvents, messageEvent } from './message-events.ts'

const PING = messageEvent({ type: 'ping' })

/** Peers close connections that are silent for a minute or two. */
const KEEP_ALIVE_AFTER_MS = 15_000

interface Chunk {
  /** What the provider's adapter says of the request. */
  readonly aegis?: JsonObject
  readonly choices?: readonly {
    readonly index?: number
    readonly delta?: WireMessage
    readonly finish_reason?: string | null
  }[]
}

export class MessageStreamWriter implements FrameSink {
  readonly #reply: HttpReply
  readonly #stream: SettledCompletionStream
  readonly #frame: MessageFrame
  readonly #isNative: boolean
  readonly #keepAlive: NodeJS.Timeout
  readonly #events = new MessageEvents()
  #wroteSinceCheck = true
  #finishReason: string | null | undefined
  #refused = false
  #aegis: JsonObject | undefined

  constructor(reply: HttpReply, stream: SettledCompletionStream, frame: MessageFrame) {
    this.#reply = reply
    this.#stream = stream
    this.#frame = frame
    this.#isNative = stream.wire === 'anthropic'
    reply.onDrain(() => this.#stream.resume())
    this.#keepAlive = setInterval(() => this.#ping(), KEEP_ALIVE_AFTER_MS)
  }

  /** Headers are written already. */
  run(): void {
    if (!this.#isNative) this.#open()
    this.#stream.start(this)
  }

  frames(bytes: Buffer): boolean {
    this.#wroteSinceCheck = true
    if (this.#isNative) return this.#reply.write(bytes)
    let flowing = true
    for (const line of bytes.toString('utf8').split('\n')) {
      const chunk = line.startsWith('data:') ? parse(line.slice(5)) : undefined
      if (chunk?.aegis) this.#aegis = chunk.aegis
      const choice = chunk?.choices?.find(({ index }) => index === undefined || index === 0)
      if (!choice) continue
      this.#finishReason = choice.finish_reason ?? this.#finishReason
      if (choice.delta?.refusal) this.#refused = true
      for (const event of choice.delta ? this.#events.of(choice.delta) : []) flowing = this.#reply.write(event)
    }
    return flowing
  }

  usageFrame(bytes: Buffer): boolean {
    return this.frames(bytes)
  }

  end({ failure, usage }: StreamEnd): void {
    clearInterval(this.#keepAlive)
    if (this.#reply.closed) return
    if (failure) {
      if (isPastTelling(failure, this.#reply)) this.#reply.destroy()
      else this.#reply.endAndClose(messageErrorEvent(failure, this.#frame.requestId))
      return
    }
    if (this.#isNative) {
      this.#reply.end(Buffer.alloc(0))
      return
    }
    const delta = { stop_reason: stopReason(this.#finishReason, this.#refused ? 'refused' : null), stop_sequence: null }
    const closing = [
      ...this.#events.close(),
      messageEvent({
        ...{ type: 'message_delta', delta, usage: usageObject(usage, this.#stream.cost) },
        ...(this.#aegis ? { aegis: this.#aegis } : {}),
      }),
      messageEvent({ type: 'message_stop' }),
    ]
    this.#reply.end(Buffer.concat(closing))
  }

  /** What the prompt came to is told at the end: the providers of other wires say it there. */
  #open(): void {
    const message = {
      ...messageHead(this.#frame),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: usageObject(undefined, undefined),
    }
    this.#reply.write(Buffer.concat([messageEvent({ type: 'message_start', message }), PING]))
  }

  #ping(): void {
    if (!this.#wroteSinceCheck) this.#reply.write(PING)
    this.#wroteSinceCheck = false
  }
}

function parse(data: string): Chunk | undefined {
  try {
    return JSON.parse(data) as Chunk
  } catch {
    return undefined
  }
}
