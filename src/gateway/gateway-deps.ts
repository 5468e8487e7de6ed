// Owns the list of what the gateway needs. Everything arrives from the composition root.
import type { AccessDirectory } from '../access/access-directory.ts'
import type { KeyBook } from '../access/key-book.ts'
import type { RunTimePrices } from '../access/price-list.ts'
import type { UserBook } from '../access/user-book.ts'
import type { UserBudgetBook } from '../access/user-budgets.ts'
import type { AlertView } from '../alerts/alert-view.ts'
import type { BatchBook } from '../batch/batch-book.ts'
import type { ContentShelf } from '../content/content-shelf.ts'
import type { Logger } from '../domain/logger.ts'
import type { RateLimits } from '../domain/rate-limits.ts'
import type { Secret } from '../domain/secret.ts'
import type { BudgetBook } from '../ledger/budget-book.ts'
import type { UserSpending } from '../ledger/user-spending.ts'
import type { Limiter } from '../limits/limiter.ts'
import type { RefusalCap } from '../limits/refusal-cap.ts'
import type { BudgetDefaults } from '../money/budget-entry.ts'
import type { ProxyDeps } from '../proxy/proxy-deps.ts'
import type { RolloutAction } from '../rollout/rollout-state.ts'
import type { RolloutView } from '../rollout/rollout-view.ts'
import type { MetricFamily } from '../telemetry/metric-family.ts'
import type { PrivacyState, SystemStatus } from '../telemetry/system-status.ts'
import type { Traces } from '../telemetry/traces.ts'

export interface GatewayDeps {
  readonly proxy: ProxyDeps
  readonly masterKey: Secret | undefined
  /** Opens everything as well. */
  readonly previousMasterKey: Secret | undefined
  readonly maxBodyBytes: number
  readonly timeoutMs: number
  readonly budgetExceededStatus: number
  readonly access: GatewayAccess
  readonly limits: {
    readonly limiter: Limiter
    readonly refusals: RefusalCap
    readonly perKey: RateLimits
    readonly perUser: RateLimits
  }
  /** Behaves as another gateway where Aegis would not. */
  readonly compat: 'any_llm' | undefined
  readonly version: string
  readonly logger: Logger
  /** The text of /metrics: of what this process has now unless told, and of what others have. */
  readonly renderMetrics: (own?: readonly MetricFamily[], others?: readonly (readonly MetricFamily[])[]) => string
  /** What `renderMetrics` writes, for the processes that share this one's address. */
  readonly metricFamilies: () => readonly MetricFamily[]
  /** What the status page shows. */
  readonly systemStatus: () => SystemStatus
  /** How restricted data is guarded: violations, closed providers, exceptions, the head of the audit record. */
  readonly privacyState: () => PrivacyState
  /** Opens a provider for restricted data again. False when it was not closed. */
  readonly openDoor: (provider: string) => Promise<boolean>
  /** Budgets, to be shown and set. */
  readonly budgetBook: BudgetBook
  /** What a budget that is set at run time gets unless it says otherwise. */
  readonly budgetDefaults: BudgetDefaults
  /** What was told, newest first. */
  readonly listAlerts: (limit: number) => Promise<readonly AlertView[]>
  /** The candidate policy's rollout; undefined when none is configured. */
  readonly rollout: RolloutControl | undefined
  /** Responses and files that outlive their request. */
  readonly shelf: ContentShelf
  readonly batches: BatchBook
  /** Lines of batches that are asked at once. */
  readonly batchConcurrency: number
  readonly newId: () => string
  /** Undefined without tracing. */
  readonly traces: Traces | undefined
  /** Present when the providers are simulated. */
  readonly sandbox: SandboxControl | undefined
}

/** Keys, users, their budgets and prices, and what users have spent. */
export interface GatewayAccess {
  readonly directory: AccessDirectory
  readonly keys: KeyBook
  readonly users: UserBook
  readonly userBudgets: UserBudgetBook
  readonly prices: RunTimePrices
  readonly spending: UserSpending
}

/** Shows a rollout and changes it. */
export interface RolloutControl {
  /** @throws StoreUnavailable */
  view(): Promise<RolloutView>
  /** @throws RolloutRefusal when its state does not allow that; StoreUnavailable. */
  change(action: RolloutAction): Promise<RolloutView>
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
