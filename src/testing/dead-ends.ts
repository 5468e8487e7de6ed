// Addresses that never serve: one refuses connections, one accepts them and stays silent.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/**
 * A loopback address that does not serve.
 *
 * @example
 * await using refusing = await refusingPort()
 * await assert.rejects(fetch(refusing.url))
 */
export interface DeadEnd extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Connections accepted so far; always 0 when they are refused. */
  readonly connections: number
  close(): Promise<void>
}

/**
 * A loopback address where connecting is refused, and stays refused: the port is bound as the local end of another
 * connection, so that nobody can listen on it, and no client that connects to it can be given it as its own port
 * (TCP would then connect the client to itself).
 *
 * @example
 * await using refusing = await refusingPort()
 */
export async function refusingPort(): Promise<DeadEnd> {
  const server = await listen(createServer((socket) => socket.on('error', () => {})))
  const holder = await bindFreePort(portOf(server))
  const close = async () => {
    holder.destroy()
    await closed(server)
  }
  return deadEnd(holder.localPort ?? 0, () => 0, close)
}

/** A connection to `target` whose local port was bound explicitly; another process may take that port first. */
async function bindFreePort(target: number): Promise<Socket> {
  for (;;) {
    const free = await listen(createServer())
    const localPort = portOf(free)
    await closed(free)
    const holder = connect({ port: target, host: '127.0.0.1', localAddress: '127.0.0.1', localPort })
    const bound = await once(holder, 'connect').catch(() => undefined)
    if (bound) return holder.on('error', () => {})
    holder.destroy()
  }
}

/**
 * An address that accepts connections, reads what comes and never answers.
 *
 * @example
 * await using silent = await blackholeUpstream()
 * await assert.rejects(fetch(silent.url, { signal: AbortSignal.timeout(100) }))
 */
export async function blackholeUpstream(): Promise<DeadEnd> {
  const sockets = new Set<Socket>()
  let connections = 0
  const server = await listen(
    createServer((socket) => {
      connections += 1
      sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => sockets.delete(socket))
      socket.resume()
    }),
  )
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    await closed(server)
  }
  return deadEnd(portOf(server), () => connections, close)
}

function deadEnd(port: number, connections: () => number, close: () => Promise<void>): DeadEnd {
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    get connections() {
      return connections()
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function listen(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

async function closed(server: Server): Promise<void> {
  if (!server.listening) return
  server.close()
  await once(server, 'close')
}
