// Owns one request of the fast lane and its reply.
import type { AegisError } from '../../domain/errors.ts'
import { BodyBuffer } from './body-buffer.ts'
import type { HeaderList, HttpReply, HttpRequest } from './http-exchange.ts'
import { leftWhileSending } from './read-body.ts'
import type { RequestHead } from './request-head.ts'

/** What a reply needs of its connection. */
export interface ReplySink {
  readonly destroyed: boolean
  readonly needsDrain: boolean
  /** The bytes of a head. @throws TypeError for a value that cannot be sent. */
  head(status: number, headers: HeaderList, framing: number | 'chunked', last: boolean): string
  write(bytes: Buffer): boolean
  /** Holds what is written until the running read has been worked off: its frames then leave together. */
  gather(): void
  destroy(): void
  /** The reply is written to its end. */
  replied(last: boolean): void
}

/** Up to here a copy is cheaper than a second buffer for the kernel. */
const MAX_JOINED_BYTES = 64 * 1024
const LAST_CHUNK = '0\r\n\r\n'

/** Both halves in one object: there is one of each per request. */
export class FastExchange implements HttpRequest, HttpReply {
  lastOfConnection: boolean
  readonly #head: RequestHead
  readonly #sink: ReplySink
  readonly #body: BodyBuffer
  #takeBody: ((body: Buffer) => void) | undefined
  #failBody: ((error: AegisError) => void) | undefined
  #wanted = true
  /** The head of a stream that has not been written yet: it goes with the first bytes. */
  #streamHead = ''
  #state: 'waiting' | 'streaming' | 'over' = 'waiting'
  #onDrain: (() => void) | undefined
  #onOver: ((written: boolean) => void) | undefined

  constructor(head: RequestHead, sink: ReplySink) {
    this.#head = head
    this.#sink = sink
    this.#body = new BodyBuffer(head.contentLength)
    this.lastOfConnection = head.close
  }

  get method(): string {
    return this.#head.method
  }

  get target(): string {
    return this.#head.target
  }

  get rawHeaders(): HeaderList {
    return this.#head.rawHeaders
  }

  header(name: string): string | undefined {
    const { rawHeaders } = this.#head
    for (let index = 0; index < rawHeaders.length; index += 2) {
      if (rawHeaders[index] === name) return rawHeaders[index + 1]
    }
    return undefined
  }

  body(): Buffer | Promise<Buffer> {
    if (this.#sink.destroyed) throw leftWhileSending()
    if (this.#body.missing === 0) return this.#body.take()
    return new Promise((resolve, reject) => {
      this.#takeBody = resolve
      this.#failBody = reject
    })
  }

  /** Bytes of the body that are still to come. */
  get bodyMissing(): number {
    return this.#body.missing
  }

  /** @param piece at most `bodyMissing` bytes. */
  addBody(piece: Buffer): void {
    if (this.#wanted) this.#body.add(piece)
    else this.#body.skip(piece.length)
    if (this.#body.missing > 0 || !this.#takeBody) return
    const take = this.#takeBody
    this.#takeBody = undefined
    this.#failBody = undefined
    take(this.#body.take())
  }

  get started(): boolean {
    return this.#state !== 'waiting'
  }

  get closed(): boolean {
    return this.#sink.destroyed
  }

  get needsDrain(): boolean {
    return this.#sink.needsDrain
  }

  send(status: number, headers: HeaderList, body: Buffer): void {
    if (this.#state !== 'waiting') return
    const head = this.#sink.head(status, headers, body.length, this.lastOfConnection)
    this.#writeJoined(head, body, '')
    this.#finish(this.lastOfConnection)
  }

  start(status: number, headers: HeaderList): void {
    if (this.#state !== 'waiting') return
    this.#streamHead = this.#sink.head(status, headers, 'chunked', this.lastOfConnection)
    this.#state = 'streaming'
  }

  write(bytes: Buffer): boolean {
    // A chunk of no bytes would end the body.
    if (this.#state !== 'streaming' || bytes.length === 0) return true
    this.#sink.gather()
    return this.#writeJoined(`${this.#takeHead()}${bytes.length.toString(16)}\r\n`, bytes, '\r\n')
  }

  end(bytes: Buffer): void {
    this.#end(bytes, this.lastOfConnection)
  }

  endAndClose(bytes: Buffer): void {
    this.#end(bytes, true)
  }

  destroy(): void {
    this.#sink.destroy()
  }

  onDrain(listener: () => void): void {
    this.#onDrain = listener
  }

  onOver(listener: (written: boolean) => void): void {
    this.#onOver = listener
  }

  drained(): void {
    if (this.#state === 'streaming') this.#onDrain?.()
  }

  /** The connection is gone. */
  left(): void {
    this.#failBody?.(leftWhileSending())
    this.#failBody = undefined
    this.#takeBody = undefined
    this.#over(false)
  }

  #end(bytes: Buffer, last: boolean): void {
    if (this.#state !== 'streaming') return
    const chunkLine = bytes.length === 0 ? '' : `${bytes.length.toString(16)}\r\n`
    this.#sink.gather()
    const close = bytes.length === 0 ? LAST_CHUNK : `\r\n${LAST_CHUNK}`
    this.#writeJoined(`${this.#takeHead()}${chunkLine}`, bytes, close)
    this.#finish(last)
  }

  #finish(last: boolean): void {
    this.#wanted = false
    this.#over(true)
    this.#sink.replied(last)
  }

  #over(written: boolean): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#onOver?.(written)
  }

  #takeHead(): string {
    const head = this.#streamHead
    this.#streamHead = ''
    return head
  }

  /** One write for what belongs together: each one is a call of the kernel. */
  #writeJoined(before: string, bytes: Buffer, after: string): boolean {
    if (bytes.length > MAX_JOINED_BYTES) {
      this.#sink.write(Buffer.from(before, 'latin1'))
      const flowing = this.#sink.write(bytes)
      return after === '' ? flowing : this.#sink.write(Buffer.from(after, 'latin1'))
    }
    const joined = Buffer.allocUnsafe(before.length + bytes.length + after.length)
    joined.write(before, 0, 'latin1')
    joined.set(bytes, before.length)
    if (after !== '') joined.write(after, before.length + bytes.length, 'latin1')
    return this.#sink.write(joined)
  }
}
