// Owns the list of what the gateway needs. Everything arrives from the composition root.
import type { AlertView } from '../alerts/alert-view.ts'
import type { BatchBook } from '../batch/batch-book.ts'
import type { ContentShelf } from '../content/content-shelf.ts'
import type { Logger } from '../domain/logger.ts'
import type { Secret } from '../domain/secret.ts'
import type { BudgetBook } from '../ledger/budget-book.ts'
import type { BudgetDefaults } from '../money/budget-entry.ts'
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
  /** Budgets, to be shown and set. */
  readonly budgetBook: BudgetBook
  /** What a budget that is set at run time gets unless it says otherwise. */
  readonly budgetDefaults: BudgetDefaults
  /** What was told, newest first. */
  readonly listAlerts: (limit: number) => Promise<readonly AlertView[]>
  /** Responses and files that outlive their request. */
  readonly shelf: ContentShelf
  readonly batches: BatchBook
  /** Lines of batches that are asked at once. */
  readonly batchConcurrency: number
  readonly newId: () => string
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
