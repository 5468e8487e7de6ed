// Owns time in tests that moves only when it is told to: a clock and the timers that go by it.
import type { Clock } from '../../src/domain/clock.ts'
import type { Timers } from '../../src/domain/timers.ts'

interface Alarm {
  readonly atMs: number
  readonly callback: () => void
}

export class HandClock implements Clock, Timers {
  #nowMs = 1_000
  readonly #startedMs = Date.now()
  readonly #alarms = new Set<Alarm>()

  wallMs(): number {
    return this.#startedMs + this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  after(milliseconds: number, callback: () => void): () => void {
    const alarm = { atMs: this.#nowMs + milliseconds, callback }
    this.#alarms.add(alarm)
    return () => this.#alarms.delete(alarm)
  }

  /** The waits under way, in milliseconds, shortest first. */
  get waits(): readonly number[] {
    return [...this.#alarms].map(({ atMs }) => atMs - this.#nowMs).toSorted((left, right) => left - right)
  }

  advance(milliseconds: number): void {
    this.#nowMs += milliseconds
    for (const alarm of [...this.#alarms].toSorted((left, right) => left.atMs - right.atMs)) {
      if (alarm.atMs <= this.#nowMs && this.#alarms.delete(alarm)) alarm.callback()
    }
  }
}
