// Owns how much one body may cost: units of text and time.
import type { UndecidableCause } from './finding.ts'

/** Thrown inside a scan; the body becomes undecidable. */
export class BudgetExceeded extends Error {
  override readonly name = 'BudgetExceeded'
  readonly because: Extract<UndecidableCause, 'too_large' | 'out_of_time'>

  constructor(because: 'too_large' | 'out_of_time') {
    super(because)
    this.because = because
  }
}

export interface BudgetLimits {
  readonly maxUnits: number
  readonly maxTimeMs: number
}

export class DetectionBudget {
  readonly #clock: { now(): number }
  readonly #endsAtMs: number
  #unitsLeft: number

  constructor({ maxUnits, maxTimeMs }: BudgetLimits, clock: { now(): number }) {
    this.#clock = clock
    this.#endsAtMs = clock.now() + maxTimeMs
    this.#unitsLeft = maxUnits
  }

  /** @throws BudgetExceeded */
  spend(text: string): void {
    this.#unitsLeft -= text.length
    if (this.#unitsLeft < 0) throw new BudgetExceeded('too_large')
    this.checkTime()
  }

  /** @throws BudgetExceeded */
  checkTime(): void {
    if (this.#clock.now() > this.#endsAtMs) throw new BudgetExceeded('out_of_time')
  }
}
