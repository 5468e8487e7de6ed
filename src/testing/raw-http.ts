// A client for this folder's tests that hides nothing: every read as it came, and how the response ended.
import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { asObject, type JsonObject, type JsonValue, parseJson } from './json-value.ts'

export interface RawReply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly json: JsonObject
  /** The body as it was read, piece by piece, with the time since the request was sent. */
  readonly reads: readonly { readonly text: string; readonly atMs: number }[]
  readonly headersAtMs: number
  /** `broken` when the connection ended before the response did. */
  readonly ended: 'complete' | 'broken'
}

export interface RawOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** Told the body so far, when the headers are there (then it is empty) and at every read. */
  readonly onRead?: (textSoFar: string) => void
}

/** Posts JSON (or a string as it is) on a connection of its own; rejects when no headers arrive. */
export async function post(url: string, body: JsonValue, options: RawOptions = {}): Promise<RawReply> {
  return send(url, typeof body === 'string' ? body : JSON.stringify(body), { method: 'POST', ...options })
}

export async function get(url: string, options: RawOptions = {}): Promise<RawReply> {
  return send(url, '', options)
}

async function send(url: string, body: string, options: RawOptions): Promise<RawReply> {
  const startedAt = performance.now()
  const headers = { 'content-type': 'application/json', ...options.headers }
  const { method = 'GET', signal, onRead } = options
  const sent = request(url, { method, headers, agent: false, ...(signal ? { signal } : {}) })
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const headersAtMs = performance.now() - startedAt
  const reads: { text: string; atMs: number }[] = []
  const textSoFar = () => reads.map((read) => read.text).join('')
  onRead?.('')
  response.on('data', (chunk: Buffer) => {
    reads.push({ text: chunk.toString(), atMs: performance.now() - startedAt })
    onRead?.(textSoFar())
  })
  response.on('error', () => {})
  await new Promise((resolve) => response.once('close', resolve))
  const text = textSoFar()
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text,
    json: asObject(parseJson(text)),
    reads,
    headersAtMs,
    ended: response.complete ? 'complete' : 'broken',
  }
}

/** The data of every SSE event. */
export function sseData(text: string): readonly string[] {
  return text.split(/\r?\n\r?\n/).flatMap((event) => (event.startsWith('data: ') ? [event.slice(6)] : []))
}

/** The JSON of every SSE event but `[DONE]`. */
export function sseJson(text: string): readonly JsonObject[] {
  return sseData(text).flatMap((data) => (data === '[DONE]' ? [] : [asObject(parseJson(data))]))
}

/** The JSON of every NDJSON line. */
export function lineJson(text: string): readonly JsonObject[] {
  return text.split(/\r?\n/).flatMap((line) => (line === '' ? [] : [asObject(parseJson(line))]))
}

/** The value at a path such as `choices.0.delta.content`. */
export function at(value: JsonValue | undefined, path: string): JsonValue | undefined {
  return path.split('.').reduce<JsonValue | undefined>((inner, key) => {
    if (typeof inner !== 'object' || inner === null) return undefined
    return Object.entries(inner).find(([name]) => name === key)?.[1]
  }, value)
}
