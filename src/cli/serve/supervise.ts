// Owns several gateway processes on one address: it starts them, replaces those that die or hang, and stops them together.
import cluster from 'node:cluster'
import type { ListenOverrides } from '../../config/listen-address.ts'
import type { FoundConfig } from '../../open-aegis.ts'
import type { Sandbox } from '../../testing/sandbox.ts'
import { CommandError } from '../command-error.ts'
import { serverLog } from '../console-logger.ts'
import { inTurn } from './in-turn.ts'
import { Member } from './member.ts'
import { onReloadSignal } from './reload-signal.ts'
import type { ServeEvents } from './serve-until.ts'
import { Team } from './team.ts'
import { closeUntakenConnection } from './untaken-connection.ts'
import { workerEnvironment } from './worker.ts'
import { BEAT_EVERY_MS, type FromWorker, type SandboxOrder } from './worker-messages.ts'

/** A worker that dies sooner is replaced later, so that one that cannot live does not keep the machine busy. */
const SETTLED_AFTER_MS = 5000
const REPLACE_AFTER_MS = 1000
/** Beyond the time that running answers get to end. */
const STOP_PATIENCE_MS = 5000

/**
 * Resolves when all workers have stopped.
 * @throws CommandError when the first workers cannot start.
 */
export async function supervise(
  { config, file, sandbox }: FoundConfig,
  overrides: ListenOverrides,
  count: number,
  { listening, stopping, stop }: ServeEvents,
): Promise<void> {
  if (config.ledger.kind === 'memory') {
    await sandbox?.close()
    const way = 'set ledger: sqlite:./aegis.db, or postgres://…'
    throw new CommandError(`Several workers need a ledger that they share, and this one is in memory: ${way}.`, 2)
  }
  const logger = await serverLog(config.server)
  const team = new Team(config, file, overrides)
  const reload = onReloadSignal(
    inTurn(async () => {
      const report = await team.reload()
      logger.level = team.config.server.logLevel
      return report
    }),
    logger,
  )
  const failed = Promise.withResolvers<never>()
  let ends = false
  let told = false
  let listeners = 0
  let idle = () => {}

  const start = () => {
    const worker = cluster.fork(workerEnvironment)
    closeUntakenConnection(worker.process)
    const member = new Member(worker, team.file, performance.now(), (call, from) =>
      call.ask === 'reload' ? reload() : team.metricsBeside(from, call.lasting),
    )
    team.members.add(member)
    const simulated = sandbox && { addresses: addressesOf(sandbox), states: sandbox.states }
    member.tell({ type: 'setup', setup: { port: config.server.port, file: team.file, sandbox: simulated } })
    worker.on('message', (message: FromWorker) => {
      member.heard(message, performance.now())
      if (message.type === 'listening') {
        member.listens = true
        listeners += 1
        void team.catchUp(member)
        // Said when all of them share the load.
        if (!told && listeners === count) {
          told = true
          listening(message.url)
        }
      } else if (message.type === 'failed') {
        if (told) logger.error('worker_failed', { pid: worker.process.pid, message: message.message })
        else failed.reject(new CommandError(message.message, message.exitCode))
      } else if (message.type === 'sandbox') void obey(member, message.order, message.set)
    })
    worker.on('exit', (code, signal) => {
      team.lost(member)
      if (team.members.size === 0) idle()
      if (ends) return
      if (!member.listens && !told) {
        failed.reject(new CommandError(`A worker ended before it listened (${signal ?? code}).`, 1))
        return
      }
      logger.error('worker_died', { pid: worker.process.pid, code, signal })
      const waitMs = performance.now() - member.startedMs > SETTLED_AFTER_MS ? 0 : REPLACE_AFTER_MS
      setTimeout(() => {
        if (!ends) start()
      }, waitMs)
    })
  }

  const obey = async (from: Member, order: number, set: SandboxOrder) => {
    await sandbox?.set(...set)
    if (!sandbox) return
    for (const member of team.members) {
      member.tell({ type: 'sandbox', states: sandbox.states, order: member === from ? order : undefined })
    }
  }

  /** One whose event loop has not turned for so long answers nobody, and holds the address. */
  const replaceHung = () => {
    for (const { worker, listens, heardMs } of team.members) {
      const silentMs = performance.now() - heardMs
      if (!listens || ends || silentMs < team.config.server.hangAfterMs) continue
      logger.error('worker_hung', { pid: worker.process.pid, silent_ms: Math.round(silentMs) })
      worker.process.kill('SIGKILL')
    }
  }

  for (let index = 0; index < count; index += 1) start()
  const watch = setInterval(replaceHung, BEAT_EVERY_MS / 2)
  try {
    await Promise.race([stop, failed.promise])
    stopping()
  } finally {
    ends = true
    clearInterval(watch)
    const stopped = new Promise<void>((resolve) => {
      idle = resolve
      if (team.members.size === 0) resolve()
    })
    for (const member of team.members) member.tell({ type: 'stop' })
    const patience = setTimeout(() => {
      for (const { worker } of team.members) worker.process.kill('SIGKILL')
    }, team.config.server.drainMs + STOP_PATIENCE_MS)
    await stopped
    clearTimeout(patience)
    await sandbox?.close()
  }
}

function addressesOf({ local, cloud, openai }: Sandbox) {
  return { local: local.url, cloud: cloud.url, openai: openai.url }
}
