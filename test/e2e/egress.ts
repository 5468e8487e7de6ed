// Owns the record of every address that this process tries to reach, whatever opens the socket.
import { type Socket as ClientSocket, Socket } from 'node:net'
import { mock } from 'node:test'

export interface EgressWatch extends Disposable {
  /** `address:port` of every connection attempt so far. */
  readonly targets: readonly string[]
  reached(port: number): boolean
}

/** Every client socket of the process passes `Socket.prototype.connect`, those of TLS too. */
export function watchEgress(): EgressWatch {
  const targets: string[] = []
  const connect = Socket.prototype.connect
  const watched = mock.method(Socket.prototype, 'connect', function watch(this: ClientSocket, ...given: unknown[]) {
    this.on('connectionAttempt', (address: string, port: number) => targets.push(`${address}:${port}`))
    return Reflect.apply(connect, this, given)
  })
  return {
    targets,
    reached: (port) => targets.some((target) => target.endsWith(`:${port}`)),
    [Symbol.dispose]: () => watched.mock.restore(),
  }
}
