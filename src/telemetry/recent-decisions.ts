// Owns the last decisions for the status page, in memory, and each provider's health from live traffic.
import { dataClassifications } from '../domain/data-classification.ts'
import { usdNumber } from '../domain/money.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { AnsweredView, DecisionView } from './system-status.ts'
import type { Telemetry } from './telemetry.ts'

const KEPT = 50

/** Results of an attempt that say nothing about the provider's health. */
const notTheProvider = new Set([
  'budget_exceeded',
  'price_unknown',
  'ledger_unavailable',
  'cached',
  'cooling_down',
  'queue_full',
  'rejected',
  'cancelled',
  'unsupported',
  'context_exceeded',
  'model_missing',
  'privacy_refused',
])

export class RecentDecisions implements Telemetry {
  #ring: Outcome[] = []
  #next = 0
  readonly #lastResult = new Map<string, string>()
  /** By classification, of which there are few. */
  readonly #answered = new Map<string, { local: number; cloud: number }>()

  started(): void {}

  record(outcome: Outcome): void {
    this.#ring[this.#next] = outcome
    this.#next = (this.#next + 1) % KEPT
    for (const { provider, result } of outcome.attempts)
      if (!notTheProvider.has(result)) this.#lastResult.set(provider, result)
    if (outcome.answeredBy) this.#countAnswer(outcome.classification.level, outcome.answeredBy.location)
  }

  /** `answered`, the kind of the last failure, or undefined before the first request. */
  lastResult(provider: string): string | undefined {
    return this.#lastResult.get(provider)
  }

  /** Newest first. */
  list(): DecisionView[] {
    const ordered = [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)]
    return ordered.reverse().map(viewOf)
  }

  /** The most sensitive last. */
  answered(): AnsweredView[] {
    return dataClassifications.flatMap((classification) => {
      const counts = this.#answered.get(classification)
      return counts ? [{ classification, ...counts }] : []
    })
  }

  #countAnswer(classification: string, location: 'local' | 'cloud'): void {
    let counts = this.#answered.get(classification)
    if (!counts) {
      counts = { local: 0, cloud: 0 }
      this.#answered.set(classification, counts)
    }
    counts[location] += 1
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

function viewOf(outcome: Outcome): DecisionView {
  const { answeredBy: by } = outcome
  return {
    request_id: outcome.requestId,
    at: new Date(outcome.receivedAtMs).toISOString(),
    classification: outcome.classification.level,
    provider: by?.provider ?? null,
    model: by?.model ?? null,
    location: by?.location ?? null,
    reason: by?.reason ?? null,
    status: outcome.status,
    http_status: outcome.httpStatus,
    cost_usd: usdNumber(outcome.cost),
    duration_ms: Math.round(outcome.endedAtMs - outcome.receivedAtMs),
    attempts: outcome.attempts.map(({ provider, model, result }) => ({ provider, model, result })),
    cohort: outcome.rollout?.cohort ?? null,
  }
}
