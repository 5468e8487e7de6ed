// A simulated upstream: a real HTTP server on loopback that answers routes by script and keeps a journal.
import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Behaviour } from './behaviour.ts'
import { type HeldPort, holdPort } from './dead-ends.ts'
import { Exchange } from './exchange.ts'
import { JournalRecorder } from './journal.ts'
import { isObject, type JsonObject, parseJson } from './json-value.ts'
import { playReply } from './play-reply.ts'
import type { BodyReply, Reply, Route } from './reply.ts'
import { Script } from './script.ts'
import { scriptedReply } from './scripted-reply.ts'
import type { Upstream, UpstreamOptions } from './upstream.ts'

const defaultJournalBytes = 64 * 1024 * 1024

/** A request as one that checks a signature sees it. */
export interface SignedRequest {
  readonly method: string
  /** Path and query as received. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** The routes of one kind of server, and what it says about any other path. */
export interface Wire {
  readonly routes: readonly Route[]
  /** The header that carries the key, when it is not `authorization` with a bearer. */
  readonly keyHeader?: string
  /** Looks at a request that the key alone does not admit, such as a signed one. */
  admits?(request: SignedRequest): boolean
  unknownRoute(method: string, path: string, methodIsWrong: boolean): BodyReply
}

/** Starts a server for this wire on 127.0.0.1. */
export async function startUpstream(label: string, options: UpstreamOptions, wire: Wire): Promise<Upstream> {
  const upstream = new SimulatedUpstream(label, options, wire)
  await upstream.listen(options.port ?? 0)
  return upstream
}

class SimulatedUpstream implements Upstream {
  readonly label: string
  readonly journal: JournalRecorder
  readonly #options: UpstreamOptions
  readonly #wire: Wire
  readonly #script = new Script()
  readonly #server: Server
  readonly #connections = new Map<Socket, ReturnType<JournalRecorder['openConnection']>>()
  readonly #exchanges = new Set<Exchange>()
  #port = 0
  #requestNumber = 0
  #closed = false
  /** While it does not listen nobody else is to be given its port: its clients must be refused. */
  #held: HeldPort | undefined

  constructor(label: string, options: UpstreamOptions, wire: Wire) {
    this.label = label
    this.journal = new JournalRecorder(options.journalBytes ?? defaultJournalBytes)
    this.#options = options
    this.#wire = wire
    this.#server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 })
    this.#server.on('connection', (socket: Socket) => this.#connected(socket))
    this.#server.on('request', (request, response) => void this.#serve(request, response))
  }

  get port(): number {
    return this.#port
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get openConnections(): number {
    return this.#connections.size
  }

  next(...behaviours: readonly Behaviour[]): void {
    this.#script.next(behaviours)
  }

  always(behaviour: Behaviour): void {
    this.#script.always(behaviour)
  }

  alwaysAt(path: string, behaviour: Behaviour): void {
    this.#script.alwaysAt(path, behaviour)
  }

  reset(): void {
    this.#script.reset()
  }

  async listen(port: number): Promise<void> {
    if (this.#closed) throw new Error(`the simulated upstream ${this.label} is closed`)
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async startListening(): Promise<void> {
    if (this.#server.listening) return
    await this.#releasePort()
    await this.listen(this.#port)
  }

  async stopListening(): Promise<void> {
    if (!this.#server.listening) return
    await this.#stop()
    this.#held = await holdPort(this.#port)
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#stop()
    await this.#releasePort()
  }

  async #releasePort(): Promise<void> {
    await this.#held?.release()
    this.#held = undefined
  }

  async #stop(): Promise<void> {
    const exchanges = [...this.#exchanges]
    for (const exchange of exchanges) exchange.abandon()
    const closed = this.#server.listening ? once(this.#server, 'close') : undefined
    if (closed) this.#server.close()
    for (const socket of this.#connections.keys()) socket.destroy()
    await Promise.all([closed, ...exchanges.map((exchange) => exchange.ended)])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #connected(socket: Socket): void {
    const connection = this.journal.openConnection()
    this.#connections.set(socket, connection)
    socket.on('data', (chunk: Buffer) => this.journal.received(connection, chunk))
    socket.once('close', () => {
      this.#connections.delete(socket)
      this.journal.connectionClosed(connection)
    })
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const connection = this.#connections.get(request.socket)
    if (!connection) return
    const { method = 'GET', url: path = '/', headers } = request
    const exchange = new Exchange(this.journal.openRequest(connection, method, path, headers), response, this.journal)
    this.#exchanges.add(exchange)
    void exchange.ended.then(() => this.#exchanges.delete(exchange))
    try {
      await this.#respond(request, exchange)
    } catch (error) {
      if (!exchange.over && !request.socket.destroyed) exchange.fail(error)
    }
  }

  async #respond(request: IncomingMessage, exchange: Exchange): Promise<void> {
    const { method, path: target } = exchange.request
    const path = target.split('?', 1)[0] ?? '/'
    const match = matchRoute(this.#wire.routes, method, path)
    if (!match) return exchange.sendReply(this.#wire.unknownRoute(method, path, this.#hasPath(path)))
    const { headers: given } = request
    let refused = match.route.guarded && !this.#hasKey(given)
    let early: Buffer | undefined
    if (refused && this.#wire.admits) {
      early = await readBody(request)
      refused = !this.#wire.admits({ method, target, headers: given, body: early })
    }
    const behaviour = refused ? {} : this.#script.take(path, match.route.inference)
    this.#requestNumber += 1
    const requestNumber = this.#requestNumber
    const rawBody = early ?? (await readBody(request))
    const json = parseObject(rawBody)
    this.journal.bodyArrived(exchange.request, rawBody, json)
    const { dialect } = match.route
    const headers = { ...this.#markHeaders(), ...dialect.headers(requestNumber), ...behaviour.headers }
    const reply = refused
      ? dialect.refuseKey(given[this.#keyHeader] !== undefined)
      : answer(match, behaviour, json, rawBody.length === 0, requestNumber)
    exchange.request.forwardedTo = reply.forwardedTo
    await playReply(reply, behaviour, dialect, headers, exchange)
  }

  #hasPath(path: string): boolean {
    return this.#wire.routes.some((route) => route.path === path)
  }

  get #keyHeader(): string {
    return this.#options.keyHeader ?? this.#wire.keyHeader ?? 'authorization'
  }

  #hasKey(headers: IncomingHttpHeaders): boolean {
    const { apiKey } = this.#options
    if (apiKey === undefined) return this.#wire.admits === undefined
    return headers[this.#keyHeader] === (this.#keyHeader !== 'authorization' ? apiKey : `Bearer ${apiKey}`)
  }

  #markHeaders(): Readonly<Record<string, string>> {
    return (this.#options.simulated ?? true) ? { 'x-simulated': 'true' } : {}
  }
}

interface Match {
  readonly route: Route
  readonly tail: string
}

function matchRoute(routes: readonly Route[], method: string, path: string): Match | undefined {
  const wanted = method === 'HEAD' ? 'GET' : method
  for (const route of routes) {
    if (route.method !== wanted) continue
    if (route.path === path) return { route, tail: '' }
    const start = route.path.slice(0, -1)
    if (route.path.endsWith('*') && path.startsWith(start) && path.length > start.length) {
      return { route, tail: decodeURIComponent(path.slice(start.length)) }
    }
  }
  return undefined
}

function answer(
  match: Match,
  behaviour: Behaviour,
  json: JsonObject | undefined,
  empty: boolean,
  requestNumber: number,
): Reply {
  const { route, tail } = match
  const scripted = scriptedReply(behaviour, route.dialect, route.streams(json ?? {}, tail))
  if (scripted) return scripted
  if (route.method === 'POST' && !json) return route.dialect.refuseBody(empty)
  return route.answer({ json: json ?? {}, tail, behaviour, requestNumber })
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function parseObject(rawBody: Buffer): JsonObject | undefined {
  const value = parseJson(rawBody.toString('utf8'))
  return isObject(value) ? value : undefined
}
