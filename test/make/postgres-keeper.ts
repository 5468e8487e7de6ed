// Owns the process that runs a PostgreSQL server for one test file: when the tests end in whatever way, it stops the server
// and removes its files. See postgres.ts.
import { PostgresProcess } from './postgres-process.ts'

/** What the tests ask for. `stop` is as an administrator does it, `kill` as the kernel does when memory runs out. */
export type KeeperOrder = 'start' | 'stop' | 'kill' | 'end'
export type KeeperAnswer =
  | { readonly done: KeeperOrder; readonly connectionString: string; readonly pid: number | undefined }
  | { readonly failed: string }

// Ctrl-C reaches the whole group; what is to be done here is done when the tests are gone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

const server = new PostgresProcess()
let turn = Promise.resolve()
const inTurn = (work: () => Promise<void>) => {
  turn = turn.then(work)
}
process.on('message', (order: KeeperOrder) => inTurn(() => answer(order)))
process.on('disconnect', () => inTurn(() => server.remove()))

async function answer(order: KeeperOrder): Promise<void> {
  try {
    if (order === 'start') await server.start()
    else if (order === 'end') await server.remove()
    else await server.stop(order)
    process.send?.({ done: order, connectionString: server.connectionString, pid: server.pid } satisfies KeeperAnswer)
    if (order === 'end') process.disconnect?.()
  } catch (error) {
    process.send?.({ failed: error instanceof Error ? error.message : String(error) } satisfies KeeperAnswer)
  }
}
