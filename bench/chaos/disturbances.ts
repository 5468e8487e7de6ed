/** Owns when something was broken on purpose, so that an error can be told from a fault. */

export type Disturbance = 'worker killed' | 'database away' | 'local provider away'

interface Period {
  readonly what: Disturbance
  readonly fromMs: number
  untilMs: number
}

export class Disturbances {
  readonly #periods: Period[] = []

  /** From now until `end` is called. */
  begin(what: Disturbance): { end(): void } {
    const period: Period = { what, fromMs: performance.now(), untilMs: Number.POSITIVE_INFINITY }
    this.#periods.push(period)
    return {
      end: () => {
        period.untilMs = performance.now()
      },
    }
  }

  /** Whether it was so at any moment of this time, or until `settlingMs` before it. */
  overlap(what: Disturbance, { startedMs, endedMs }: { startedMs: number; endedMs: number }, settlingMs = 0): boolean {
    return this.#periods.some(
      (one) => one.what === what && one.fromMs <= endedMs && startedMs <= one.untilMs + settlingMs,
    )
  }
}
