// Owns a TCP relay between a client and a server, which can be slow or break in a chosen moment.
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * @example
 * await using relay = await Relay.to(5432)
 * relay.delayMs = 100
 */
export class Relay {
  /** How late everything arrives, in both directions. */
  delayMs = 0
  /** When a client sends this text the server gets it, and the client's connection breaks before it has an answer. Once. */
  cutAfter: string | undefined
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(targetPort: number) {
    this.#server = createServer((client) => this.#join(client, targetPort))
  }

  static async to(targetPort: number): Promise<Relay> {
    const relay = new Relay(targetPort)
    relay.#server.listen(0, '127.0.0.1')
    await once(relay.#server, 'listening')
    return relay
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  #join(client: Socket, targetPort: number): void {
    const target = connect(targetPort, '127.0.0.1')
    for (const socket of [client, target]) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        client.destroy()
        target.destroy()
        this.#sockets.delete(socket)
      })
    }
    this.#pass(client, target)
    this.#pass(target, client)
    client.on('data', (bytes) => {
      if (this.cutAfter === undefined || !bytes.includes(this.cutAfter)) return
      this.cutAfter = undefined
      // The answer that the server sends now finds nobody.
      target.once('data', () => target.end())
      client.destroySoon()
      target.removeAllListeners('close')
      client.removeAllListeners('close')
      client.destroy()
    })
  }

  #pass(from: Socket, to: Socket): void {
    let turn = Promise.resolve()
    from.on('data', (bytes) => {
      turn = turn.then(async () => {
        if (this.delayMs > 0) await delay(this.delayMs)
        if (to.writable) to.write(bytes)
      })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
