// Owns the list of what the gateway needs. Everything arrives from the composition root.
import type { Logger } from '../domain/logger.ts'
import type { Secret } from '../domain/secret.ts'
import type { ProxyDeps } from '../proxy/proxy-deps.ts'
import type { SystemStatus } from '../telemetry/system-status.ts'

export interface GatewayDeps {
  readonly proxy: ProxyDeps
  readonly masterKey: Secret | undefined
  readonly maxBodyBytes: number
  readonly timeoutMs: number
  readonly budgetExceededStatus: number
  readonly version: string
  readonly logger: Logger
  /** The text of /metrics. */
  readonly renderMetrics: () => string
  /** What the status page shows. */
  readonly systemStatus: () => SystemStatus
  readonly newId: () => string
}
