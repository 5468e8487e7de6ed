// Owns HTTP clients that hide nothing: any bytes as a body, any bytes as a request.
import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { JsonObject } from '../../src/testing/index.ts'
import { asObject, parseJson } from '../../src/testing/json-value.ts'

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly json: JsonObject
  /** OpenAI's error object, `{}` when there is none. */
  readonly error: JsonObject
}

export interface Sending {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  /** Sent as they are, each in a chunk of its own; without a content-length unless the headers have one. */
  readonly chunks?: readonly (string | Uint8Array)[]
}

/** Posts a body as it is; an object as JSON. */
export function post(
  url: string,
  body: object | string | Uint8Array,
  headers: Sending['headers'] = {},
): Promise<Reply> {
  const bytes =
    typeof body === 'string' || body instanceof Uint8Array ? Buffer.from(body) : Buffer.from(JSON.stringify(body))
  const length = { 'content-type': 'application/json', 'content-length': String(bytes.length) }
  return send(url, { method: 'POST', headers: { ...length, ...headers }, chunks: [bytes] })
}

/** One request on a connection of its own. A server may answer and close before it has read everything. */
export async function send(url: string, { method = 'GET', headers = {}, chunks = [] }: Sending = {}): Promise<Reply> {
  const sent = request(url, { method, headers, agent: false })
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>
  for (const chunk of chunks) sent.write(chunk)
  sent.end()
  const [response] = await answered
  sent.on('error', () => {})
  const received: Buffer[] = []
  for await (const chunk of response) received.push(chunk as Buffer)
  const text = Buffer.concat(received).toString('utf8')
  const json = asObject(parseJson(text))
  return { status: response.statusCode ?? 0, headers: response.headers, text, json, error: asObject(json.error) }
}

/** Everything the server says on one connection to which these bytes were written, until the server closes it. */
export async function conversation(port: number, bytes: string | Uint8Array): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  const heard = hear(socket)
  socket.write(bytes)
  await heard.end
  return heard.text()
}

/** What has arrived on a socket so far. */
export interface Hearing {
  text(): string
  /** Resolves when the text matches. */
  until(pattern: RegExp): Promise<void>
  /** The connection is closed, in whatever way. */
  readonly end: Promise<void>
}

/** Collects what arrives on a socket; errors end it quietly. */
export function hear(socket: Socket): Hearing {
  let text = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    text += chunk
  })
  socket.on('error', () => {})
  const end = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const until = async (pattern: RegExp) => {
    while (!pattern.test(text)) {
      if (socket.destroyed) throw new Error(`the connection closed without ${pattern}`)
      await Promise.race([new Promise((resolve) => socket.once('data', resolve)), end])
    }
  }
  return { text: () => text, until, end }
}
