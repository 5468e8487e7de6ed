// Owns the HTTP client of these tests: every byte is kept, each request has a connection of its own unless told
// otherwise, and it can leave at any moment.
import { once } from 'node:events'
import { type Agent, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import type { JsonObject, JsonValue } from '../../src/testing/index.ts'
import { at } from '../../src/testing/raw-http.ts'

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly text: string
  /** The body as JSON; an empty object when it is none. */
  readonly json: JsonObject
  /** `broken` when the connection ended before the response did. */
  readonly ended: 'complete' | 'broken'
}

export interface AskOptions {
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** Keeps connections open for further requests; without one each request opens its own. */
  readonly agent?: Agent
}

export type Body = JsonObject | string | Buffer

/** Sends a request and waits for the end of its reply. Rejects when no headers come. */
export function ask(url: string, body: Body, options: AskOptions = {}): Promise<Reply> {
  return new Ask(url, body, options).reply
}

export function get(url: string, options: AskOptions = {}): Promise<Reply> {
  return new Ask(url, '', { method: 'GET', ...options }).reply
}

/** A request under way. */
export class Ask {
  /** Resolves with the headers. */
  readonly response: Promise<IncomingMessage>
  /** Resolves when the server has asked for the body of a request that has the header `expect: 100-continue`. */
  readonly continued: Promise<unknown>
  /** Resolves at the end, whole or broken. */
  readonly reply: Promise<Reply>
  readonly #request: ClientRequest
  readonly #pieces: Buffer[] = []
  readonly #watchers = new Set<() => void>()

  constructor(url: string, body: Body | undefined, options: AskOptions = {}) {
    const { method = 'POST', agent } = options
    const headers = { 'content-type': 'application/json', ...options.headers }
    this.#request = request(url, { method, headers: headers as Record<string, string>, agent: agent ?? false })
    this.response = once(this.#request, 'response').then(([response]) => response as IncomingMessage)
    this.continued = once(this.#request, 'continue')
    this.reply = this.#collect()
    for (const promise of [this.response, this.continued]) promise.catch(() => {})
    this.reply.catch(() => {})
    this.#request.on('error', () => {})
    if (body !== undefined) this.#request.end(bytesOf(body))
  }

  /** For a request that was made without a body. */
  write(piece: string): void {
    this.#request.write(piece)
  }

  /** What has come so far. */
  get received(): string {
    return Buffer.concat(this.#pieces).toString()
  }

  /** Resolves as soon as the body holds the text. */
  async seen(text: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const look = () => {
      if (this.received.includes(text)) resolve()
    }
    this.#watchers.add(look)
    this.reply.then(() => reject(new Error(`the reply ended without ${text}: ${this.received.slice(-400)}`)), reject)
    look()
    await promise.finally(() => this.#watchers.delete(look))
  }

  /** Closes the connection at once, as a client does that no longer wants its answer. */
  leave(): void {
    this.#request.destroy()
  }

  async #collect(): Promise<Reply> {
    const response = await this.response
    response.on('data', (piece: Buffer) => {
      this.#pieces.push(piece)
      for (const look of this.#watchers) look()
    })
    response.on('error', () => {})
    await once(response, 'close')
    const body = Buffer.concat(this.#pieces)
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body,
      text: body.toString(),
      json: jsonOf(body),
      ended: response.complete ? 'complete' : 'broken',
    }
  }
}

/** The value at a path such as `error.attempts.0.result`. */
export function member(reply: Pick<Reply, 'json'>, path: string): JsonValue | undefined {
  return at(reply.json, path)
}

/** The text of an answer, whole or streamed. */
export function answerText(reply: Reply): string {
  const whole = member(reply, 'choices.0.message.content')
  if (typeof whole === 'string') return whole
  return events(reply.text)
    .map((data) => (data === '[DONE]' ? '' : (at(JSON.parse(data) as JsonObject, 'choices.0.delta.content') ?? '')))
    .join('')
}

/** The data of every server-sent event, `[DONE]` included. */
export function events(text: string): string[] {
  return text
    .split(/\r?\n\r?\n/)
    .flatMap((event) => event.split(/\r?\n/))
    .filter((line) => line.startsWith('data: '))
    .map((line) => line.slice(6))
}

/** The error object of a reply, or of the event that ends a broken stream. */
export function errorOf(reply: Reply): JsonObject {
  const error = reply.json.error ?? lastEvent(reply).error
  return typeof error === 'object' && error !== null && !Array.isArray(error) ? (error as JsonObject) : {}
}

function lastEvent(reply: Reply): JsonObject {
  const last = events(reply.text).at(-1)
  return last === undefined || last === '[DONE]' ? {} : (JSON.parse(last) as JsonObject)
}

function bytesOf(body: Body): Buffer {
  if (Buffer.isBuffer(body)) return body
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

function jsonOf(body: Buffer): JsonObject {
  try {
    const parsed: unknown = JSON.parse(body.toString())
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as JsonObject) : {}
  } catch {
    return {}
  }
}
