// Owns the fan-out: one outcome to every observer, none of which can hurt the others.
import type { Outcome } from '../domain/outcome.ts'
import type { Telemetry } from './telemetry.ts'

export class AllTelemetry implements Telemetry {
  readonly #observers: readonly Telemetry[]

  constructor(observers: readonly Telemetry[]) {
    this.#observers = observers
  }

  started(): void {
    for (const observer of this.#observers) observer.started()
  }

  record(outcome: Outcome): void {
    for (const observer of this.#observers) observer.record(outcome)
  }

  async close(): Promise<void> {
    await Promise.all(this.#observers.map((observer) => observer.close()))
  }
}
