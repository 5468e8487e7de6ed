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
  /** When a client sends this text the server gets it and answers, and the connection breaks instead of the answer. Once. */
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
    let isCut = false
    this.#pass(client, target, (bytes) => {
      if (this.cutAfter === undefined || !bytes.includes(this.cutAfter)) return true
      this.cutAfter = undefined
      isCut = true
      return true
    })
    this.#pass(target, client, () => {
      if (isCut) client.destroy()
      return !isCut
    })
  }

  /** Hands on what `isPassed` lets through. */
  #pass(from: Socket, to: Socket, isPassed: (bytes: Buffer) => boolean): void {
    let turn = Promise.resolve()
    from.on('data', (bytes) => {
      turn = turn.then(async () => {
        if (this.delayMs > 0) await delay(this.delayMs)
        if (isPassed(bytes) && to.writable) to.write(bytes)
      })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
