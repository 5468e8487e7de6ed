// Owns the list of what the gateway needs. Everything arrives from the composition root.
import type { AlertView } from '../alerts/alert-view.ts'
import type { Logger } from '../domain/logger.ts'
import type { Secret } from '../domain/secret.ts'
import type { BudgetBook } from '../ledger/budget-book.ts'
import type { BudgetDefaults } from '../money/budget-entry.ts'
import type { ProxyDeps } from '../proxy/proxy-deps.ts'
import type { MetricFamily } from '../telemetry/metric-family.ts'
import type { SystemStatus } from '../telemetry/system-status.ts'
import type { Traces } from '../telemetry/traces.ts'

export interface GatewayDeps {
  readonly proxy: ProxyDeps
  readonly masterKey: Secret | undefined
  /** Opens everything as well. */
  readonly previousMasterKey: Secret | undefined
  readonly maxBodyBytes: number
  readonly timeoutMs: number
  readonly budgetExceededStatus: number
  readonly version: string
  readonly logger: Logger
  /** The text of /metrics: of what this process has now unless told, and of what others have. */
  readonly renderMetrics: (own?: readonly MetricFamily[], others?: readonly (readonly MetricFamily[])[]) => string
  /** What `renderMetrics` writes, for the processes that share this one's address. */
  readonly metricFamilies: () => readonly MetricFamily[]
  /** What the status page shows. */
  readonly systemStatus: () => SystemStatus
  /** Budgets, to be shown and set. */
  readonly budgetBook: BudgetBook
  /** What a budget that is set at run time gets unless it says otherwise. */
  readonly budgetDefaults: BudgetDefaults
  /** What was told, newest first. */
  readonly listAlerts: (limit: number) => Promise<readonly AlertView[]>
  readonly newId: () => string
  /** Undefined without tracing. */
  readonly traces: Traces | undefined
  /** Present when the providers are simulated. */
  readonly sandbox: SandboxControl | undefined
}

/** Breaks and mends simulated providers, to see what happens then. */
export interface SandboxControl {
  readonly states: Readonly<Record<SandboxName, SandboxState>>
  set(name: SandboxName, state: SandboxState): Promise<void>
}

export const sandboxNames = ['local', 'cloud', 'openai'] as const
export type SandboxName = (typeof sandboxNames)[number]

export const sandboxStates = ['up', 'down', 'slow', 'rate_limited', 'failing', 'malformed'] as const
export type SandboxState = (typeof sandboxStates)[number]
