// Owns the lane of node:http: it takes every request that HTTP/1 allows, at the full price.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HeaderList, HttpReply, HttpRequest } from './http-exchange.ts'
import { leftWhileSending, tooLarge } from './read-body.ts'

export class NodeRequest implements HttpRequest {
  readonly #request: IncomingMessage

  constructor(request: IncomingMessage) {
    this.#request = request
  }

  get method(): string {
    return this.#request.method ?? 'GET'
  }

  get target(): string {
    return this.#request.url ?? '/'
  }

  get rawHeaders(): HeaderList {
    return this.#request.rawHeaders
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name]
    return typeof value === 'string' ? value : undefined
  }

  body(maxBytes: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const request = this.#request
      const chunks: Buffer[] = []
      let bytes = 0
      // Building an error costs more than reading a small body, so none is built unless it is needed.
      let waiting = true
      request.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes <= maxBytes) {
          chunks.push(chunk)
        } else if (waiting) {
          waiting = false
          chunks.length = 0
          reject(tooLarge(maxBytes))
        }
      })
      request.on('end', () => {
        if (!waiting) return
        waiting = false
        resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks))
        chunks.length = 0
      })
      const left = () => {
        if (waiting) reject(leftWhileSending())
        waiting = false
      }
      request.on('error', left)
      request.on('close', left)
    })
  }
}

export class NodeReply implements HttpReply {
  lastOfConnection = false
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #unreadMs: number

  /** @param unreadMs for how long the client may take nothing of the reply when it is written. */
  constructor(request: IncomingMessage, response: ServerResponse, unreadMs: number) {
    this.#request = request
    this.#response = response
    this.#unreadMs = unreadMs
  }

  get started(): boolean {
    return this.#response.headersSent
  }

  get closed(): boolean {
    return this.#response.destroyed
  }

  get needsDrain(): boolean {
    return this.#response.writableNeedDrain
  }

  send(status: number, headers: HeaderList, body: Buffer): void {
    if (this.started || this.closed) return
    // A 204 has no length (RFC 9110, section 8.6).
    this.start(status, status === 204 ? headers : [...headers, 'content-length', String(body.length)])
    this.end(body)
    // What is left of a body that nobody wants.
    this.#request.resume()
  }

  start(status: number, headers: HeaderList): void {
    if (this.started || this.closed) return
    this.#response.writeHead(status, this.lastOfConnection ? [...headers, 'connection', 'close'] : [...headers])
  }

  write(bytes: Buffer): boolean {
    return this.#response.write(bytes)
  }

  end(bytes: Buffer): void {
    // Node drops the connection then; when the reply has gone out it waits for the next request instead.
    this.#response.socket?.setTimeout(this.#unreadMs)
    this.#response.end(bytes)
  }

  endAndClose(bytes: Buffer): void {
    const { socket } = this.#response
    this.end(bytes)
    this.#response.on('finish', () => socket?.end())
  }

  destroy(): void {
    this.#response.destroy()
  }

  onDrain(listener: () => void): void {
    this.#response.on('drain', listener)
  }

  onOver(listener: (written: boolean) => void): void {
    this.#response.on('close', () => listener(this.#response.writableFinished))
  }
}
