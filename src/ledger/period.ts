// Owns budget periods: which day, week or month an instant belongs to in a time zone, and the instants at which that
// one begins and ends. A period is a function of the clock, so there is no reset job that could run twice, late or never.

/** One day, week or month: from `startMs` until just before `endMs`. */
export interface Period {
  /** `2026-11-27`, `2026-W48` (ISO 8601) or `2026-11`. */
  readonly key: string
  /** Milliseconds since 1970. */
  readonly startMs: number
  /** The first instant of the next one, milliseconds since 1970. */
  readonly endMs: number
}

export type PeriodUnit = 'day' | 'week' | 'month'

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
/** No zone was ever further from UTC than 16 hours, local mean times of the 19th century included. */
const FURTHEST_OFFSET_HOURS = 16
/** Periods that are remembered: as many as clock changes are likely to come back to. */
const MOST_KNOWN = 63

/** How the periods of a unit are counted: by number, from the local date as if it were UTC, and back. */
interface Counting {
  readonly numberOf: (localMs: number) => number
  readonly firstMidnight: (number: number) => number
  readonly key: (number: number) => string
}

const countings: Readonly<Record<PeriodUnit, Counting>> = {
  day: {
    numberOf: (localMs) => Math.floor(localMs / DAY_MS),
    firstMidnight: (number) => number * DAY_MS,
    key: (number) => new Date(number * DAY_MS).toISOString().slice(0, 10),
  },
  // January 1, 1970 was a Thursday, so week 0 began on December 29, 1969.
  week: {
    numberOf: (localMs) => Math.floor((localMs / DAY_MS + 3) / 7),
    firstMidnight: (number) => (number * 7 - 3) * DAY_MS,
    key: (number) => isoWeek((number * 7 - 3) * DAY_MS),
  },
  month: {
    numberOf: (localMs) => {
      const date = new Date(localMs)
      return date.getUTCFullYear() * 12 + date.getUTCMonth()
    },
    firstMidnight: (number) => Date.UTC(Math.floor(number / 12), number % 12, 1),
    key: (number) =>
      `${String(Math.floor(number / 12)).padStart(4, '0')}-${String((number % 12) + 1).padStart(2, '0')}`,
  },
}

/** ISO 8601: a week belongs to the year of its Thursday, and week 1 has the year's first one. */
function isoWeek(mondayMs: number): string {
  const thursday = new Date(mondayMs + 3 * DAY_MS)
  const year = thursday.getUTCFullYear()
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY_MS)) + 1
  return `${year}-W${String(week).padStart(2, '0')}`
}

/**
 * The days, weeks or months of one time zone.
 *
 * A period begins at the first instant whose local date lies in it, and lasts until the next one begins. So periods
 * have no gaps and no overlap, also where the first midnight does not exist (a jump forward) or comes twice (St John's
 * went back from 00:01 on November 1 to 23:01 on October 31: that hour belongs to November, which had begun).
 * @example
 * const calendar = new Calendar('month', 'Europe/Berlin')
 * calendar.at(Date.UTC(2026, 9, 31, 23)).key // '2026-11'
 */
export class Calendar {
  readonly #counting: Counting
  readonly #format: Intl.DateTimeFormat
  #known: Period[] = []
  #current: Period = { key: '', startMs: 0, endMs: 0 }

  /** @throws RangeError when `timeZone` is not an IANA name that this Node knows. */
  constructor(unit: PeriodUnit, timeZone: string) {
    this.#counting = countings[unit]
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  }

  /**
   * The period of an instant. Two comparisons while the clock stays in the period of the last call.
   * @example calendar.at(clock.wallMs()).endMs // when the budgets start anew
   */
  at(wallMs: number): Period {
    const current = this.#current
    if (wallMs >= current.startMs && wallMs < current.endMs) return current
    const known = this.#known.find((period) => wallMs >= period.startMs && wallMs < period.endMs)
    this.#current = known ?? this.#learn(wallMs)
    return this.#current
  }

  #learn(wallMs: number): Period {
    let number = this.#counting.numberOf(this.#localMs(wallMs))
    let startMs = this.#startOf(number)
    let endMs = this.#startOf(number + 1)
    while (wallMs >= endMs) {
      number += 1
      startMs = endMs
      endMs = this.#startOf(number + 1)
    }
    const period = { key: this.#counting.key(number), startMs, endMs }
    this.#known = [...this.#known.slice(-MOST_KNOWN), period]
    return period
  }

  /**
   * The first instant at which the local clock shows the period or a later one: in each stretch of time with one
   * offset that is where the local clock reaches midnight, or the stretch's begin when it is past that already.
   */
  #startOf(number: number): number {
    const midnight = this.#counting.firstMidnight(number)
    let stretchStart = midnight - FURTHEST_OFFSET_HOURS * HOUR_MS
    let offset = this.#offsetMs(stretchStart)
    for (let hours = 1 - FURTHEST_OFFSET_HOURS; hours <= FURTHEST_OFFSET_HOURS; hours += 1) {
      const probe = midnight + hours * HOUR_MS
      const nextOffset = this.#offsetMs(probe)
      if (nextOffset === offset) continue
      const change = this.#offsetChange(probe - HOUR_MS, probe)
      const reached = Math.max(stretchStart, midnight - offset)
      if (reached < change) return reached
      stretchStart = change
      offset = nextOffset
    }
    return Math.max(stretchStart, midnight - offset)
  }

  /** The first second in (`before`, `after`] that has the offset of `after`. */
  #offsetChange(before: number, after: number): number {
    const target = this.#offsetMs(after)
    let low = before
    let high = after
    while (high - low > 1000) {
      const middle = low + Math.floor((high - low) / 2000) * 1000
      if (this.#offsetMs(middle) === target) high = middle
      else low = middle
    }
    return high
  }

  #offsetMs(wallMs: number): number {
    return this.#localMs(wallMs) - Math.floor(wallMs / 1000) * 1000
  }

  /** The local date and time to the second, as if it were UTC. */
  #localMs(wallMs: number): number {
    const fields: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {}
    for (const part of this.#format.formatToParts(wallMs)) fields[part.type] = Number(part.value)
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields
    return Date.UTC(year, month - 1, day, hour, minute, second)
  }
}
