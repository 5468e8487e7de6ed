// Owns budget months: which month an instant belongs to in a time zone, and the instants at which that month begins
// and ends. A period is a function of the clock, so there is no reset job that could run twice, late or never.

/** One month of budgets: from `startMs` until just before `endMs`. */
export interface MonthPeriod {
  /** `2026-11`. */
  readonly key: string
  /** Milliseconds since 1970. */
  readonly startMs: number
  /** The first instant of the next month, milliseconds since 1970. */
  readonly endMs: number
}

const HOUR_MS = 3_600_000
/** No zone was ever further from UTC than 16 hours, local mean times of the 19th century included. */
const FURTHEST_OFFSET_HOURS = 16

/**
 * The months of one time zone.
 *
 * A month begins at the first instant whose local date lies in it, and lasts until the next one begins. So months
 * have no gaps and no overlap, also where the first midnight does not exist (a jump forward) or comes twice (St John's
 * went back from 00:01 on November 1 to 23:01 on October 31: that hour belongs to November, which had begun).
 * @example
 * const calendar = new MonthCalendar('Europe/Berlin')
 * calendar.at(Date.UTC(2026, 9, 31, 23)).key // '2026-11'
 */
export class MonthCalendar {
  readonly timeZone: string
  readonly #format: Intl.DateTimeFormat
  readonly #known: MonthPeriod[] = []
  #current: MonthPeriod = { key: '', startMs: 0, endMs: 0 }

  /** @throws RangeError when `timeZone` is not an IANA name that this Node knows. */
  constructor(timeZone: string) {
    this.timeZone = timeZone
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
   * The month of an instant. Two comparisons while the clock stays in the month of the last call.
   * @example calendar.at(clock.wallMs()).endMs // when the budgets start anew
   */
  at(wallMs: number): MonthPeriod {
    const current = this.#current
    if (wallMs >= current.startMs && wallMs < current.endMs) return current
    const known = this.#known.find((period) => wallMs >= period.startMs && wallMs < period.endMs)
    this.#current = known ?? this.#learn(wallMs)
    return this.#current
  }

  #learn(wallMs: number): MonthPeriod {
    const local = new Date(this.#localMs(wallMs))
    let month = local.getUTCFullYear() * 12 + local.getUTCMonth()
    let startMs = this.#startOf(month)
    let endMs = this.#startOf(month + 1)
    while (wallMs >= endMs) {
      month += 1
      startMs = endMs
      endMs = this.#startOf(month + 1)
    }
    const key = `${String(Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}`
    const period = { key, startMs, endMs }
    this.#known.push(period)
    return period
  }

  /**
   * The first instant at which the local clock shows the month or a later one: in each stretch of time with one
   * offset that is where the local clock reaches midnight, or the stretch's begin when it is past that already.
   */
  #startOf(month: number): number {
    const midnight = Date.UTC(Math.floor(month / 12), month % 12, 1)
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
