// Owns the metrics of the contract. Every label value comes from the configuration or from a closed set of ours.

import type { BudgetScope, BudgetStatus, BudgetWindowKind } from '../../domain/budget.ts'
import { NANO_PER_USD, usdNumber } from '../../domain/money.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { ProviderRef } from '../../domain/provider-ref.ts'
import { combined, type MetricFamily } from '../metric-family.ts'
import type { Telemetry } from '../telemetry.ts'
import { Counter, DURATION_BUCKETS, gauge, Histogram, OVERHEAD_BUCKETS, renderFamilies } from './series.ts'

export interface PrometheusOptions {
  readonly version: string
  /** The same figures that reservations are decided by. */
  readonly budgets: () => readonly BudgetStatus[]
}

/** What is shown of the providers of the running configuration. */
export interface ProviderView {
  readonly providers: readonly ProviderRef[]
  /** Milliseconds for which a provider's model is passed over still; undefined when it is not. */
  readonly cooling: (provider: ProviderRef, model: string) => number | undefined
  /** Requests that have a place at the provider and those that wait for one; undefined where they are not bounded. */
  readonly places: (provider: ProviderRef) => { readonly taken: number; readonly waiting: number } | undefined
  /** What else is shown, such as of a rollout. */
  readonly others?: (() => readonly MetricFamily[]) | undefined
}

/** Closed sets, and percentages that the operator has set. */
export interface BudgetAlertLabels {
  readonly scope: BudgetScope
  readonly window: BudgetWindowKind
  readonly percent: number
}

const NOBODY = 'none'
/** A model that no configuration names: clients invent names, and each would be a series. */
const OTHER_MODEL = 'other'

export class PrometheusTelemetry implements Telemetry {
  readonly #options: PrometheusOptions
  #view: ProviderView = { providers: [], cooling: () => undefined, places: () => undefined }
  #knownModels: ReadonlySet<string> = new Set()
  #inFlight = 0
  readonly #requests = new Counter('llm_requests_total', 'Requests by who answered, why, and how they ended.', [
    'provider',
    'model',
    'reason',
    'status',
  ])
  readonly #duration = new Histogram(
    'llm_request_duration_seconds',
    'From receipt to the end of the answer.',
    DURATION_BUCKETS,
  )
  readonly #firstToken = new Histogram(
    'llm_time_to_first_token_seconds',
    'From receipt to the first byte of the answer.',
    DURATION_BUCKETS,
  )
  readonly #overhead = new Histogram(
    'llm_overhead_seconds',
    'The part before the first byte that was spent in this process.',
    OVERHEAD_BUCKETS,
  )
  readonly #tokens = new Counter('llm_tokens_total', 'Tokens by direction, as providers report them.', [
    'provider',
    'direction',
  ])
  readonly #cost = new Counter(
    'llm_cost_usd_total',
    'Cost in US dollars, as the ledger charges it.',
    ['provider'],
    NANO_PER_USD,
  )
  readonly #overruns = new Counter(
    'llm_budget_overruns_total',
    'Answers that cost more than the worst case that was reserved for them. Must stay 0.',
    ['provider'],
  )
  readonly #budgetAlerts = new Counter(
    'llm_budget_alerts_total',
    'Thresholds of budgets that were passed, counted by the process that told of them.',
    ['scope', 'window', 'percent'],
  )
  readonly #fallbacks = new Counter('llm_fallbacks_total', 'Attempts that did not answer and handed over.', [
    'from',
    'to',
    'cause',
  ])
  readonly #privacy = new Counter(
    'llm_privacy_decisions_total',
    'Requests by effective classification and its source.',
    ['classification', 'source'],
  )
  readonly #violations = new Counter(
    'llm_privacy_violations_total',
    'Restricted data at the point of leaving this machine. Must stay 0.',
    [],
  )

  readonly #dropped = new Counter('aegis_telemetry_dropped_total', 'Traces and runs that could not be sent on.', [
    'exporter',
  ])

  constructor(options: PrometheusOptions) {
    this.#options = options
  }

  /** The providers of the configuration that holds from now on. What was counted stays. */
  show(view: ProviderView): void {
    this.#view = view
    // A series that begins at 0 shows its first step in rates; one that begins with it does not.
    for (const { name } of view.providers) this.#cost.add(0, name)
    this.#knownModels = new Set(
      view.providers.flatMap(({ name, models }) => models.map((model) => `${name}\n${model}`)),
    )
  }

  started(): void {
    this.#inFlight += 1
  }

  violation(): void {
    this.#violations.add(1)
  }

  /** A provider billed more than its bound. */
  overrun(provider: string): void {
    this.#overruns.add(1, provider)
  }

  /** Another observer could not send on what it was told. */
  dropped(exporter: 'otel' | 'langsmith', count: number): void {
    this.#dropped.add(count, exporter)
  }

  /** A budget has passed one of its thresholds. */
  budgetAlert({ scope, window, percent }: BudgetAlertLabels): void {
    this.#budgetAlerts.add(1, scope, window, String(percent))
  }

  record(outcome: Outcome): void {
    this.#inFlight -= 1
    const { answeredBy: by, attempts, classification, usage } = outcome
    const provider = by?.provider ?? attempts.at(-1)?.provider ?? NOBODY
    const model = by ? this.#modelLabel(by.provider, by.model) : NOBODY
    const reason = by?.reason ?? attempts[0]?.reason ?? NOBODY
    this.#requests.add(1, provider, model, reason, outcome.status)
    this.#duration.observe((outcome.endedAtMs - outcome.receivedAtMs) / 1000, provider)
    if (outcome.firstByteMs !== undefined) this.#firstToken.observe(outcome.firstByteMs / 1000, provider)
    if (outcome.overheadMs !== undefined) this.#overhead.observe(outcome.overheadMs / 1000, provider)
    if (usage) {
      this.#tokens.add(usage.inputTokens, provider, 'input')
      this.#tokens.add(usage.outputTokens, provider, 'output')
    }
    for (const attempt of attempts) if (attempt.cost > 0) this.#cost.add(attempt.cost, attempt.provider)
    for (let index = 1; index < attempts.length; index += 1) {
      const from = attempts[index - 1]
      const to = attempts[index]
      if (from && to) this.#fallbacks.add(1, from.provider, to.provider, from.result)
    }
    this.#privacy.add(1, classification.level, classification.source)
  }

  /** @param others of the processes that share this one's address. */
  render(own: readonly MetricFamily[] = this.families(), others: readonly (readonly MetricFamily[])[] = []): string {
    return renderFamilies(combined(own, others))
  }

  /** All metrics as they stand. */
  families(): MetricFamily[] {
    // Names of callers would be a series each.
    const budgets = this.#options.budgets().filter(({ each }) => !each)
    const sample = (pick: (budget: BudgetStatus) => number) =>
      budgets.map((budget) => ({
        labels: { scope: budget.scope, subject: budget.subject, period: budget.window },
        value: pick(budget),
      }))
    const build = { labels: { version: this.#options.version, node: process.version }, value: 1 }
    const cooling = 'For how long a model is passed over still, after failures or by Retry-After; 0 when it is not.'
    // The ledger knows budgets for all processes that share it.
    return [
      this.#requests.family(),
      this.#duration.family(),
      this.#firstToken.family(),
      this.#overhead.family(),
      this.#tokens.family(),
      this.#cost.family(),
      gauge(
        'llm_budget_limit_usd',
        'The limit of a budget.',
        'own',
        sample(({ limit }) => usdNumber(limit)),
      ),
      gauge('llm_budget_used_ratio', 'Spent and reserved, over the limit.', 'own', sample(usedRatio)),
      gauge(
        'llm_budget_reserved_usd',
        'Held by requests in flight.',
        'own',
        sample(({ reserved }) => usdNumber(reserved)),
      ),
      this.#overruns.family(),
      this.#budgetAlerts.family(),
      this.#fallbacks.family(),
      this.#privacy.family(),
      this.#violations.family(),
      this.#dropped.family(),
      gauge('llm_in_flight', 'Requests that have begun and not ended.', 'sum', [{ labels: {}, value: this.#inFlight }]),
      gauge('llm_provider_cooling_seconds', cooling, 'greatest', this.#coolingSamples()),
      gauge(
        'llm_provider_requests',
        'Requests at a provider with max_concurrent, by state: running or waiting.',
        'sum',
        this.#placeSamples(),
      ),
      gauge('aegis_build_info', 'The running version.', 'own', [build]),
      ...(this.#view.others?.() ?? []),
    ]
  }

  #coolingSamples() {
    const { providers, cooling } = this.#view
    return providers.flatMap((provider) =>
      provider.models.map((model) => ({
        labels: { provider: provider.name, model },
        value: (cooling(provider, model) ?? 0) / 1000,
      })),
    )
  }

  #placeSamples() {
    const { providers, places } = this.#view
    return providers.flatMap((provider) => {
      const { name } = provider
      const found = places(provider)
      if (!found) return []
      return [
        { labels: { provider: name, state: 'running' }, value: found.taken },
        { labels: { provider: name, state: 'waiting' }, value: found.waiting },
      ]
    })
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #modelLabel(provider: string, model: string): string {
    return this.#knownModels.has(`${provider}\n${model}`) ? model : OTHER_MODEL
  }
}

function usedRatio({ limit, spent, reserved }: BudgetStatus): number {
  if (limit === 0) return spent + reserved > 0 ? Number.POSITIVE_INFINITY : 0
  return (spent + reserved) / limit
}
