// Owns the run of `aegis serve`: alone, or as a supervisor of several processes that share its address and its ledger.
import type { AegisConfig } from '../../config/aegis-config.ts'
import { assertSafeToListen, type ListenOverrides, withOverrides } from '../../config/listen-address.ts'
import { type FoundConfig, findConfig } from '../../open-aegis.ts'
import { serverLog } from '../console-logger.ts'
import { say } from '../terminal.ts'
import { announce, announceJson } from './announce.ts'
import { listenError } from './listen-error.ts'
import { startLiveness } from './liveness.ts'
import { serveAlone } from './serve-alone.ts'
import { stopSignal } from './stop-signal.ts'
import { supervise } from './supervise.ts'
import { isWorker, serveAsWorker } from './worker.ts'

export interface ServeFlags {
  readonly config?: string
  readonly host?: string
  readonly port?: number
  readonly workers?: number
  readonly sandbox?: boolean
  readonly json?: boolean
}

export async function runServe(flags: ServeFlags): Promise<void> {
  if (isWorker()) return serveAsWorker(flags)
  const found = await findConfig({
    ...(flags.config === undefined ? {} : { config: flags.config }),
    ...(flags.sandbox ? { sandbox: true } : {}),
  })
  const config = await listenable(found, flags)
  const listening = (url: string) =>
    flags.json ? announceJson(config, url) : announce(config, url, flags.workers ?? 1)
  const stopping = () => {
    if (!flags.json) say('stopping: running answers may end, new requests are refused')
  }
  const stop = stopSignal()
  const events = { listening, stopping, stop }
  const overrides = { host: flags.host, port: flags.port }
  const { host, livenessPort: port, hangAfterMs } = config.server
  const liveness =
    port === undefined
      ? undefined
      : await startLiveness({ host, port, hangAfterMs }).catch((error: NodeJS.ErrnoException) => {
          throw listenError(error, host, port)
        })
  try {
    if ((flags.workers ?? 1) > 1) await supervise({ ...found, config }, overrides, flags.workers ?? 1, events)
    else {
      const logger = await serverLog(config.server)
      await serveAlone({ config, sandbox: found.sandbox, overrides, logger }, found.file, events)
    }
  } finally {
    await liveness?.close()
  }
}

/** The configuration with the address of the flags. @throws ConfigError when nobody should listen there. */
export async function listenable(
  { config, sandbox }: FoundConfig,
  { host, port }: ListenOverrides,
): Promise<AegisConfig> {
  try {
    const chosen = withOverrides(config, { host, port })
    assertSafeToListen(chosen)
    return chosen
  } catch (error) {
    await sandbox?.close()
    throw error
  }
}
