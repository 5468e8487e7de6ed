// Owns the side of a worker: a gateway that shares its address and its ledger with its siblings, and obeys its supervisor.
import cluster from 'node:cluster'
import type { SandboxAddresses } from '../../open-aegis.ts'
import { findConfig } from '../../open-aegis.ts'
import type { Sandbox } from '../../testing/sandbox.ts'
import { failureOf } from '../command-error.ts'
import { listenable, type ServeFlags } from './run-serve.ts'
import { serveUntil } from './serve-until.ts'

type SandboxStates = Sandbox['states']
export type SandboxOrder = Parameters<Sandbox['set']>

/** What a supervisor says to a worker. */
export type ToWorker =
  | { readonly type: 'stop' }
  | { readonly type: 'sandbox'; readonly states: SandboxStates; readonly order: number | undefined }

/** What a worker says to its supervisor. */
export type FromWorker =
  | { readonly type: 'listening'; readonly url: string }
  | { readonly type: 'failed'; readonly message: string; readonly exitCode: 1 | 2 }
  | { readonly type: 'sandbox'; readonly order: number; readonly set: SandboxOrder }

/** What a supervisor gives a worker in its environment. */
export interface WorkerSetup {
  /** The port that the supervisor's own flags or configuration name. */
  readonly port: number
  /** Where the supervisor's simulated providers are. */
  readonly sandbox: { readonly addresses: SandboxAddresses; readonly states: SandboxStates } | undefined
}

const SETUP_VARIABLE = 'AEGIS_WORKER_SETUP'

export function isWorker(): boolean {
  return cluster.isWorker && process.env[SETUP_VARIABLE] !== undefined
}

export function workerEnvironment(setup: WorkerSetup): Readonly<Record<string, string>> {
  return { [SETUP_VARIABLE]: JSON.stringify(setup) }
}

/** A failure to start is told to the supervisor, which says it once for all. */
export async function serveAsWorker(flags: ServeFlags): Promise<void> {
  // Ctrl-C reaches every process of the terminal; the supervisor says when to stop.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {})
  // Before anything is waited for: an order that comes while this process still starts must not be missed.
  const stop = stopOrder()
  const setup = JSON.parse(process.env[SETUP_VARIABLE] ?? '{}') as WorkerSetup
  try {
    const found = await findConfig({
      ...(flags.config === undefined ? {} : { config: flags.config }),
      ...(setup.sandbox ? { sandboxAt: setup.sandbox.addresses } : {}),
    })
    const config = await listenable(found, { ...flags, port: setup.port })
    const sandbox = setup.sandbox && new RemoteSandbox(setup.sandbox.states)
    await serveUntil(
      { config, sandbox },
      { listening: (url) => tellSupervisor({ type: 'listening', url }), stopping: () => {}, stop },
    )
  } catch (error) {
    const { message, exitCode } = failureOf(error)
    tellSupervisor({ type: 'failed', message, exitCode })
    process.exitCode = exitCode
  } finally {
    cluster.worker?.disconnect()
  }
}

/** Also when the supervisor is gone: nobody else would end this process. */
function stopOrder(): Promise<void> {
  return new Promise((resolve) => {
    process.on('message', (message: ToWorker) => {
      if (message.type === 'stop') resolve()
    })
    process.on('disconnect', resolve)
  })
}

function tellSupervisor(message: FromWorker): void {
  if (process.connected) process.send?.(message)
}

/** The simulated providers run in the supervisor; here they are told about. */
class RemoteSandbox implements Pick<Sandbox, 'states' | 'set' | 'close'> {
  states: SandboxStates
  #orders = 0
  readonly #waiting = new Map<number, () => void>()

  constructor(states: SandboxStates) {
    this.states = states
    process.on('message', (message: ToWorker) => {
      if (message.type !== 'sandbox') return
      this.states = message.states
      if (message.order === undefined) return
      this.#waiting.get(message.order)?.()
      this.#waiting.delete(message.order)
    })
  }

  set(...set: SandboxOrder): Promise<void> {
    const order = ++this.#orders
    return new Promise((resolve) => {
      this.#waiting.set(order, resolve)
      tellSupervisor({ type: 'sandbox', order, set })
    })
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
