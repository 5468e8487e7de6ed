// Owns one HTTP request and its response as the handlers see them.
import type { Cancellation } from '../domain/cancellation.ts'
import type { Caller } from './authenticate.ts'
import type { GatewayDeps } from './gateway-deps.ts'
import type { HttpReply, HttpRequest } from './http/http-exchange.ts'
import { readBody } from './http/read-body.ts'
import type { Operation } from './operation.ts'

export interface Exchange {
  readonly request: HttpRequest
  readonly reply: HttpReply
  readonly path: string
  readonly requestId: string
  readonly receivedAtMs: number
  readonly caller: Caller
  /** Cancelled when the client goes away or the server stops. */
  readonly cancellation: Cancellation
  /** Headers of the response: the request's ids, and what a handler adds. */
  readonly headers: string[]
  readonly deps: GatewayDeps
  readonly operation: Operation
}

export type Handler = (exchange: Exchange) => Promise<void> | void

/** The whole body, within the server's cap. @throws AegisError */
export function bodyOf({ request, deps }: Exchange): Buffer | Promise<Buffer> {
  return readBody(request, deps.maxBodyBytes)
}

/** Answers with a JSON value. */
export function sendJson(exchange: Exchange, status: number, value: unknown): void {
  const headers = [...exchange.headers, 'content-type', 'application/json']
  exchange.reply.send(status, headers, Buffer.from(JSON.stringify(value)))
}
