import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from '../../test/make/property.ts'
import { storeUsage } from './contract/any-usage.ts'
import { usageGroupings } from './ledger.ts'
import { rollUp, type SpanPiece, spanPieces } from './usage-roll-up.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const anyMs = fc.oneof(
  fc.integer({ min: 0, max: 100 * DAY_MS }),
  fc.integer({ min: 0, max: 100 * 24 }).map((hour) => hour * HOUR_MS),
  fc.integer({ min: 0, max: 10 }).map((month) => month * 30 * DAY_MS),
)

describe('the pieces of a span', () => {
  test('cover it from its beginning to its end, without a gap or an overlap, in whole slots', () => {
    fc.assert(
      fc.property(fc.constantFrom(...usageGroupings), anyMs, anyMs, (grouping, sinceMs, untilMs) => {
        const pieces = spanPieces(grouping, { sinceMs, untilMs })
        if (sinceMs >= untilMs) {
          assert.deepEqual(pieces, [])
          return
        }
        assert.equal(pieces[0]?.sinceMs, sinceMs)
        assert.equal(pieces.at(-1)?.untilMs, untilMs)
        for (const [index, piece] of pieces.entries()) {
          assert.ok(piece.sinceMs < piece.untilMs)
          assert.equal(piece.untilMs, pieces[index + 1]?.sinceMs ?? untilMs)
          const grainMs = (piece.grainSeconds ?? 0.001) * 1000
          assert.deepEqual([piece.sinceMs % grainMs, piece.untilMs % grainMs], [0, 0])
        }
      }),
    )
  })

  test('are rows for less than an hour at each end only, and hours for less than a day', () => {
    fc.assert(
      fc.property(fc.constantFrom(...usageGroupings), anyMs, anyMs, (grouping, sinceMs, untilMs) => {
        const pieces = spanPieces(grouping, { sinceMs, untilMs })
        const lengthOf = ({ sinceMs: from, untilMs: to }: SpanPiece) => to - from
        const rows = pieces.filter(({ grainSeconds }) => grainSeconds === undefined)
        assert.ok(rows.length <= 2)
        for (const piece of rows) assert.ok(lengthOf(piece) < 2 * HOUR_MS)
        for (const piece of pieces.filter(({ grainSeconds }) => grainSeconds === 3600)) {
          assert.ok(lengthOf(piece) < 2 * DAY_MS)
        }
      }),
    )
  })

  test('are one for all time, whose coarse slots are few', () => {
    for (const grouping of usageGroupings) {
      const [piece, ...others] = spanPieces(grouping, {})
      assert.equal(piece?.grainSeconds, grouping === 'day' ? 86_400 : 30 * 86_400)
      assert.deepEqual(others, [])
    }
  })
})

test('a row adds to one slot of each grain, in UTC, and rows of one slot and name are one sum', () => {
  const receivedAtMs = Date.parse('2026-11-23T12:07:30.123Z')
  const rows = [0, 1, 2].map((minute) =>
    storeUsage(`req_${minute}`, { cost: 5, user: 'ann', tokens: 10, receivedAtMs: receivedAtMs + minute * 60_000 }),
  )
  const sums = rollUp(rows).filter(({ grouping }) => grouping === 'user' || grouping === 'day')
  const figures = { requests: 3, inputTokens: 30, outputTokens: 60, cost: 15 }
  const hour = { grainSeconds: 3600, slotMs: Date.parse('2026-11-23T12:00:00Z') }
  const day = { grainSeconds: 86_400, slotMs: Date.parse('2026-11-23T00:00:00Z') }
  const month = { grainSeconds: 30 * 86_400, slotMs: Math.floor(receivedAtMs / (30 * DAY_MS)) * 30 * DAY_MS }
  assert.deepEqual(sums, [
    { grouping: 'user', name: 'ann', ...month, ...figures },
    { grouping: 'user', name: 'ann', ...day, ...figures },
    { grouping: 'user', name: 'ann', ...hour, ...figures },
    { grouping: 'day', name: '', ...day, ...figures },
    { grouping: 'day', name: '', ...hour, ...figures },
  ])
})
