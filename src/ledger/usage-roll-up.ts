// Owns the roll-up of usage: what rows add to the sums by hour, day and month of days, and which sums and rows make up a
// span of time. Both stores keep these sums, so that a summary reads few rows even when there are millions.
import { type UsageGrouping, type UsageQuery, type UsageRow, usageGroupings } from './ledger.ts'
import type { UsageEntry, UsagePart } from './usage-row.ts'

const HOUR_SECONDS = 3600
const HOUR_MS = HOUR_SECONDS * 1000
const DAY_SECONDS = 86_400

/** By this one, all time has the fewest sums. */
export const COARSEST_GRAIN_SECONDS = 30 * DAY_SECONDS

/** Every row adds to a sum of each grain. Slots begin with 1970, in UTC. */
const GRAINS_SECONDS = [COARSEST_GRAIN_SECONDS, DAY_SECONDS, HOUR_SECONDS] as const

/** Days themselves are not added up. */
const DAY_GRAINS_SECONDS = [DAY_SECONDS, HOUR_SECONDS] as const

/** The last instant that is counted, which begins a slot of every grain. */
const END_MS = Math.floor(Number.MAX_SAFE_INTEGER / (COARSEST_GRAIN_SECONDS * 1000)) * COARSEST_GRAIN_SECONDS * 1000

interface Figures {
  requests: number
  inputTokens: number
  outputTokens: number
  cost: number
}

const NOTHING: Readonly<Figures> = { requests: 0, inputTokens: 0, outputTokens: 0, cost: 0 }

/** The sums of one grouping, slot of time and name. The name is empty for none, and in the grouping by day. */
export interface SlotFigures extends Figures {
  readonly grouping: UsageGrouping
  readonly grainSeconds: number
  /** The first millisecond of the slot. */
  readonly slotMs: number
  readonly name: string
}

/** The sums that a batch of rows adds to, few even when the rows are many. */
export function rollUp(entries: readonly UsageEntry[]): SlotFigures[] {
  const sums = new Map<string, SlotFigures>()
  for (const alike of alikeIn(entries)) {
    for (const grouping of usageGroupings) {
      for (const grainSeconds of grainsOf(grouping)) {
        const grainMs = grainSeconds * 1000
        const slotMs = Math.floor(alike.hourMs / grainMs) * grainMs
        for (const name of namesOf(grouping, alike)) add(sums, { grouping, grainSeconds, slotMs, name }, alike)
      }
    }
  }
  return [...sums.values()]
}

/** The figures of all parts with the same names in the same hour: they add to the same sums. */
interface Alike extends Figures {
  readonly hourMs: number
  readonly row: Pick<UsageRow, 'keyId' | 'user' | 'tags'>
  readonly part: Pick<UsagePart, 'provider' | 'model'>
}

/** Most rows are like the one before, which is seen without making a name of all their names. */
function alikeIn(entries: readonly UsageEntry[]): Iterable<Alike> {
  const known = new Map<string, Alike>()
  let last: Alike | undefined
  for (const { row, parts } of entries) {
    const hourMs = Math.floor(row.receivedAtMs / HOUR_MS) * HOUR_MS
    for (const part of parts) {
      if (!last || !isAlike(last, hourMs, row, part)) {
        const id = JSON.stringify([hourMs, part.provider, part.model, row.keyId, row.user, row.tags])
        last = known.get(id) ?? { ...NOTHING, hourMs, row, part }
        known.set(id, last)
      }
      addFigures(last, part)
    }
  }
  return known.values()
}

function isAlike({ hourMs, row, part }: Alike, itsHourMs: number, its: UsageRow, itsPart: UsagePart): boolean {
  return (
    hourMs === itsHourMs &&
    part.provider === itsPart.provider &&
    part.model === itsPart.model &&
    row.keyId === its.keyId &&
    row.user === its.user &&
    row.tags.length === 0 &&
    its.tags.length === 0
  )
}

/** A part of a span of time, from `sinceMs` until just before `untilMs`. */
export interface SpanPiece {
  /** In whole slots of this grain; undefined for what is less than the finest, which only the rows tell. */
  readonly grainSeconds: number | undefined
  readonly sinceMs: number
  readonly untilMs: number
}

/**
 * The pieces of a span: as much as possible in coarse slots, the rest of it at both ends in finer ones.
 * @example spanPieces('user', {}) // one piece, of the coarsest grain
 */
export function spanPieces(grouping: UsageGrouping, { sinceMs = 0, untilMs = END_MS }: UsageQuery): SpanPiece[] {
  return piecesOf(Math.max(0, sinceMs), Math.min(END_MS, untilMs), grainsOf(grouping))
}

function piecesOf(sinceMs: number, untilMs: number, [grainSeconds, ...finer]: readonly number[]): SpanPiece[] {
  if (sinceMs >= untilMs) return []
  if (grainSeconds === undefined) return [{ grainSeconds, sinceMs, untilMs }]
  const grainMs = grainSeconds * 1000
  const firstMs = Math.ceil(sinceMs / grainMs) * grainMs
  const endMs = Math.floor(untilMs / grainMs) * grainMs
  if (firstMs >= endMs) return piecesOf(sinceMs, untilMs, finer)
  return [
    ...piecesOf(sinceMs, firstMs, finer),
    { grainSeconds, sinceMs: firstMs, untilMs: endMs },
    ...piecesOf(endMs, untilMs, finer),
  ]
}

function grainsOf(grouping: UsageGrouping): readonly number[] {
  return grouping === 'day' ? DAY_GRAINS_SECONDS : GRAINS_SECONDS
}

function namesOf(grouping: UsageGrouping, { row, part }: Alike): readonly string[] {
  switch (grouping) {
    case 'provider':
      return [part.provider]
    case 'model':
      return [part.model]
    case 'key':
      return [row.keyId ?? '']
    case 'user':
      return [row.user ?? '']
    case 'tag':
      return row.tags.length === 0 ? [''] : row.tags
    case 'day':
      return ['']
  }
}

type Slot = Pick<SlotFigures, 'grouping' | 'grainSeconds' | 'slotMs' | 'name'>

function add(sums: Map<string, SlotFigures>, slot: Slot, figures: Figures): void {
  const id = `${slot.grouping} ${slot.grainSeconds} ${slot.slotMs} ${slot.name}`
  const sum = sums.get(id)
  if (sum === undefined) sums.set(id, { ...slot, ...figuresOf(figures) })
  else addFigures(sum, figures)
}

function addFigures(sum: Figures, { requests, inputTokens, outputTokens, cost }: Readonly<Figures>): void {
  sum.requests += requests
  sum.inputTokens += inputTokens
  sum.outputTokens += outputTokens
  sum.cost += cost
}

function figuresOf({ requests, inputTokens, outputTokens, cost }: Readonly<Figures>): Figures {
  return { requests, inputTokens, outputTokens, cost }
}
