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

/** A port that the system gives to nobody until it is released. */
export interface HeldPort {
  readonly port: number
  release(): Promise<void>
}

/**
 * A loopback address where connecting is refused, and stays refused.
 *
 * @example
 * await using refusing = await refusingPort()
 */
export async function refusingPort(): Promise<DeadEnd> {
  for (;;) {
    const free = await listen(createServer())
    const port = portOf(free)
    await closed(free)
    const held = await holdPort(port).catch(() => undefined)
    if (held) return deadEnd(port, () => 0, held.release)
  }
}

/**
 * Connecting to a held port is refused: it is bound as the local end of another connection, so that no server that
 * asks for any free port gets it, and no client that connects to it is given it as its own port (TCP would then
 * connect the client to itself). Rejects when somebody else has the port.
 */
export async function holdPort(port: number): Promise<HeldPort> {
  const keeper = await listen(createServer((socket) => socket.on('error', () => {})))
  const holder = connect({ port: portOf(keeper), host: '127.0.0.1', localAddress: '127.0.0.1', localPort: port })
  const release = async () => {
    const gone = new Promise((resolve) => holder.once('close', resolve))
    holder.resetAndDestroy()
    if (!holder.closed) await gone
    await closed(keeper)
  }
  try {
    await once(holder, 'connect')
  } catch (error) {
    await closed(keeper)
    throw error
  }
  holder.on('error', () => {})
  return { port, release }
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
