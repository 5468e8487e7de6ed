// Owns a server that takes whatever is sent to it, as collectors of telemetry do, and keeps it.
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface Collector extends AsyncDisposable {
  readonly url: string
  readonly received: readonly Received[]
  /** The bodies of one path as JSON. */
  bodies<Body>(path: string): Body[]
  /** What it answers from now on. */
  answer(status: number): void
}

export async function startCollector(): Promise<Collector> {
  const received: Received[] = []
  let status = 200
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers, text: Buffer.concat(pieces).toString() })
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    bodies: <Body>(path: string) =>
      received.filter((one) => one.path === path).map(({ text }) => JSON.parse(text) as Body),
    answer(next) {
      status = next
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
