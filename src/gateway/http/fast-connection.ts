// Owns one connection of the fast lane: one request at a time, in order; whatever is not plain goes to node:http unread.
import type { Socket } from 'node:net'
import { FastExchange, type ReplySink } from './fast-exchange.ts'
import type { HeaderList, OnRequest } from './http-exchange.ts'
import { type RequestLines, readRequestHead } from './request-head.ts'

/** What all connections of the lane share. */
export interface FastLaneContext {
  readonly lines: RequestLines
  readonly maxBodyBytes: number
  readonly onRequest: OnRequest
  readonly stopping: boolean
  monotonicMs(): number
  /** The bytes of a head. @throws TypeError for a value that cannot be sent. */
  head(status: number, headers: HeaderList, framing: number | 'chunked', last: boolean): string
  /** Gives the socket to node:http, with the bytes that it must read first. */
  handOver(connection: FastConnection, socket: Socket, unread: Buffer): void
  gone(connection: FastConnection): void
}

/** Silence after which a connection is closed, in milliseconds. */
export interface Patience {
  /** Before the first request. */
  readonly firstRequestMs: number
  /** Between two requests. */
  readonly keepAliveMs: number
  /** Between two pieces of a body. */
  readonly bodyMs: number
  /** Of a client that takes nothing of a reply that is written. */
  readonly unreadMs: number
}

/** Requests that a client sends before it has the answer to the last one wait here; beyond that the socket does. */
const MAX_WAITING_BYTES = 64 * 1024

export class FastConnection implements ReplySink {
  readonly #socket: Socket
  readonly #lane: FastLaneContext
  #exchange: FastExchange | undefined
  #replied = false
  /** Nothing that comes is read any more. */
  #last = false
  /** Bytes behind the running request. */
  #waiting: Buffer | undefined
  #advancing = false
  #served = false
  #gathering = false
  #sinceMs: number

  constructor(socket: Socket, lane: FastLaneContext) {
    this.#socket = socket
    this.#lane = lane
    this.#sinceMs = lane.monotonicMs()
    socket.on('data', this.#onData)
    socket.on('drain', this.#onDrain)
    socket.on('end', this.#onEnd)
    socket.on('error', ignore)
    socket.on('close', this.#onClose)
  }

  get destroyed(): boolean {
    return this.#socket.destroyed
  }

  get needsDrain(): boolean {
    return this.#socket.writableNeedDrain
  }

  head(status: number, headers: HeaderList, framing: number | 'chunked', last: boolean): string {
    return this.#lane.head(status, headers, framing, last)
  }

  write(bytes: Buffer): boolean {
    return this.#socket.destroyed || this.#socket.write(bytes)
  }

  gather(): void {
    if (this.#gathering) return
    this.#gathering = true
    this.#socket.cork()
    process.nextTick(this.#release)
  }

  destroy(): void {
    this.#socket.destroy()
  }

  replied(last: boolean): void {
    this.#replied = true
    this.#last ||= last
    this.#settle()
  }

  /** No further request is taken; a running one ends. */
  stop(): void {
    if (this.#exchange || this.#waiting) return
    this.#last = true
    this.#socket.destroySoon()
  }

  /** Closes the connection when its client has been silent for too long. */
  sweep(nowMs: number, { firstRequestMs, keepAliveMs, bodyMs, unreadMs }: Patience): void {
    const silentMs = nowMs - this.#sinceMs
    if (this.#exchange) {
      if (this.#exchange.bodyMissing > 0 && silentMs > bodyMs) this.#socket.destroy()
    } else if (this.#socket.writableLength > 0) {
      // Only Node sees what the kernel has taken of a write; it starts the time again with every byte.
      if (this.#socket.timeout !== unreadMs) this.#socket.setTimeout(unreadMs, this.#onUnread)
    } else if (silentMs > (this.#served ? keepAliveMs : firstRequestMs)) {
      this.#socket.destroy()
    }
  }

  readonly #release = (): void => {
    this.#gathering = false
    this.#socket.uncork()
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#last && !this.#exchange) return
    let rest = chunk
    const missing = this.#exchange?.bodyMissing ?? 0
    if (missing > 0) {
      this.#sinceMs = this.#lane.monotonicMs()
      this.#exchange?.addBody(chunk.length <= missing ? chunk : chunk.subarray(0, missing))
      rest = chunk.subarray(Math.min(missing, chunk.length))
    }
    if (rest.length > 0) this.#wait(rest)
    if (missing > 0) this.#settle()
    else this.#advance()
  }

  readonly #onDrain = (): void => {
    this.#exchange?.drained()
    this.#advance()
  }

  readonly #onUnread = (): void => {
    if (!this.#exchange && this.#socket.writableLength > 0) this.#socket.destroy()
    else this.#socket.setTimeout(0)
  }

  /** A client that closes its half has left: the two cannot be told apart, and node:http takes it so too. */
  readonly #onEnd = (): void => {
    this.#last = true
    if (this.#exchange && !this.#replied) this.#socket.destroy()
    else this.#socket.destroySoon()
  }

  readonly #onClose = (): void => {
    const exchange = this.#exchange
    this.#exchange = undefined
    this.#waiting = undefined
    if (!this.#replied) exchange?.left()
    this.#lane.gone(this)
  }

  #wait(bytes: Buffer): void {
    this.#waiting = this.#waiting ? Buffer.concat([this.#waiting, bytes]) : bytes
    if (this.#waiting.length > MAX_WAITING_BYTES && this.#exchange) this.#socket.pause()
  }

  /** Begins the requests that wait, one after another. Not recursive, however many come in one piece. */
  #advance(): void {
    if (this.#advancing) return
    this.#advancing = true
    while (this.#waiting && !this.#exchange && !this.#last && !this.#socket.destroyed && !this.needsDrain) {
      const bytes = this.#waiting
      this.#waiting = undefined
      if (!this.#begin(bytes)) {
        this.#leave(bytes)
        break
      }
    }
    this.#advancing = false
  }

  /** Begins the request at the start of `bytes`; false when it is not one for this lane. */
  #begin(bytes: Buffer): boolean {
    const head = readRequestHead(bytes, 0, this.#lane.lines)
    if (!head || head.contentLength > this.#lane.maxBodyBytes) return false
    const exchange = new FastExchange(head, this)
    this.#exchange = exchange
    this.#replied = false
    this.#served = true
    const bodyEnd = head.bodyStart + head.contentLength
    if (head.contentLength > 0 && bytes.length > head.bodyStart) {
      exchange.addBody(bytes.subarray(head.bodyStart, Math.min(bodyEnd, bytes.length)))
    }
    if (exchange.bodyMissing > 0) this.#sinceMs = this.#lane.monotonicMs()
    if (bodyEnd < bytes.length) this.#wait(bytes.subarray(bodyEnd))
    this.#lane.onRequest(exchange, exchange)
    return true
  }

  /** The next request may begin when the reply is written and the body has been read to its end. */
  #settle(): void {
    if (!this.#exchange || !this.#replied || this.#exchange.bodyMissing > 0) return
    this.#exchange = undefined
    this.#sinceMs = this.#lane.monotonicMs()
    if (this.#last || (this.#lane.stopping && !this.#waiting)) {
      this.#last = true
      this.#waiting = undefined
      this.#socket.destroySoon()
      return
    }
    if (this.#socket.isPaused()) this.#socket.resume()
    this.#advance()
  }

  #leave(unread: Buffer): void {
    const socket = this.#socket
    socket.off('data', this.#onData)
    socket.off('drain', this.#onDrain)
    socket.off('end', this.#onEnd)
    socket.setTimeout(0, this.#onUnread)
    socket.off('error', ignore)
    socket.off('close', this.#onClose)
    this.#lane.handOver(this, socket, unread)
  }
}

function ignore(): void {}
