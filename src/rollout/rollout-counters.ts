// Owns the counting of outcomes in this process, until they are added to those of all others.
import type { Outcome } from '../domain/outcome.ts'
import type { RolloutCount } from '../ledger/rollout-store.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { type CostOf, countOutcome } from './outcome-counts.ts'

/** Observes outcomes as telemetry does. What it holds is bounded by the names there are, not by requests. */
export class RolloutCounters implements Telemetry {
  readonly #costOf: CostOf
  /** Which epoch a violation counts for. */
  readonly #epoch: () => number
  #byEpoch = new Map<number, Map<string, number>>()

  constructor(costOf: CostOf, epoch: () => number) {
    this.#costOf = costOf
    this.#epoch = epoch
  }

  started(): void {}

  record(outcome: Outcome): void {
    if (!outcome.rollout) return
    const { epoch } = outcome.rollout
    countOutcome(outcome, this.#costOf, (name, amount) => this.#add(epoch, name, amount))
  }

  /** Restricted data was stopped at the point of leaving. */
  violation(): void {
    this.#add(this.#epoch(), 'violations', 1)
  }

  /** What was counted since it was taken last. */
  take(): RolloutCount[] {
    const taken = [...this.#byEpoch].flatMap(([epoch, names]) =>
      [...names].map(([name, amount]) => ({ epoch, name, amount })),
    )
    this.#byEpoch = new Map()
    return taken
  }

  /** What was taken could not be written. */
  putBack(counts: readonly RolloutCount[]): void {
    for (const { epoch, name, amount } of counts) this.#add(epoch, name, amount)
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #add(epoch: number, name: string, amount: number): void {
    let names = this.#byEpoch.get(epoch)
    if (!names) {
      names = new Map()
      this.#byEpoch.set(epoch, names)
    }
    names.set(name, (names.get(name) ?? 0) + amount)
  }
}
