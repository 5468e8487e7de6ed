// Owns the line that the log has for each request: who answered, why, how it ended, and what it took. No word of content.
import type { Logger } from '../domain/logger.ts'
import { usdNumber } from '../domain/money.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { Telemetry } from './telemetry.ts'

export class RequestLog implements Telemetry {
  readonly #logger: Logger

  constructor(logger: Logger) {
    this.#logger = logger
  }

  started(): void {}

  record(outcome: Outcome): void {
    const { answeredBy: by, attempts, usage } = outcome
    this.#logger.request?.({
      request_id: outcome.requestId,
      provider: by?.provider ?? attempts.at(-1)?.provider,
      model: by?.model,
      status: outcome.status,
      http_status: outcome.httpStatus,
      reason: by?.reason,
      classification: outcome.classification.level,
      duration_ms: Math.round(outcome.endedAtMs - outcome.receivedAtMs),
      attempts: attempts.length,
      input_tokens: usage?.inputTokens,
      output_tokens: usage?.outputTokens,
      cost_usd: usdNumber(outcome.cost),
      key: outcome.keyId,
    })
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
