// Owns the side of a worker: a gateway that shares its address and its ledger with its siblings, and obeys its supervisor.
import cluster from 'node:cluster'
import type { ReloadReport } from '../../gateway/operation.ts'
import { configOfFile, type FoundConfig, findConfig } from '../../open-aegis.ts'
import { lastingFamilies, type MetricFamily, sharedFamilies } from '../../telemetry/metric-family.ts'
import type { Sandbox } from '../../testing/sandbox.ts'
import { failureOf } from '../command-error.ts'
import { serverLog } from '../console-logger.ts'
import { Line } from './line.ts'
import { listenable, type ServeFlags } from './run-serve.ts'
import { type RunningUnit, serveUntil } from './serve-until.ts'
import type { StagedConfig } from './stage-config.ts'
import {
  type AskSupervisor,
  type AskWorker,
  BEAT_EVERY_MS,
  type FromWorker,
  METRICS_PATIENCE_MS,
  RELOAD_PATIENCE_MS,
  type SandboxOrder,
  type SandboxStates,
  type ToWorker,
  type WorkerSetup,
} from './worker-messages.ts'

const WORKER_VARIABLE = 'AEGIS_WORKER'

export function isWorker(): boolean {
  return cluster.isWorker && process.env[WORKER_VARIABLE] !== undefined
}

export const workerEnvironment: Readonly<Record<string, string>> = { [WORKER_VARIABLE]: '1' }

/** A failure to start is told to the supervisor, which says it once for all. */
export async function serveAsWorker(flags: ServeFlags): Promise<void> {
  // Ctrl-C reaches every process of the terminal; the supervisor says when to stop and when to reload.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
  // Before anything is waited for: an order that comes while this process still starts must not be missed.
  const stop = stopOrder()
  const setup = await setupFromSupervisor()
  try {
    const found = await findIn(setup, flags)
    const overrides = { host: flags.host, port: setup.port }
    const config = await listenable(found, overrides)
    const sandbox = setup.sandbox && new RemoteSandbox(setup.sandbox.states)
    await serveUntil(
      { config, sandbox, overrides, logger: await serverLog(config.server) },
      { listening: (url) => tellSupervisor({ type: 'listening', url }), stopping: () => {}, stop },
      (unit) => operationOf(unit, setup),
    )
  } catch (error) {
    const { message, exitCode } = failureOf(error)
    tellSupervisor({ type: 'failed', message, exitCode })
    process.exitCode = exitCode
  } finally {
    cluster.worker?.disconnect()
  }
}

/** The file as the supervisor has read it, so that all workers have the same. */
async function findIn({ file, sandbox }: WorkerSetup, flags: ServeFlags): Promise<FoundConfig> {
  if (file) return { config: configOfFile(file), file, sandbox: undefined }
  return findConfig({
    ...(flags.config === undefined ? {} : { config: flags.config }),
    ...(sandbox ? { sandboxAt: sandbox.addresses } : {}),
  })
}

/** What the supervisor may ask for, and what this process asks of it. */
function operationOf(unit: RunningUnit, { file }: WorkerSetup) {
  let staged: StagedConfig | undefined
  const line = new Line<AskSupervisor, AskWorker>(tellSupervisor, async (call) => {
    switch (call.ask) {
      case 'stage':
        await staged?.discard()
        staged = undefined
        staged = await unit.stage(call.file)
        return undefined
      case 'commit':
        staged?.commit()
        staged = undefined
        return undefined
      case 'discard':
        await staged?.discard()
        staged = undefined
        return undefined
      case 'metrics':
        return sharedFamilies(unit.metricFamilies())
    }
  })
  process.on('message', (message: ToWorker) => {
    if (message.type === 'call' || message.type === 'answer') line.received(message)
  })
  setInterval(() => {
    tellSupervisor({ type: 'beat', lasting: lastingFamilies(unit.metricFamilies()) })
  }, BEAT_EVERY_MS).unref()
  return {
    ...(file ? { reload: async () => (await line.call({ ask: 'reload' }, RELOAD_PATIENCE_MS)) as ReloadReport } : {}),
    metricsOfOthers: async (own: readonly MetricFamily[]) =>
      (await line.call(
        { ask: 'metrics', lasting: lastingFamilies(own) },
        METRICS_PATIENCE_MS,
      )) as readonly (readonly MetricFamily[])[],
  }
}

function setupFromSupervisor(): Promise<WorkerSetup> {
  return new Promise((resolve) => {
    process.on('message', (message: ToWorker) => {
      if (message.type === 'setup') resolve(message.setup)
    })
  })
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
