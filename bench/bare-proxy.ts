/**
 * Owns the yardstick: the least that a Node proxy for chat completions does with `node:http` and undici. It reads and
 * parses the request and the reply once, passes the bytes through, and streams with backpressure. No auth, no
 * routing, no metrics. Run: `node bench/bare-proxy.ts <port> <upstream origin> [upstream connections]`.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Dispatcher, Pool } from 'undici'

const [port = '0', upstream = '', connections = '128'] = process.argv.slice(2)
const pool = new Pool(upstream, { connections: Number(connections), pipelining: 1 })
const HEADERS = ['content-type', 'application/json', 'accept-encoding', 'identity']

createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => forward(request, response, chunks))
}).listen(Number(port), '127.0.0.1')

function forward(request: IncomingMessage, response: ServerResponse, chunks: Buffer[]): void {
  const body = joined(chunks)
  JSON.parse(body.toString())
  const { url = '/' } = request
  pool.dispatch({ path: url, method: 'POST', headers: HEADERS, body }, new Relay(response))
}

class Relay implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse
  readonly #chunks: Buffer[] = []
  #status = 0
  #streams = false

  constructor(response: ServerResponse) {
    this.#response = response
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#response.on('close', () => {
      if (!this.#response.writableFinished) controller.abort(new Error('the client left'))
    })
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status
    this.#streams = headers['content-type']?.startsWith('text/event-stream') ?? false
    if (this.#streams) this.#response.writeHead(status, { 'content-type': 'text/event-stream' })
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#streams) {
      this.#chunks.push(chunk)
    } else if (!this.#response.write(chunk)) {
      controller.pause()
      this.#response.once('drain', () => controller.resume())
    }
  }

  onResponseEnd(): void {
    if (this.#streams) {
      this.#response.end()
      return
    }
    const body = joined(this.#chunks)
    JSON.parse(body.toString())
    this.#response.writeHead(this.#status, { 'content-type': 'application/json', 'content-length': body.length })
    this.#response.end(body)
  }

  onResponseError(): void {
    if (this.#response.headersSent) this.#response.destroy()
    else this.#response.writeHead(502).end()
  }
}

function joined(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)
}
