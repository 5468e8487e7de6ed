// Owns real servers on loopback for tests: one that answers HTTP as told, and one that writes raw bytes.
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

export interface RunningServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly port: number
  /** Connections that were opened so far. */
  readonly accepted: number
  /** Those that are open now. */
  readonly open: number
  /** Resolves when no connection is open. */
  allClosed(): Promise<void>
}

/** @example await using server = await startServer((_, response) => response.end('{}')) */
export function startServer(answer: RequestListener): Promise<RunningServer> {
  return running(createHttpServer(answer))
}

/** Writes whatever it likes to each connection. */
export function startRawServer(talk: (socket: Socket) => void): Promise<RunningServer> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    talk(socket)
  })
  return running(server)
}

async function running(server: Server): Promise<RunningServer> {
  const sockets = new Set<Socket>()
  let accepted = 0
  let closed: (() => void)[] = []
  server.on('connection', (socket: Socket) => {
    accepted += 1
    sockets.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      if (sockets.size > 0) return
      for (const tell of closed) tell()
      closed = []
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    get accepted() {
      return accepted
    },
    get open() {
      return sockets.size
    },
    allClosed() {
      return sockets.size === 0 ? Promise.resolve() : new Promise((resolve) => closed.push(resolve))
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
