// Owns the span of a budget at an instant: which slots of spending count, and when that changes.
import type { BudgetWindow } from '../domain/budget.ts'
import { Calendar, type PeriodUnit } from './period.ts'
import { COARSE_GRAIN_SECONDS, rollingGrainSeconds, slotOf } from './slots.ts'
import type { SpendSpan } from './store.ts'

/** The last instant there is. */
export const END_OF_TIME_MS = Number.MAX_SAFE_INTEGER

/** The span of a budget now. */
export interface WindowNow extends SpendSpan {
  /** `2026-11-27`, `2026-W48`, `2026-11`, `3600s`, `lifetime`. */
  readonly period: string
  /** When spending counts anew; undefined for rolling and lifetime windows. */
  readonly resetsAtMs: number | undefined
  /** The span is the same for every instant from `sameFromMs` until just before `sameUntilMs`. */
  readonly sameFromMs: number
  readonly sameUntilMs: number
}

/** A function of their unit and zone, and a millisecond's work to make: every new user has a few. */
const calendars = new Map<string, Calendar>()

function calendarOf(unit: PeriodUnit, timeZone: string): Calendar {
  const id = `${unit} ${timeZone}`
  const known = calendars.get(id)
  if (known !== undefined) return known
  const calendar = new Calendar(unit, timeZone)
  calendars.set(id, calendar)
  return calendar
}

/**
 * The windows of one budget. A function of the clock and the time zone, so nothing has to be reset.
 * @example new BudgetClock({ kind: 'month' }, 'Europe/Berlin').at(clock.wallMs()).period // '2026-11'
 */
export class BudgetClock {
  readonly #window: BudgetWindow
  readonly #calendar: Calendar | undefined
  #last: WindowNow | undefined

  /** @throws RangeError when `timeZone` is not an IANA name that this Node knows. */
  constructor(window: BudgetWindow, timeZone: string) {
    this.#window = window
    const { kind } = window
    this.#calendar = kind === 'day' || kind === 'week' || kind === 'month' ? calendarOf(kind, timeZone) : undefined
  }

  at(wallMs: number): WindowNow {
    const last = this.#last
    if (last && wallMs >= last.sameFromMs && wallMs < last.sameUntilMs) return last
    this.#last = this.#windowAt(wallMs)
    return this.#last
  }

  #windowAt(wallMs: number): WindowNow {
    if (this.#window.kind === 'rolling') return rollingWindow(wallMs, this.#window.seconds)
    if (this.#window.kind === 'interval') return intervalWindow(wallMs, this.#window.sinceMs, this.#window.seconds)
    if (this.#calendar === undefined) return LIFETIME
    const { key, startMs, endMs } = this.#calendar.at(wallMs)
    // A period that begins inside a slot counts all of that slot, so that it never counts too little.
    const grainMs = COARSE_GRAIN_SECONDS * 1000
    const untilMs = Math.ceil(endMs / grainMs) * grainMs
    const sinceMs = slotOf(startMs, COARSE_GRAIN_SECONDS)
    if (wallMs < sinceMs) return { ...LIFETIME, sameUntilMs: sinceMs }
    const span = { grainSeconds: COARSE_GRAIN_SECONDS, sinceMs, untilMs }
    return { ...span, period: key, resetsAtMs: endMs, sameFromMs: startMs, sameUntilMs: endMs }
  }
}

const LIFETIME: WindowNow = {
  grainSeconds: COARSE_GRAIN_SECONDS,
  sinceMs: 0,
  untilMs: END_OF_TIME_MS,
  period: 'lifetime',
  resetsAtMs: undefined,
  sameFromMs: 0,
  sameUntilMs: END_OF_TIME_MS,
}

/** What a clock that was ahead has charged to later slots counts too: a jump back must not make room. */
function rollingWindow(wallMs: number, seconds: number): WindowNow {
  const grainSeconds = rollingGrainSeconds(seconds)
  const sinceMs = slotOf(wallMs - seconds * 1000, grainSeconds)
  const sameFromMs = sinceMs + seconds * 1000
  return {
    grainSeconds,
    sinceMs,
    untilMs: END_OF_TIME_MS,
    period: `${seconds}s`,
    resetsAtMs: undefined,
    sameFromMs,
    sameUntilMs: sameFromMs + grainSeconds * 1000,
  }
}

/** An interval that begins inside a slot counts all of that slot. A clock that went back is in an interval before the first. */
function intervalWindow(wallMs: number, sinceMs: number, seconds: number | undefined): WindowNow {
  if (seconds === undefined) {
    if (wallMs < sinceMs) return { ...LIFETIME, sameUntilMs: sinceMs }
    const span = { grainSeconds: COARSE_GRAIN_SECONDS, sinceMs: slotOf(sinceMs, COARSE_GRAIN_SECONDS) }
    const period = `since ${new Date(sinceMs).toISOString()}`
    return { ...LIFETIME, ...span, period, sameFromMs: sinceMs }
  }
  const grainSeconds = rollingGrainSeconds(seconds)
  const lengthMs = seconds * 1000
  const startMs = sinceMs + Math.floor((wallMs - sinceMs) / lengthMs) * lengthMs
  const endMs = startMs + lengthMs
  return {
    grainSeconds,
    sinceMs: slotOf(startMs, grainSeconds),
    untilMs: Math.ceil(endMs / (grainSeconds * 1000)) * grainSeconds * 1000,
    period: `from ${new Date(startMs).toISOString()}`,
    resetsAtMs: endMs,
    sameFromMs: startMs,
    sameUntilMs: endMs,
  }
}
