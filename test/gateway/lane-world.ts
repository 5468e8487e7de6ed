// Owns a listener for the contract of the two HTTP lanes: a few small handlers, and a record of what they saw.
import { connect, type Socket } from 'node:net'
import { AegisError } from '../../src/domain/errors.ts'
import type { HttpReply, HttpRequest } from '../../src/gateway/http/http-exchange.ts'
import { HttpListener } from '../../src/gateway/http/http-listener.ts'
import { readBody } from '../../src/gateway/http/read-body.ts'
import { hear } from './http-client.ts'

export const lanes = ['fast', 'node'] as const
export type Lane = (typeof lanes)[number]

/** A request as a handler saw it; `body` is what became of it. */
export interface Seen {
  readonly line: string
  readonly host: string | undefined
  readonly correlation: string | undefined
  body: string | undefined
  /** Whether its reply was written; `undefined` while that is open. */
  written: boolean | undefined
}

export interface RunningReply {
  readonly request: HttpRequest
  readonly reply: HttpReply
}

export const MAX_BODY_BYTES = 300_000

/** A clock that stands still until it is moved. */
export class HandClock {
  nowMs = 1_700_000_000_000

  wallMs(): number {
    return this.nowMs
  }

  monotonicMs(): number {
    return this.nowMs
  }
}

/**
 * `POST /echo` answers with the body, `POST /early` without reading it, `GET /plain` with a word. `POST /held` and
 * `POST /streamed` wait in `held` for the test to answer.
 */
export class LaneWorld implements AsyncDisposable {
  readonly seen: Seen[] = []
  readonly held: RunningReply[] = []
  readonly clock = new HandClock()
  readonly listener: HttpListener
  port = 0
  #changed: (() => void)[] = []

  constructor(lane: Lane, unreadMs?: number) {
    const plain = ['POST /echo', 'POST /early', 'GET /plain', 'POST /held']
    const lines = plain.map((line) => {
      const [method, path] = line.split(' ') as ['GET' | 'POST', string]
      return [`${line} HTTP/1.1`, { method, path }] as const
    })
    this.listener = new HttpListener({
      onRequest: (request, reply) => void this.#handle(request, reply),
      requestLines: new Map(lane === 'fast' ? lines : []),
      maxBodyBytes: MAX_BODY_BYTES,
      clock: this.clock,
      sweepEveryMs: 5,
      ...(unreadMs === undefined ? {} : { unreadMs }),
    })
  }

  /** @param unreadMs unless stated, what the listener takes by itself. */
  static async start(lane: Lane, unreadMs?: number): Promise<LaneWorld> {
    const world = new LaneWorld(lane, unreadMs)
    world.port = (await world.listener.listen({ host: '127.0.0.1', port: 0 })).port
    return world
  }

  /** A connection, and what is heard on it. */
  open(): { readonly socket: Socket; readonly heard: ReturnType<typeof hear> } {
    const socket = connect({ port: this.port, host: '127.0.0.1' })
    return { socket, heard: hear(socket) }
  }

  /** Resolves when the record of requests and replies is as wanted. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#changed.push(resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.listener.close()
    this.listener.closeAllConnections()
    await closed
  }

  async #handle(request: HttpRequest, reply: HttpReply): Promise<void> {
    const seen: Seen = {
      line: `${request.method} ${request.target}`,
      host: request.header('host'),
      correlation: request.header('x-correlation-id'),
      body: undefined,
      written: undefined,
    }
    this.#note(() => this.seen.push(seen))
    reply.onOver((written) => this.#note(() => (seen.written = written)))
    if (request.target === '/early') return reply.send(401, ['x-mark', 'early'], Buffer.from('no'))
    if (request.method === 'GET') return reply.send(200, ['x-mark', 'plain'], Buffer.from('plain'))
    try {
      const body = await readBody(request, MAX_BODY_BYTES)
      this.#note(() => (seen.body = body.toString('latin1')))
      if (request.target === '/held') this.#note(() => this.held.push({ request, reply }))
      else reply.send(200, ['x-mark', 'echo'], body)
    } catch (error) {
      if (!(error instanceof AegisError)) throw error
      this.#note(() => (seen.body = error.code))
      reply.lastOfConnection = error.code === 'body_too_large'
      reply.send(error.status, [], Buffer.from(error.code))
    }
  }

  #note(change: () => void): void {
    change()
    const waiting = this.#changed
    this.#changed = []
    for (const resolve of waiting) resolve()
  }
}

/** A POST with a length, and any further header lines. */
export function posting(path: string, body: string, ...headers: readonly string[]): string {
  const lines = [`POST ${path} HTTP/1.1`, 'Host: localhost', `Content-Length: ${Buffer.byteLength(body)}`, ...headers]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

/** Status and headers of the replies in a conversation, by name in lower case. */
export function heads(text: string): { readonly status: number; readonly headers: Readonly<Record<string, string>> }[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) [^\r]*\r\n(.*?)\r\n\r\n/gs)].map(([, status, lines = '']) => ({
    status: Number(status),
    headers: Object.fromEntries(
      lines.split('\r\n').map((line) => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
      }),
    ),
  }))
}
