// Owns one gateway in this process, from its start to a clean stop.

import type { AegisConfig } from '../../config/aegis-config.ts'
import { GatewayServer } from '../../gateway/server.ts'
import { cancelledAfter, type RunningSandbox, startAegis, systemClock } from '../../open-aegis.ts'
import { CommandError } from '../command-error.ts'
import { consoleLogger } from '../console-logger.ts'

/** What the one who starts a gateway is told, and how it ends it. */
export interface ServeEvents {
  readonly listening: (url: string) => void
  readonly stopping: () => void
  readonly stop: Promise<void>
}

/** What is served, and the simulated providers that end with it. */
export interface Served {
  readonly config: AegisConfig
  readonly sandbox: RunningSandbox | undefined
}

const PROBE_TIMEOUT_MS = 3000

/** @throws ConfigError, CommandError, LedgerFileError and the like when it cannot start. */
export async function serveUntil({ config, sandbox }: Served, events: ServeEvents): Promise<void> {
  const logger = consoleLogger(() => new Date())
  const aegis = await startAegis(config, sandbox, { logger, clock: systemClock })
  const server = new GatewayServer(aegis.gateway)
  const { host, port } = config.server
  try {
    const address = await server.listen({ host, port }).catch((error: NodeJS.ErrnoException) => {
      throw listenError(error, host, port)
    })
    events.listening(`http://${host.includes(':') ? `[${host}]` : host}:${address.port}`)
    void probeAll()
    await events.stop
    const stopped = server.stop(config.server.drainMs)
    events.stopping()
    await stopped
  } finally {
    await aegis.close()
  }

  async function probeAll(): Promise<void> {
    await Promise.all(
      [...aegis.providers].map(async ([name, provider]) => {
        const health = await provider.probe(cancelledAfter(PROBE_TIMEOUT_MS))
        aegis.board.probed(name, health.reachable, health.detail)
        if (!health.reachable) logger.warn('provider_not_reached', { provider: name, detail: health.detail })
      }),
    )
  }
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE')
    return new CommandError(`Port ${port} on ${host} is in use: choose another with --port, or 0 for any.`, 1)
  if (error.code === 'EACCES')
    return new CommandError(`This user may not listen on port ${port}: choose one above 1023 with --port.`, 1)
  if (error.code === 'EADDRNOTAVAIL')
    return new CommandError(`${host} is not an address of this machine: see --host.`, 1)
  return error
}
