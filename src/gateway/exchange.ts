// Owns one HTTP request and its response as the handlers see them.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Cancellation } from '../domain/cancellation.ts'
import type { Caller } from './authenticate.ts'
import type { GatewayDeps } from './gateway-deps.ts'
import { readBody } from './read-body.ts'

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly path: string
  readonly requestId: string
  readonly receivedAtMs: number
  readonly caller: Caller
  /** Cancelled when the client goes away or the server stops. */
  readonly cancellation: Cancellation
  /** Headers of the response: the request's ids, and what a handler adds. */
  readonly headers: string[]
  readonly deps: GatewayDeps
}

/** Names and values in turn: Node writes such a list as it is, which is cheaper than an object. */
export type HeaderList = readonly string[]

export type Handler = (exchange: Exchange) => Promise<void> | void

/** The whole body, within the server's cap. @throws AegisError */
export function bodyOf({ request, deps }: Exchange): Promise<Buffer> {
  return readBody(request, deps.maxBodyBytes)
}

/** Answers with a JSON value. */
export function sendJson(exchange: Exchange, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value))
  exchange.response.writeHead(status, [
    ...exchange.headers,
    'content-type',
    'application/json',
    'content-length',
    String(body.length),
  ])
  exchange.response.end(body)
}
