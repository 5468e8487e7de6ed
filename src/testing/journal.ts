// Everything a simulated upstream has seen: requests, connections, and every byte received.
import type { IncomingHttpHeaders } from 'node:http'
import type { JsonObject } from './json-value.ts'
import type { Billing } from './reply.ts'

/**
 * One request, updated while it is being answered.
 *
 * @example
 * assert.equal(upstream.journal.requests[0]?.headers.authorization, 'Bearer sk-test')
 */
export interface RecordedRequest {
  readonly id: number
  readonly method: string
  /** Path and query as received. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Empty until the whole body has arrived. */
  readonly rawBody: Buffer
  /** The body, if it is a JSON object. */
  readonly json: JsonObject | undefined
  readonly connectionId: number
  /** Milliseconds since the epoch, with fractions. */
  readonly receivedAtMs: number
  readonly endedAtMs: number | undefined
  /** Bytes of response body handed to the socket. */
  readonly bytesSent: number
  readonly ended: 'open' | 'complete' | 'client_closed' | 'server_disconnected'
  /**
   * What a real provider would charge so far: the input as soon as the model starts, the output as it is sent,
   * whatever usage was reported. Undefined when no model ran (errors, redirects, scripted bytes).
   */
  readonly billed: Billing | undefined
  /** The host that a real Ollama would have sent this prompt to, because the model is in the cloud. */
  readonly forwardedTo: string | undefined
}

/**
 * One TCP connection.
 *
 * @example
 * assert.equal(upstream.journal.connections.length, 1) // the pool reused it
 */
export interface RecordedConnection {
  readonly id: number
  readonly openedAtMs: number
  readonly closedAtMs: number | undefined
  /** Number of requests that arrived on it. */
  readonly requests: number
}

/**
 * What the upstream has seen, oldest first.
 *
 * @example
 * const left = await upstream.journal.waitFor((request) => request.ended === 'client_closed', 1_000)
 * assert.ok(!upstream.journal.allBytes().includes('canary'))
 */
export interface Journal {
  readonly requests: readonly RecordedRequest[]
  readonly connections: readonly RecordedConnection[]
  /** Forgets everything but the connections that are still open. */
  clear(): void
  /** The first request that satisfies the predicate, now or within the time; throws when the time is over. */
  waitFor(predicate: (request: RecordedRequest) => boolean, timeoutMs: number): Promise<RecordedRequest>
  /** Resolves once the condition holds; looked at whenever the journal changes. Throws when the time is over. */
  waitUntil(condition: () => boolean, timeoutMs: number): Promise<void>
  /**
   * Every byte received, connection by connection, headers included, then every decoded request body (which a chunked
   * transfer may have cut into pieces on the wire). Throws if there was more than the journal may keep: a search
   * through an incomplete record would prove nothing.
   */
  allBytes(): Buffer
}

/** One request that the server can still write to. */
export type OpenRequest = { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] }

type OpenConnection = { -readonly [Key in keyof RecordedConnection]: RecordedConnection[Key] } & { received: Buffer[] }

/** The journal of one upstream; keeps at most `limitBytes` of wire and as much of bodies. */
export class JournalRecorder implements Journal {
  requests: OpenRequest[] = []
  connections: OpenConnection[] = []
  readonly #limitBytes: number
  readonly #watchers = new Set<() => void>()
  #lastRequestId = 0
  #lastConnectionId = 0
  #wireBytes = 0
  #bodyBytes = 0
  #incomplete = false

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  openConnection(): OpenConnection {
    this.#lastConnectionId += 1
    const connection: OpenConnection = {
      id: this.#lastConnectionId,
      openedAtMs: nowMs(),
      closedAtMs: undefined,
      requests: 0,
      received: [],
    }
    if (this.#limitBytes > 0) this.connections.push(connection)
    this.changed()
    return connection
  }

  received(connection: OpenConnection, chunk: Buffer): void {
    this.#wireBytes += chunk.length
    if (this.#wireBytes > this.#limitBytes) this.#incomplete = true
    else connection.received.push(chunk)
  }

  openRequest(connection: OpenConnection, method: string, path: string, headers: IncomingHttpHeaders): OpenRequest {
    this.#lastRequestId += 1
    connection.requests += 1
    const request: OpenRequest = {
      id: this.#lastRequestId,
      method,
      path,
      headers,
      rawBody: Buffer.alloc(0),
      json: undefined,
      connectionId: connection.id,
      receivedAtMs: nowMs(),
      endedAtMs: undefined,
      bytesSent: 0,
      ended: 'open',
      billed: undefined,
      forwardedTo: undefined,
    }
    if (this.#limitBytes > 0) this.requests.push(request)
    this.changed()
    return request
  }

  bodyArrived(request: OpenRequest, rawBody: Buffer, json: JsonObject | undefined): void {
    this.#bodyBytes += rawBody.length
    if (this.#bodyBytes > this.#limitBytes) {
      this.#incomplete = true
    } else {
      request.rawBody = rawBody
      request.json = json
    }
    this.changed()
  }

  requestEnded(request: OpenRequest, ended: RecordedRequest['ended']): void {
    request.ended = ended
    request.endedAtMs = nowMs()
    this.changed()
  }

  connectionClosed(connection: OpenConnection): void {
    connection.closedAtMs = nowMs()
    this.changed()
  }

  changed(): void {
    for (const watcher of this.#watchers) watcher()
  }

  clear(): void {
    this.requests = []
    this.connections = this.connections.filter((connection) => connection.closedAtMs === undefined)
    for (const connection of this.connections) connection.received = []
    this.#wireBytes = 0
    this.#bodyBytes = 0
    this.#incomplete = false
  }

  async waitFor(predicate: (request: RecordedRequest) => boolean, timeoutMs: number): Promise<RecordedRequest> {
    let found: RecordedRequest | undefined
    await this.waitUntil(() => {
      found = this.requests.find(predicate)
      return found !== undefined
    }, timeoutMs)
    if (!found) throw new Error('unreachable: the condition holds only with a request')
    return found
  }

  waitUntil(condition: () => boolean, timeoutMs: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const look = () => {
      try {
        if (condition()) resolve()
      } catch (error) {
        reject(error)
      }
    }
    const timer = setTimeout(() => reject(new Error(`not within ${timeoutMs} ms; ${this.#summary()}`)), timeoutMs)
    this.#watchers.add(look)
    look()
    return promise.finally(() => {
      clearTimeout(timer)
      this.#watchers.delete(look)
    })
  }

  allBytes(): Buffer {
    if (this.#incomplete) throw new Error(`the upstream received more than the ${this.#limitBytes} bytes it may keep`)
    const wire = this.connections.flatMap((connection) => connection.received)
    return Buffer.concat([...wire, ...this.requests.map((request) => request.rawBody)])
  }

  #summary(): string {
    const lines = this.requests.map(
      (one) => `#${one.id} ${one.method} ${one.path} ${one.ended}, ${one.bytesSent} bytes`,
    )
    return `${lines.length} requests seen: ${lines.slice(-20).join('; ')}`
  }
}

function nowMs(): number {
  return performance.timeOrigin + performance.now()
}
