// Owns one path from a request to its handler, and a stop that lets running answers end.
import type { AddressInfo } from 'node:net'
import { Cancellation } from '../domain/cancellation.ts'
import { AegisError } from '../domain/errors.ts'
import { headerText } from './answer-headers.ts'
import { compatDialect, compatError } from './any-llm-compat.ts'
import { type Authenticate, assertMayUse, authenticator, type Caller } from './authenticate.ts'
import type { Exchange } from './exchange.ts'
import type { GatewayDeps } from './gateway-deps.ts'
import type { HttpReply, HttpRequest } from './http/http-exchange.ts'
import { HttpListener } from './http/http-listener.ts'
import { asAegisError, renderError } from './render-error.ts'
import { plainRequestLines, type Route, routeOf } from './routes.ts'

type ExchangeParts = Omit<Exchange, 'receivedAtMs' | 'caller' | 'deps'>

/** Who asks an open route: nobody needs to know. */
const NOBODY: Caller = { id: undefined, admin: false }

export interface ListenOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
}

export interface GatewayServerOptions {
  /** False sends every request through node:http; both lanes behave the same. */
  readonly fastLane?: boolean
}

/** The gateway. Nothing listens before `listen`. */
export class GatewayServer {
  readonly #deps: GatewayDeps
  readonly #listener: HttpListener
  readonly #authenticate: Authenticate
  readonly #running = new Set<Cancellation>()
  #stopping = false

  constructor(deps: GatewayDeps, { fastLane = true }: GatewayServerOptions = {}) {
    this.#deps = deps
    const { masterKey, access, proxy } = deps
    this.#authenticate = authenticator({ masterKey, access: access.directory, clock: proxy.clock })
    this.#listener = new HttpListener({
      onRequest: (request, reply) => this.#handle(request, reply),
      requestLines: fastLane ? plainRequestLines() : new Map(),
      maxBodyBytes: deps.maxBodyBytes,
      clock: deps.proxy.clock,
    })
  }

  /** @returns the address in use. @throws what the socket says, such as EADDRINUSE. */
  listen(address: ListenOptions): Promise<AddressInfo> {
    return this.#listener.listen(address)
  }

  /** Takes no new requests, waits for running ones up to `drainMs`, then cancels what is left. */
  async stop(drainMs: number): Promise<void> {
    this.#stopping = true
    const closed = this.#listener.close()
    const deadline = setTimeout(() => {
      for (const cancellation of this.#running) cancellation.cancel('shutdown')
      this.#listener.closeAllConnections()
    }, drainMs)
    await closed
    clearTimeout(deadline)
  }

  #handle(request: HttpRequest, reply: HttpReply): void {
    const requestId = this.#deps.newId()
    const correlation = request.header('x-correlation-id')
    const headers = [
      'x-aegis-request-id',
      requestId,
      'x-request-id',
      requestId,
      'x-correlation-id',
      correlation === undefined ? requestId : headerText(correlation),
    ]
    if (this.#stopping) reply.lastOfConnection = true
    const { target } = request
    const mark = target.indexOf('?')
    const path = mark < 0 ? target : target.slice(0, mark)
    const route = routeOf(path, request.method)
    const cancellation = new Cancellation()
    this.#running.add(cancellation)
    reply.onOver((written) => {
      this.#running.delete(cancellation)
      if (!written) cancellation.cancel('client_closed')
    })
    this.#dispatch({ request, reply, path, requestId, headers, cancellation }, route).catch((error: unknown) => {
      const { compat } = this.#deps
      const known = compat ? compatError(asAegisError(error), route) : asAegisError(error)
      if (known.code === 'internal_error') {
        const cause = known.cause instanceof Error ? known.cause : undefined
        this.#deps.logger.error('request_failed', { request_id: requestId, error: cause?.name, at: placeOf(cause) })
      }
      const status = known.code === 'budget_exceeded' ? this.#deps.budgetExceededStatus : known.status
      const dialect = route?.dialect ?? 'openai'
      renderError(reply, known, { headers, requestId, dialect: compat ? compatDialect(dialect) : dialect, status })
    })
  }

  /** Authentication and dispatch decide by the same route. */
  async #dispatch(parts: ExchangeParts, route: Route | undefined): Promise<void> {
    const { request } = parts
    const isOpen = route?.open || (route?.openInCompat && this.#deps.compat === 'any_llm')
    const known = isOpen ? NOBODY : this.#authenticate(request)
    const caller = known instanceof Promise ? await known : known
    if (!route) throw new AegisError('not_found', 'There is no such route. The documentation lists them.')
    if (request.method !== route.method && !(request.method === 'HEAD' && route.method === 'GET')) {
      const allow = route.allow ?? route.method
      parts.headers.push('allow', allow)
      throw new AegisError('method_not_allowed', `This route takes ${allow}.`)
    }
    if (caller.key !== undefined) assertMayUse(caller, route.needs)
    if (this.#stopping && !route.open)
      throw new AegisError('shutting_down', 'This process is stopping.', { retryAfterSeconds: 2 })
    const receivedAtMs = this.#deps.proxy.clock.wallMs()
    const { reply, path, requestId, headers, cancellation } = parts
    await route.handler({
      request,
      reply,
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
