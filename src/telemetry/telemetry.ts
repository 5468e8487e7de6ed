// Owns the telemetry port: observers see content-free outcomes, and content only where one was configured to.
import type { EffectiveClassification } from '../domain/data-classification.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { RequestBody } from '../domain/request-body.ts'

/** What was said. It exists only for observers that want it, and never of a restricted request. */
export interface ExchangedContent {
  readonly request: RequestBody
  /** A whole answer, or the events of a stream; cut where it is long. */
  readonly reply: readonly Buffer[]
}

/**
 * Whether a body may leave with what is told of its request. It is searched; where nothing is searched, only what was
 * said of the request's data can clear it.
 */
export type MayLeave = (body: RequestBody, classification: EffectiveClassification) => Promise<boolean>

export interface Telemetry {
  /** Set where an operator has switched on that messages and answers are sent on. */
  readonly wantsContent?: boolean
  /** Called once a request, when it begins. */
  started(): void
  /** Called once a request, after it has ended. Must not throw and must not block. */
  record(outcome: Outcome, content?: ExchangedContent): void
  close(): Promise<void>
}
