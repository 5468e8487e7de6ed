// Owns the metrics of a rollout. Labels are closed sets: the two cohorts, how a request ended, whether two policies agree.
import type { Outcome } from '../../domain/outcome.ts'
import type { Telemetry } from '../telemetry.ts'
import { Counter, renderGauge } from './series.ts'

export class RolloutMetrics implements Telemetry {
  readonly #percent: () => number
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

  /** @param percent the candidate's share, as this process knows it. */
  constructor(percent: () => number) {
    this.#percent = percent
  }

  started(): void {}

  record({ rollout, status, cost }: Outcome): void {
    if (!rollout) return
    const { cohort, shadow } = rollout
    this.#requests.add(1, cohort, status)
    if (cost > 0) this.#cost.add(cost, cohort)
    if (shadow) this.#shadow.add(1, shadow.agrees ? 'yes' : 'no')
  }

  render(): string {
    const gauge = renderGauge('llm_rollout_percent', "The candidate's share of the traffic, in per cent.", [
      { labels: {}, value: this.#percent() },
    ])
    return `${[gauge, this.#requests.render(), this.#cost.render(), this.#shadow.render()].join('\n')}\n`
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
