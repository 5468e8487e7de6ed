// Owns how much of what is left one process gets. Every store decides by this.
import type { NanoUsd } from '../domain/money.ts'
import type { LeaseRequest } from './store.ts'

/** A process gets at most this part of what is left, unless it needs more for one request: others want some too. */
const SLICES = 16

/**
 * What is granted when `remaining` is left of the tightest limit: nothing below `need`, at most `want`. As the limit
 * comes near, slices shrink to what one request needs, so that nothing is stranded in a process that does not use it.
 * @example grantOf({ need: 10, want: 500 }, 1600) // 100
 */
export function grantOf({ need, want }: Pick<LeaseRequest, 'need' | 'want'>, remaining: number): NanoUsd {
  if (!(remaining >= need)) return 0 as NanoUsd
  return Math.min(want, Math.max(need, Math.floor(remaining / SLICES))) as NanoUsd
}
