// Owns the construction of a rollout: two policies over the same providers, and what counts, tells and shows it.
import { randomUUID } from 'node:crypto'
import type { Alerts } from './alerts/alerts.ts'
import type { AuditLog } from './audit/audit-log.ts'
import type { Surroundings } from './compose.ts'
import type { RolloutPlan } from './domain/rollout.ts'
import type { LedgerStore } from './ledger/store.ts'
import { costOfUsage } from './policy/estimate-cost.ts'
import type { PriceBook } from './policy/price-book.ts'
import type { RoutingPolicy } from './policy/route.ts'
import { rolloutAlert } from './rollout/rollout-alert.ts'
import { RolloutController } from './rollout/rollout-controller.ts'
import { RolloutCounters } from './rollout/rollout-counters.ts'
import { RolloutDesk } from './rollout/rollout-desk.ts'
import type { RolloutRecorder, RolloutStep } from './rollout/rollout-step.ts'
import type { MetricFamily } from './telemetry/metric-family.ts'
import type { RolloutMetrics } from './telemetry/prometheus/rollout-metrics.ts'

export interface ComposedRollout {
  readonly controller: RolloutController<RoutingPolicy>
  readonly counters: RolloutCounters
  readonly families: () => readonly MetricFamily[]
}

export interface RolloutParts extends Pick<Surroundings, 'clock' | 'logger'> {
  readonly store: Pick<LedgerStore, 'rollouts'>
  readonly alerts: Pick<Alerts, 'notice'>
  readonly current: RoutingPolicy
  readonly priceBook: PriceBook
  /** Of the process, whatever its configuration. */
  readonly metrics: RolloutMetrics
  readonly audit: AuditLog | undefined
}

/** Not open yet: the store must be. */
export function composeRollout(plan: RolloutPlan, parts: RolloutParts): ComposedRollout {
  const { store, clock, logger, alerts, current, priceBook, metrics, audit } = parts
  const recorder: RolloutRecorder = {
    record(step) {
      logger.info('rollout_step', stepFacts(step))
      audit?.record({ type: 'rollout', data: stepFacts(step) })
    },
  }
  const desk = new RolloutDesk({ plan, store: store.rollouts, clock, recorder })
  const counters = new RolloutCounters(
    (name, model, usage) => {
      const provider = current.providers.find((one) => one.name === name)
      const price = provider && priceBook.price(provider, model)
      return price === undefined || price.state === 'unknown' ? undefined : costOfUsage(usage, price)
    },
    () => controller.known.state.epoch,
  )
  const controller = new RolloutController<RoutingPolicy>({
    ...{ desk, store: store.rollouts, counters, clock, logger, owner: randomUUID() },
    policies: { current, candidate: candidatePolicy(current, plan) },
    onState: (known) => {
      const { phase, percent } = known.state
      logger.info('rollout_state', { rollout: plan.id, revision: known.revision, phase, percent })
      const alert = rolloutAlert(known, plan)
      if (alert) alerts.notice(alert)
    },
  })
  return { controller, counters, families: () => metrics.families(controller.known.state.percent) }
}

/** A step as logs and the audit record have it. */
export function stepFacts({ cause, ...step }: RolloutStep): Record<string, string | number> {
  return { ...step, ...(cause ? { gate: cause.gate, value: cause.value, limit: cause.limit } : {}) }
}

/** The same providers at the same places; only what a candidate may change is another. */
export function candidatePolicy(current: RoutingPolicy, { candidate }: Pick<RolloutPlan, 'candidate'>): RoutingPolicy {
  const { rules, fallback, models } = candidate
  const providers = current.providers.map((provider) => {
    const ordered = Object.hasOwn(models, provider.name) ? models[provider.name] : undefined
    return ordered ? { ...provider, models: ordered } : provider
  })
  return { ...current, rules, fallback, providers }
}
