// Owns the gathering of what the status page shows.
import type { AegisConfig, ProviderConfig } from '../config/aegis-config.ts'
import { usdNumber } from '../domain/money.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { RolloutState } from '../rollout/rollout-state.ts'
import type { RecentDecisions } from './recent-decisions.ts'
import type { BudgetView, PrivacyState, ProviderStatus, SystemStatus } from './system-status.ts'

export interface StatusBoardOptions {
  readonly config: AegisConfig
  readonly recent: RecentDecisions
  readonly ledger: Pick<Ledger, 'knownBudgets'>
  /** Milliseconds for which a provider's model is passed over still; undefined when it is not. */
  readonly cooling: (provider: ProviderConfig, model: string) => number | undefined
  readonly version: string
  readonly startedAtMs: number
  readonly configuredAtMs: number
  readonly privacy: () => Pick<PrivacyState, 'violations' | 'closed'>
  /** As this process knows it; undefined when no rollout is configured. */
  readonly rolloutState: () => RolloutState | undefined
}

export class StatusBoard {
  readonly #options: StatusBoardOptions
  readonly #probes = new Map<string, { readonly reachable: boolean; readonly detail: string }>()

  constructor(options: StatusBoardOptions) {
    this.#options = options
  }

  /** What a probe found; live traffic is newer and wins. */
  probed(provider: string, reachable: boolean, detail: string): void {
    this.#probes.set(provider, { reachable, detail })
  }

  status(): SystemStatus {
    const { config, recent, ledger, version, startedAtMs, configuredAtMs } = this.#options
    const { violations, closed } = this.#options.privacy()
    return {
      version,
      mode: config.source === 'sandbox' ? 'sandbox' : config.source === 'discovered' ? 'discovered' : 'configured',
      started_at: new Date(startedAtMs).toISOString(),
      configured_at: new Date(configuredAtMs).toISOString(),
      providers: config.providers.map((provider) => this.#provider(provider, closed)),
      budgets: ledger.knownBudgets().map(
        (budget): BudgetView => ({
          id: budget.id,
          scope: budget.scope,
          subject: budget.subject,
          window: budget.window,
          period: budget.period,
          limit_usd: usdNumber(budget.limit),
          spent_usd: usdNumber(budget.spent),
          reserved_usd: usdNumber(budget.reserved),
          leased_usd: usdNumber(budget.leased),
          unsettled_usd: usdNumber(budget.unsettled),
          used_ratio: budget.limit === 0 ? 1 : (budget.spent + budget.reserved) / budget.limit,
          resets_at: budget.resetsAtMs === undefined ? null : new Date(budget.resetsAtMs).toISOString(),
          soft: budget.soft,
          rule: budget.rule,
        }),
      ),
      rollout: this.#rollout(),
      privacy_violations: violations,
      answered: recent.answered(),
      decisions: recent.list(),
      notices: config.notices.filter(({ level }) => level === 'warning').map(({ message }) => message),
    }
  }

  #rollout(): SystemStatus['rollout'] {
    const state = this.#options.rolloutState()
    if (!state) return null
    const { phase, percent, cause } = state
    return { phase, percent, gate: cause?.gate ?? null }
  }

  #provider(provider: ProviderConfig, closed: PrivacyState['closed']): ProviderStatus {
    const { name, kind, location, simulated, models, closedBecause } = provider
    const door = closed.find((one) => one.provider === name)
    const restricted_closed = door ? `${door.cause.replaceAll('_', ' ')}, since ${door.since}` : null
    const base = { name, kind, location, simulated, models, restricted_closed }
    if (closedBecause !== undefined) return { ...base, health: 'closed', detail: closedBecause }
    const result = this.#options.recent.lastResult(name)
    const cooling = this.#coolingText(provider)
    if (cooling !== undefined) return { ...base, health: 'failing', detail: cooling }
    if (result === 'answered') return { ...base, health: 'ok', detail: 'answered the last request' }
    if (result !== undefined) return { ...base, health: 'failing', detail: result.replaceAll('_', ' ') }
    const probe = this.#probes.get(name)
    if (!probe) return { ...base, health: 'unknown', detail: 'not asked yet' }
    return { ...base, health: probe.reachable ? 'ok' : 'failing', detail: probe.detail }
  }

  #coolingText(provider: ProviderConfig): string | undefined {
    const texts = provider.models.flatMap((model) => {
      const remainingMs = this.#options.cooling(provider, model)
      return remainingMs === undefined ? [] : [`${model} for ${Math.ceil(remainingMs / 1000)} s`]
    })
    return texts.length === 0 ? undefined : `cooling down: ${texts.join(', ')}`
  }
}
