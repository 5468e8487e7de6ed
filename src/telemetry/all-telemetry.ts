// Owns the fan-out: one outcome to every observer, none of which can hurt the others.
import type { Outcome } from '../domain/outcome.ts'
import type { ExchangedContent, Telemetry } from './telemetry.ts'

export class AllTelemetry implements Telemetry {
  readonly #observers: readonly Telemetry[]
  readonly #wantsContent: boolean

  constructor(observers: readonly Telemetry[]) {
    this.#observers = observers
    this.#wantsContent = observers.some(({ wantsContent }) => wantsContent)
  }

  get wantsContent(): boolean {
    return this.#wantsContent
  }

  started(): void {
    for (const observer of this.#observers) observer.started()
  }

  record(outcome: Outcome, content?: ExchangedContent): void {
    for (const observer of this.#observers) {
      if (observer.wantsContent) observer.record(outcome, content)
      else observer.record(outcome)
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#observers.map((observer) => observer.close()))
  }
}
