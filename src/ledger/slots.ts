// Owns the slots of time in which spending is added up. Every budget window is a run of slots, so that a budget that is
// set later, or changed, counts what was spent before.

/**
 * All spending is added up in quarters of an hour: the offset of every time zone is a multiple of that, so days, weeks
 * and months begin with one. (Liberia's until 1972 and other odd offsets of the past are not.)
 */
export const COARSE_GRAIN_SECONDS = 900

const FINE_GRAINS_SECONDS = [1, 15, 60, 300] as const
/** A rolling window is cut at a slot's border, at most this part of it early. */
const SLOTS_A_WINDOW = 60

/** The grain of a rolling window's slots: fine enough that it forgets spending at most 1/60 too late, or a second. */
export function rollingGrainSeconds(windowSeconds: number): number {
  const grain = FINE_GRAINS_SECONDS.findLast((seconds) => seconds * SLOTS_A_WINDOW <= windowSeconds)
  if (windowSeconds >= COARSE_GRAIN_SECONDS * SLOTS_A_WINDOW) return COARSE_GRAIN_SECONDS
  return grain ?? 1
}

/** Slots of one grain that begin before this are too old for any window that is counted in them, now or set later. */
export interface OldSlots {
  readonly grainSeconds: number
  readonly beforeMs: number
}

/** Twice the longest window of each fine grain, and an hour for clocks that differ. Coarse slots are never too old: a lifetime counts all. */
export function oldFineSlots(nowMs: number): readonly OldSlots[] {
  const grains = [...FINE_GRAINS_SECONDS, COARSE_GRAIN_SECONDS]
  return FINE_GRAINS_SECONDS.map((grainSeconds, index) => {
    const longestMs = (grains[index + 1] ?? COARSE_GRAIN_SECONDS) * SLOTS_A_WINDOW * 1000
    return { grainSeconds, beforeMs: nowMs - 2 * longestMs - 3_600_000 }
  })
}

/** The first millisecond of the slot of an instant. */
export function slotOf(wallMs: number, grainSeconds: number): number {
  const grainMs = grainSeconds * 1000
  return Math.floor(wallMs / grainMs) * grainMs
}
