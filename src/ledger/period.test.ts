import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from '../../test/make/property.ts'
import { Calendar } from './period.ts'

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'America/Asuncion',
  'America/Havana',
  'America/Sao_Paulo',
  'Africa/Cairo',
  'Asia/Beirut',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'Pacific/Kwajalein',
  'Antarctica/Troll',
]

/** Year and month on the local clock, straight from Intl. */
function localMonth(timeZone: string, wallMs: number): string {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit' }).formatToParts(wallMs)
  const value = (type: string) => parts.find((part) => part.type === type)?.value
  return `${value('year')}-${value('month')}`
}

function following(key: string): string {
  const [year = 0, month = 0] = key.split('-').map(Number)
  return month === 12 ? `${year + 1}-01` : `${year}-${String(month + 1).padStart(2, '0')}`
}

const instant = fc.integer({ min: Date.UTC(1970, 1), max: Date.UTC(2100, 0) })

describe('budget months', () => {
  test('every instant lies in exactly one month, and months follow each other without gap or overlap', () => {
    const calendars = new Map(zones.map((zone) => [zone, new Calendar('month', zone)]))
    fc.assert(
      fc.property(fc.constantFrom(...zones), instant, (zone, wallMs) => {
        const calendar = calendars.get(zone)
        assert.ok(calendar)
        const period = calendar.at(wallMs)
        assert.ok(period.startMs <= wallMs && wallMs < period.endMs)
        assert.equal(calendar.at(period.startMs).key, period.key)
        assert.equal(calendar.at(period.endMs - 1).key, period.key)
        const next = calendar.at(period.endMs)
        assert.equal(next.key, following(period.key))
        assert.equal(next.startMs, period.endMs)
        assert.equal(following(calendar.at(period.startMs - 1).key), period.key)
      }),
      { numRuns: 1000 },
    )
  })

  test('a month begins at the first instant that the local clock shows it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), instant, (zone, wallMs) => {
        const { key, startMs } = new Calendar('month', zone).at(wallMs)
        assert.equal(localMonth(zone, startMs), key)
        for (const earlierMs of [1, 1000, 60_000, 1_800_000, 3_600_000, 7_200_000, 90_000_000]) {
          assert.ok(localMonth(zone, startMs - earlierMs) < key, `${zone} ${key} began ${earlierMs} ms earlier`)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('an instant belongs to the month on the local clock, or to the next one if that had begun', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), instant, (zone, wallMs) => {
        const { key } = new Calendar('month', zone).at(wallMs)
        const shown = localMonth(zone, wallMs)
        assert.ok(key === shown || key === following(shown))
      }),
      { numRuns: 500 },
    )
  })

  test('the answer does not depend on what was asked before', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.array(instant, { minLength: 2, maxLength: 6 }), (zone, instants) => {
        const used = new Calendar('month', zone)
        for (const wallMs of instants) assert.deepEqual(used.at(wallMs), new Calendar('month', zone).at(wallMs))
      }),
      { numRuns: 60 },
    )
  })

  const known: [zone: string, at: string, key: string, start: string, end: string][] = [
    ['UTC', '2026-11-30T23:59:59.999Z', '2026-11', '2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z'],
    // Summer time ends inside October and begins inside March.
    ['Europe/Berlin', '2026-10-31T22:59:59.999Z', '2026-10', '2026-09-30T22:00:00Z', '2026-10-31T23:00:00Z'],
    ['Europe/Berlin', '2026-03-15T00:00:00Z', '2026-03', '2026-02-28T23:00:00Z', '2026-03-31T22:00:00Z'],
    // December 30, 2011 did not exist: the zone moved over the date line.
    ['Pacific/Apia', '2011-12-30T12:00:00Z', '2011-12', '2011-12-01T10:00:00Z', '2011-12-31T10:00:00Z'],
    // January 1, 1995 came right after December 30.
    ['Pacific/Kiritimati', '1995-01-05T00:00:00Z', '1995-01', '1994-12-31T10:00:00Z', '1995-01-31T10:00:00Z'],
    // The clock went back from 00:01 on November 1 to 23:01 on October 31: November had begun.
    ['America/St_Johns', '2009-11-01T03:00:00Z', '2009-11', '2009-11-01T02:30:00Z', '2009-12-01T03:30:00Z'],
    // Midnight of October 1, 2000 did not exist: 00:00 became 01:00.
    ['America/Asuncion', '2000-10-01T04:00:00Z', '2000-10', '2000-10-01T04:00:00Z', '2000-11-01T03:00:00Z'],
  ]
  for (const [zone, at, key, start, end] of known) {
    test(`${at} in ${zone} is in ${key}`, () => {
      const period = new Calendar('month', zone).at(Date.parse(at))
      assert.deepEqual(period, { key, startMs: Date.parse(start), endMs: Date.parse(end) })
    })
  }

  test('an unknown time zone is refused', () => {
    assert.throws(() => new Calendar('month', 'Mars/Olympus'), RangeError)
  })
})
