// Owns one path from a request to its handler, and a stop that lets running answers end.
import type { AddressInfo } from 'node:net'
import type { BatchRunner } from '../batch/batch-runner.ts'
import { Cancellation } from '../domain/cancellation.ts'
import { AegisError } from '../domain/errors.ts'
import { headerText } from './answer-headers.ts'
import { compatDialect, compatError } from './any-llm-compat.ts'
import { type Authenticate, assertMayUse, authenticator, type Caller } from './authenticate.ts'
import type { Exchange } from './exchange.ts'
import type { GatewayDeps } from './gateway-deps.ts'
import type { HttpReply, HttpRequest } from './http/http-exchange.ts'
import { HttpListener } from './http/http-listener.ts'
import { batchRunner } from './openai/batches/answer-line.ts'
import type { Operation } from './operation.ts'
import { asAegisError, type Dialect, renderError } from './render-error.ts'
import { plainRequestLines, type Route, routeOf } from './routes.ts'

type ExchangeParts = Omit<Exchange, 'receivedAtMs' | 'caller' | 'deps' | 'operation'>

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
  readonly operation?: Operation
}

/** The requests that are answered with one running configuration. */
interface Era {
  readonly deps: GatewayDeps
  readonly authenticate: Authenticate
  running: number
  /** Set when another one has begun. */
  over: (() => void) | undefined
}

function eraOf(deps: GatewayDeps): Era {
  const { masterKey, previousMasterKey, access, proxy } = deps
  const authenticate = authenticator({ masterKey, previousMasterKey, access: access.directory, clock: proxy.clock })
  return { deps, authenticate, running: 0, over: undefined }
}

/** The gateway. Nothing listens before `listen`. */
export class GatewayServer {
  /** What requests are answered with that come from now on. */
  #era: Era
  readonly #listener: HttpListener
  readonly #operation: Operation
  readonly #batches: BatchRunner
  readonly #running = new Set<Cancellation>()
  #stopping = false

  constructor(deps: GatewayDeps, { fastLane = true, operation = {} }: GatewayServerOptions = {}) {
    this.#era = eraOf(deps)
    this.#operation = operation
    this.#batches = batchRunner(deps, (work) => this.#inEra(work))
    this.#listener = new HttpListener({
      onRequest: (request, reply) => this.#handle(request, reply),
      requestLines: fastLane ? plainRequestLines() : new Map(),
      maxBodyBytes: deps.maxBodyBytes,
      clock: deps.proxy.clock,
    })
  }

  /** @returns the address in use. @throws what the socket says, such as EADDRINUSE. */
  async listen(address: ListenOptions): Promise<AddressInfo> {
    const found = await this.#listener.listen(address)
    this.#batches.start()
    return found
  }

  /**
   * Requests that come from now on are answered with these; those that run keep what they began with.
   * @returns when the last of those has ended.
   */
  use(deps: GatewayDeps): Promise<void> {
    const before = this.#era
    this.#era = eraOf(deps)
    this.#listener.maxBodyBytes = deps.maxBodyBytes
    return new Promise((resolve) => {
      before.over = resolve
      if (before.running === 0) resolve()
    })
  }

  /** For work that no request waits for. */
  async #inEra<Result>(work: (deps: GatewayDeps) => Promise<Result>): Promise<Result> {
    const era = this.#era
    era.running += 1
    try {
      return await work(era.deps)
    } finally {
      this.#leave(era)
    }
  }

  #leave(era: Era): void {
    era.running -= 1
    if (era.running === 0) era.over?.()
  }

  /** Takes no new requests, waits for running ones up to `drainMs`, then cancels what is left. */
  async stop(drainMs: number): Promise<void> {
    this.#stopping = true
    const batchesStopped = this.#batches.stop()
    const closed = this.#listener.close()
    const deadline = setTimeout(() => {
      for (const cancellation of this.#running) cancellation.cancel('shutdown')
      this.#listener.closeAllConnections()
    }, drainMs)
    await closed
    await batchesStopped
    clearTimeout(deadline)
  }

  #handle(request: HttpRequest, reply: HttpReply): void {
    const era = this.#era
    const { deps } = era
    era.running += 1
    const requestId = deps.newId()
    deps.traces?.received(requestId, request.header('traceparent'))
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
      this.#leave(era)
      if (!written) cancellation.cancel('client_closed')
    })
    this.#dispatch({ request, reply, path, requestId, headers, cancellation }, route, era).catch((error: unknown) => {
      const { compat } = deps
      const known = compat ? compatError(asAegisError(error), route) : asAegisError(error)
      if (known.code === 'internal_error') {
        const cause = known.cause instanceof Error ? known.cause : undefined
        deps.logger.error('request_failed', { request_id: requestId, error: cause?.name, at: placeOf(cause) })
      }
      const status = known.code === 'budget_exceeded' ? deps.budgetExceededStatus : known.status
      const dialect = route?.dialect ?? dialectOf(path)
      renderError(reply, known, { headers, requestId, dialect: compat ? compatDialect(dialect) : dialect, status })
    })
  }

  /** Authentication and dispatch decide by the same route. */
  async #dispatch(parts: ExchangeParts, route: Route | undefined, { deps, authenticate }: Era): Promise<void> {
    const { request } = parts
    const isOpen = route?.open || (route?.openInCompat && deps.compat === 'any_llm')
    const known = isOpen ? NOBODY : authenticate(request)
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
    const receivedAtMs = deps.proxy.clock.wallMs()
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
      deps,
      operation: this.#operation,
    })
  }
}

/** Whose clients ask a path that is no route. */
function dialectOf(path: string): Dialect {
  return path.startsWith('/api/') ? 'ollama' : 'openai'
}

/** The first frame of a stack: a file and a line, never a message, which could quote a body. */
function placeOf(error: Error | undefined): string | undefined {
  return error?.stack
    ?.split('\n')
    .find((line) => line.trimStart().startsWith('at '))
    ?.trim()
    .slice(0, 200)
}
