// Owns one gateway in this process, from its start to a clean stop.

import type { AegisConfig } from '../../config/aegis-config.ts'
import type { ListenOverrides } from '../../config/listen-address.ts'
import type { Operation } from '../../gateway/operation.ts'
import { GatewayServer } from '../../gateway/server.ts'
import { type ConfigFile, cancelledAfter, type RunningSandbox, startAegis, systemClock } from '../../open-aegis.ts'
import type { MetricFamily } from '../../telemetry/metric-family.ts'
import type { ServerLog } from '../console-logger.ts'
import { listenError } from './listen-error.ts'
import { type StagedConfig, stageConfig } from './stage-config.ts'

/** What the one who starts a gateway is told, and how it ends it. */
export interface ServeEvents {
  readonly listening: (url: string) => void
  readonly stopping: () => void
  readonly stop: Promise<void>
}

/** A gateway that runs, as the one who has started it sees it. */
export interface RunningUnit {
  /** @throws AegisError `invalid_configuration`: nothing has changed. */
  stage(file: ConfigFile): Promise<StagedConfig>
  metricFamilies(): readonly MetricFamily[]
}

/** What is served, and the simulated providers that end with it. */
export interface Served {
  readonly config: AegisConfig
  readonly sandbox: RunningSandbox | undefined
  readonly overrides: ListenOverrides
  readonly logger: ServerLog
}

const PROBE_TIMEOUT_MS = 3000

/** @throws ConfigError, CommandError, LedgerFileError and the like when it cannot start. */
export async function serveUntil(
  { config, sandbox, overrides, logger }: Served,
  events: ServeEvents,
  operationOf: (unit: RunningUnit) => Operation,
): Promise<void> {
  const aegis = await startAegis(config, sandbox, { logger, clock: systemClock })
  const unit: RunningUnit = {
    async stage(file) {
      const staged = await stageConfig({ aegis, server }, file, overrides)
      const commit = () => {
        staged.commit()
        logger.level = staged.config.server.logLevel
        void probeAll()
      }
      return { ...staged, commit }
    },
    metricFamilies: () => aegis.gateway.metricFamilies(),
  }
  const server = new GatewayServer(aegis.gateway, { operation: operationOf(unit) })
  const { host, port } = config.server
  try {
    const address = await server.listen({ host, port }).catch((error: NodeJS.ErrnoException) => {
      throw listenError(error, host, port)
    })
    events.listening(`http://${host.includes(':') ? `[${host}]` : host}:${address.port}`)
    aegis.warmUp()
    void probeAll()
    await events.stop
    const stopped = server.stop(aegis.config.server.drainMs)
    events.stopping()
    await stopped
  } finally {
    await aegis.close()
    logger.flush()
  }

  async function probeAll(): Promise<void> {
    const { providers, board } = aegis
    await Promise.all(
      [...providers].map(async ([name, provider]) => {
        const health = await provider.probe(cancelledAfter(PROBE_TIMEOUT_MS))
        board.probed(name, health.reachable, health.detail)
        if (!health.reachable) logger.warn('provider_not_reached', { provider: name, detail: health.detail })
      }),
    )
  }
}
