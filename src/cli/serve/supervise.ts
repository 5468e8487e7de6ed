// Owns several gateway processes on one address: it starts them, replaces those that die, and stops them together.
import cluster, { type Worker } from 'node:cluster'
import type { AegisConfig } from '../../config/aegis-config.ts'
import type { Sandbox } from '../../testing/sandbox.ts'
import { CommandError } from '../command-error.ts'
import { consoleLogger } from '../console-logger.ts'
import type { ServeEvents } from './serve-until.ts'
import { type FromWorker, type SandboxOrder, type ToWorker, workerEnvironment } from './worker.ts'

/** A worker that dies sooner is replaced later, so that one that cannot live does not keep the machine busy. */
const SETTLED_AFTER_MS = 5000
const REPLACE_AFTER_MS = 1000
/** Beyond the time that running answers get to end. */
const STOP_PATIENCE_MS = 5000

export interface Supervised {
  readonly config: AegisConfig
  readonly sandbox: Sandbox | undefined
}

/**
 * Resolves when all workers have stopped.
 * @throws CommandError when the first workers cannot start.
 */
export async function supervise(
  { config, sandbox }: Supervised,
  count: number,
  { listening, stopping, stop }: ServeEvents,
): Promise<void> {
  if (config.ledger.kind === 'memory') {
    await sandbox?.close()
    const way = 'set ledger: sqlite:./aegis.db, or postgres://…'
    throw new CommandError(`Several workers need a ledger that they share, and this one is in memory: ${way}.`, 2)
  }
  const logger = consoleLogger(() => new Date())
  const alive = new Set<Worker>()
  const failed = Promise.withResolvers<never>()
  let ends = false
  let told = false
  let listeners = 0
  let idle = () => {}

  const start = () => {
    const setup = {
      port: config.server.port,
      sandbox: sandbox && { addresses: addressesOf(sandbox), states: sandbox.states },
    }
    const worker = cluster.fork(workerEnvironment(setup))
    const startedMs = performance.now()
    let listens = false
    alive.add(worker)
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'listening') {
        listens = true
        listeners += 1
        // Said when all of them share the load.
        if (!told && listeners === count) {
          told = true
          listening(message.url)
        }
      } else if (message.type === 'failed') {
        if (told) logger.error('worker_failed', { pid: worker.process.pid, message: message.message })
        else failed.reject(new CommandError(message.message, message.exitCode))
      } else void obey(worker, message.order, message.set)
    })
    worker.on('exit', (code, signal) => {
      alive.delete(worker)
      if (alive.size === 0) idle()
      if (ends) return
      if (!listens && !told) {
        failed.reject(new CommandError(`A worker ended before it listened (${signal ?? code}).`, 1))
        return
      }
      logger.error('worker_died', { pid: worker.process.pid, code, signal })
      const waitMs = performance.now() - startedMs > SETTLED_AFTER_MS ? 0 : REPLACE_AFTER_MS
      setTimeout(() => {
        if (!ends) start()
      }, waitMs)
    })
  }

  const obey = async (from: Worker, order: number, set: SandboxOrder) => {
    await sandbox?.set(...set)
    if (!sandbox) return
    for (const worker of alive) {
      tell(worker, { type: 'sandbox', states: sandbox.states, order: worker === from ? order : undefined })
    }
  }

  for (let index = 0; index < count; index += 1) start()
  try {
    await Promise.race([stop, failed.promise])
    stopping()
  } finally {
    ends = true
    const stopped = new Promise<void>((resolve) => {
      idle = resolve
      if (alive.size === 0) resolve()
    })
    for (const worker of alive) tell(worker, { type: 'stop' })
    const patience = setTimeout(() => {
      for (const worker of alive) worker.process.kill('SIGKILL')
    }, config.server.drainMs + STOP_PATIENCE_MS)
    await stopped
    clearTimeout(patience)
    await sandbox?.close()
  }
}

function tell(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message)
}

function addressesOf({ local, cloud, openai }: Sandbox) {
  return { local: local.url, cloud: cloud.url, openai: openai.url }
}
