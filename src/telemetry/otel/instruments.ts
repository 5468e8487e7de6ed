// Owns the metrics of the GenAI conventions: their names, units, bounds and attributes.
import type { Attributes, Meter } from '@opentelemetry/api'
import type { AttemptRecord, Outcome } from '../../domain/outcome.ts'
import { providerAttributes, type TracedProvider } from './provider-facts.ts'

/** https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/ */
const SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
const TOKENS = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864]
/** As the conventions call a value that stands for all others. */
const OTHER = '_OTHER'

export class Instruments {
  readonly #duration
  readonly #tokens
  readonly #firstChunk
  readonly #cost

  constructor(meter: Meter) {
    const seconds = { unit: 's', advice: { explicitBucketBoundaries: SECONDS } }
    this.#duration = meter.createHistogram('gen_ai.client.operation.duration', seconds)
    this.#firstChunk = meter.createHistogram('gen_ai.client.operation.time_to_first_chunk', seconds)
    const tokens = { unit: '{token}', advice: { explicitBucketBoundaries: TOKENS } }
    this.#tokens = meter.createHistogram('gen_ai.client.token.usage', tokens)
    this.#cost = meter.createCounter('aegis.cost', { unit: '{USD}', description: 'As the ledger charges it.' })
  }

  /** One attempt that was sent, or that failed to be. Names of models that clients made up are no series. */
  attempt(outcome: Outcome, attempt: AttemptRecord, provider: TracedProvider | undefined, durationMs: number): void {
    const attributes: Attributes = {
      'gen_ai.operation.name': outcome.operation ?? 'chat',
      'gen_ai.request.model': provider?.models.includes(attempt.model) ? attempt.model : OTHER,
      ...providerAttributes(provider),
    }
    const answered = attempt.result === 'answered'
    this.#duration.record(durationMs / 1000, answered ? attributes : { ...attributes, 'error.type': attempt.result })
    if (attempt.cost > 0) this.#cost.add(attempt.cost / 1e9, attributes)
    if (!answered) return
    const { usage, firstByteMs, stream } = outcome
    if (usage) {
      this.#tokens.record(usage.inputTokens, { ...attributes, 'gen_ai.token.type': 'input' })
      this.#tokens.record(usage.outputTokens, { ...attributes, 'gen_ai.token.type': 'output' })
    }
    if (stream && firstByteMs !== undefined) {
      this.#firstChunk.record(Math.max(0, firstByteMs - (attempt.beganAfterMs ?? 0)) / 1000, attributes)
    }
  }
}
