// Owns the socket: one listener, one path from a request to its handler, and a stop that lets running answers end.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Cancellation } from '../domain/cancellation.ts'
import { AegisError } from '../domain/errors.ts'
import { headerText } from './answer-headers.ts'
import { type Authenticate, authenticator, type Caller } from './authenticate.ts'
import type { Exchange } from './exchange.ts'
import type { GatewayDeps } from './gateway-deps.ts'
import { asAegisError, renderError } from './render-error.ts'
import { type Route, routeOf } from './routes.ts'

type ExchangeParts = Omit<Exchange, 'receivedAtMs' | 'caller' | 'deps'>

/** Who asks an open route: nobody needs to know. */
const NOBODY: Caller = { id: undefined, admin: false }

export interface ListenOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
}

/** The gateway. Nothing listens before `listen`. */
export class GatewayServer {
  readonly #deps: GatewayDeps
  readonly #server: Server
  readonly #authenticate: Authenticate
  readonly #running = new Set<Cancellation>()
  #stopping = false

  constructor(deps: GatewayDeps) {
    this.#deps = deps
    this.#authenticate = authenticator(deps.masterKey)
    this.#server = createServer(
      { keepAliveTimeout: 65_000, requestTimeout: 0, headersTimeout: 30_000 },
      (request, response) => this.#handle(request, response),
    )
  }

  /** @returns the address in use. @throws what the socket says, such as EADDRINUSE. */
  async listen({ host, port }: ListenOptions): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host, port }, resolve)
    })
    return this.#server.address() as AddressInfo
  }

  /** Takes no new requests, waits for running ones up to `drainMs`, then cancels what is left. */
  async stop(drainMs: number): Promise<void> {
    this.#stopping = true
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeIdleConnections()
    const deadline = setTimeout(() => {
      for (const cancellation of this.#running) cancellation.cancel('shutdown')
      this.#server.closeAllConnections()
    }, drainMs)
    await closed
    clearTimeout(deadline)
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const requestId = this.#deps.newId()
    const correlation = request.headers['x-correlation-id']
    const headers = [
      'x-aegis-request-id',
      requestId,
      'x-request-id',
      requestId,
      'x-correlation-id',
      typeof correlation === 'string' ? headerText(correlation) : requestId,
    ]
    if (this.#stopping) headers.push('connection', 'close')
    const url = request.url ?? '/'
    const mark = url.indexOf('?')
    const path = mark < 0 ? url : url.slice(0, mark)
    const route = routeOf(path, request.method ?? 'GET')
    const cancellation = new Cancellation()
    this.#running.add(cancellation)
    response.on('close', () => {
      this.#running.delete(cancellation)
      if (!response.writableFinished) cancellation.cancel('client_closed')
      // A connection that was busy when the stop began is kept alive by Node, and the stop would wait for it.
      if (this.#stopping) setImmediate(() => this.#server.closeIdleConnections())
    })
    this.#dispatch({ request, response, path, requestId, headers, cancellation }, route).catch((error: unknown) => {
      const known = asAegisError(error)
      if (known.code === 'internal_error') {
        const cause = known.cause instanceof Error ? known.cause : undefined
        this.#deps.logger.error('request_failed', { request_id: requestId, error: cause?.name, at: placeOf(cause) })
      }
      const status = known.code === 'budget_exceeded' ? this.#deps.budgetExceededStatus : known.status
      renderError(response, known, { headers, requestId, dialect: route?.dialect ?? 'openai', status })
      request.resume()
    })
  }

  /** Authentication and dispatch decide by the same route. */
  async #dispatch(parts: ExchangeParts, route: Route | undefined): Promise<void> {
    const { request } = parts
    const caller = route?.open ? NOBODY : this.#authenticate(request)
    if (!route) throw new AegisError('not_found', 'There is no such route. The documentation lists them.')
    if (request.method !== route.method && !(request.method === 'HEAD' && route.method === 'GET')) {
      const allow = route.allow ?? route.method
      parts.response.setHeader('allow', allow)
      throw new AegisError('method_not_allowed', `This route takes ${allow}.`)
    }
    if (this.#stopping && !route.open)
      throw new AegisError('shutting_down', 'This process is stopping.', { retryAfterSeconds: 2 })
    const receivedAtMs = this.#deps.proxy.clock.wallMs()
    const { response, path, requestId, headers, cancellation } = parts
    await route.handler({
      request,
      response,
      path,
      requestId,
      receivedAtMs,
      caller,
      cancellation,
      headers,
      deps: this.#deps,
    })
  }
}

/** The first frame of a stack: a file and a line, never a message, which could quote a body. */
function placeOf(error: Error | undefined): string | undefined {
  return error?.stack
    ?.split('\n')
    .find((line) => line.trimStart().startsWith('at '))
    ?.trim()
    .slice(0, 200)
}
