// Owns the connection that a worker was handed and has not taken yet: when the worker dies first, its client is told.
import type { ChildProcess } from 'node:child_process'

/**
 * Node's cluster keeps such a connection open for ever, and its client would wait for as long. A worker is handed one at a
 * time, so the last one is the only one; when it was taken, this process has closed its side of it already, and closing
 * again does nothing.
 */
export function closeUntakenConnection(worker: ChildProcess): void {
  let last: { close?(): void } | undefined
  const send = worker.send
  worker.send = (...args: unknown[]): boolean => {
    const handle = args[1]
    if (typeof handle === 'object' && handle !== null) last = handle
    return Reflect.apply(send, worker, args) as boolean
  }
  worker.once('exit', () => last?.close?.())
}
