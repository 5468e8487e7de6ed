// Owns the listening socket: every connection begins in the fast lane, and node:http takes what is not plain.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Clock } from '../../domain/clock.ts'
import { FastConnection, type FastLaneContext, type Patience } from './fast-connection.ts'
import type { HeaderList, OnRequest } from './http-exchange.ts'
import { NodeReply, NodeRequest } from './node-exchange.ts'
import { createServer } from './node-http.ts'
import { DateLine, replyHead } from './reply-head.ts'
import type { RequestLines } from './request-head.ts'

export interface HttpListenerOptions {
  readonly onRequest: OnRequest
  /** The request lines that the fast lane serves; without any all goes through node:http. */
  readonly requestLines: RequestLines
  /** Longer bodies are node:http's business. */
  readonly maxBodyBytes: number
  readonly clock: Clock
  /** How often silent connections are looked for; 5 s unless stated. */
  readonly sweepEveryMs?: number
  /** How long a client may take nothing of a reply that is written; a minute unless stated. */
  readonly unreadMs?: number
}

const KEEP_ALIVE_MS = 65_000
const FIRST_REQUEST_MS = 30_000
const UNREAD_MS = 60_000
/** Clients are told a second less, so that none sends into a connection that is being closed. */
const PATIENCE = { firstRequestMs: FIRST_REQUEST_MS, keepAliveMs: KEEP_ALIVE_MS + 1000, bodyMs: 60_000 } as const
const SWEEP_EVERY_MS = 5000

const PERSISTENT = `Connection: keep-alive\r\nKeep-Alive: timeout=${KEEP_ALIVE_MS / 1000}\r\n`
const CLOSING = 'Connection: close\r\n'

type TakeConnection = (socket: Socket) => void

/** Nothing listens before `listen`. */
export class HttpListener implements FastLaneContext {
  readonly lines: RequestLines
  /** May change; it holds for bodies that come from then on. */
  maxBodyBytes: number
  readonly onRequest: OnRequest
  readonly #clock: Clock
  readonly #server: Server
  readonly #takeByNode: TakeConnection
  readonly #connections = new Set<FastConnection>()
  readonly #date = new DateLine()
  readonly #sweepEveryMs: number
  readonly #patience: Patience
  #sweeper: NodeJS.Timeout | undefined
  #stopping = false

  constructor(options: HttpListenerOptions) {
    const { onRequest, requestLines, maxBodyBytes, clock } = options
    this.lines = requestLines
    this.maxBodyBytes = maxBodyBytes
    this.onRequest = onRequest
    this.#clock = clock
    this.#sweepEveryMs = options.sweepEveryMs ?? SWEEP_EVERY_MS
    this.#patience = { ...PATIENCE, unreadMs: options.unreadMs ?? UNREAD_MS }
    this.#server = createServer(
      { keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0, headersTimeout: FIRST_REQUEST_MS },
      (request, response) => this.#onNodeRequest(request, response),
    )
    // node:http takes a connection by its listener for this event; that listener is called when it is its turn.
    const [takeByNode] = this.#server.listeners('connection') as TakeConnection[]
    if (!takeByNode) throw new Error('node:http has no listener for connections')
    this.#takeByNode = takeByNode.bind(this.#server)
    if (requestLines.size === 0) return
    this.#server.removeAllListeners('connection')
    this.#server.on('connection', (socket: Socket) => this.#connections.add(new FastConnection(socket, this)))
  }

  get stopping(): boolean {
    return this.#stopping
  }

  /** @returns the address in use. @throws what the socket says, such as EADDRINUSE. */
  async listen(address: { readonly host: string; readonly port: number }): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(address, resolve)
    })
    this.#sweeper = setInterval(() => this.#sweep(), this.#sweepEveryMs).unref()
    return this.#server.address() as AddressInfo
  }

  /** Takes no new connections and closes idle ones; resolves when all are closed. */
  async close(): Promise<void> {
    this.#stopping = true
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeIdleConnections()
    for (const connection of this.#connections) connection.stop()
    await closed
    clearInterval(this.#sweeper)
  }

  /** Drops all connections, whatever runs on them. */
  closeAllConnections(): void {
    this.#server.closeAllConnections()
    for (const connection of this.#connections) connection.destroy()
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs()
  }

  head(status: number, headers: HeaderList, framing: number | 'chunked', last: boolean): string {
    return replyHead(status, headers, framing, this.#date.at(this.#clock.wallMs()), last ? CLOSING : PERSISTENT)
  }

  handOver(connection: FastConnection, socket: Socket, unread: Buffer): void {
    this.#connections.delete(connection)
    // Paused, so that the bytes wait for the next reader; it reads them before any that come later.
    socket.pause()
    socket.unshift(unread)
    this.#takeByNode(socket)
    socket.resume()
  }

  gone(connection: FastConnection): void {
    this.#connections.delete(connection)
  }

  #sweep(): void {
    const nowMs = this.#clock.monotonicMs()
    for (const connection of this.#connections) connection.sweep(nowMs, this.#patience)
  }

  #onNodeRequest(request: IncomingMessage, response: ServerResponse): void {
    // A connection that was busy when the stop began is kept alive by Node, and the stop would wait for it.
    response.on('close', () => {
      if (this.#stopping) setImmediate(() => this.#server.closeIdleConnections())
    })
    this.onRequest(new NodeRequest(request), new NodeReply(request, response, this.#patience.unreadMs))
  }
}
