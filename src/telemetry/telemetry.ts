// Owns the telemetry port: observers see content-free outcomes.
import type { Outcome } from '../domain/outcome.ts'

export interface Telemetry {
  /** Called once a request, when it begins. */
  started(): void
  /** Called once a request, after it has ended. Must not throw and must not block. */
  record(outcome: Outcome): void
  close(): Promise<void>
}
