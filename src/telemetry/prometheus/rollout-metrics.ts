// Owns the metrics of a rollout. Labels are closed sets: the two cohorts, how a request ended, whether two policies agree.
import type { Outcome } from '../../domain/outcome.ts'
import type { MetricFamily } from '../metric-family.ts'
import type { Telemetry } from '../telemetry.ts'
import { Counter, gauge } from './series.ts'

export class RolloutMetrics implements Telemetry {
  readonly #requests = new Counter(
    'llm_rollout_requests_total',
    'Requests while a rollout is under way, by the policy that decided and how they ended.',
    ['cohort', 'status'],
  )
  readonly #cost = new Counter(
    'llm_rollout_cost_usd_total',
    'Their cost in US dollars, by the policy that decided.',
    ['cohort'],
    1_000_000_000,
  )
  readonly #shadow = new Counter(
    'llm_rollout_shadow_total',
    'Decisions that the candidate made beside the current policy, by whether both chose the same.',
    ['agrees'],
  )

  started(): void {}

  record({ rollout, status, cost }: Outcome): void {
    if (!rollout) return
    const { cohort, shadow } = rollout
    this.#requests.add(1, cohort, status)
    if (cost > 0) this.#cost.add(cost, cohort)
    if (shadow) this.#shadow.add(1, shadow.agrees ? 'yes' : 'no')
  }

  /** @param percent the candidate's share, as this process knows it. */
  families(percent: number): MetricFamily[] {
    const share = "The candidate's share of the traffic, in per cent."
    return [
      gauge('llm_rollout_percent', share, 'own', [{ labels: {}, value: percent }]),
      this.#requests.family(),
      this.#cost.family(),
      this.#shadow.family(),
    ]
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
