// Owns the part of one limit that this process has taken from the store, and what it has used of it.
import type { LimitKind, LimitSubject } from '../ledger/limit-store.ts'

export const MINUTE_MS = 60_000

export class Slice {
  readonly scope: LimitSubject['scope']
  readonly name: string
  readonly kind: LimitKind
  windowMs: number
  /** Taken from the store. */
  held = 0
  /** Of it, by requests. Above `held` when one used more than was estimated. */
  used = 0
  /** What nobody had taken when the store was last asked; undefined before that. */
  left: number | undefined
  /** The store had too little for `refusedNeed`, and is believed until then; monotonic. */
  refusedUntilMs = Number.NEGATIVE_INFINITY
  refusedNeed = 0
  usedAtMs = Number.NEGATIVE_INFINITY
  /** Of `parallel`: until then the store counts what is held, unless it is renewed. */
  lapsesAtMs = Number.POSITIVE_INFINITY

  constructor({ scope, name, kind }: Omit<LimitSubject, 'windowMs'>, wallMs: number) {
    this.scope = scope
    this.name = name
    this.kind = kind
    this.windowMs = kind === 'parallel' ? 0 : minuteOf(wallMs)
  }

  get free(): number {
    return this.held - this.used
  }

  /** A new minute begins with nothing taken and nothing used. What lapsed in the store has to be taken anew. */
  roll(wallMs: number): void {
    if (wallMs >= this.lapsesAtMs) {
      this.held = 0
      this.lapsesAtMs = Number.POSITIVE_INFINITY
    }
    const windowMs = this.kind === 'parallel' ? 0 : minuteOf(wallMs)
    if (windowMs === this.windowMs) return
    this.windowMs = windowMs
    this.held = 0
    this.used = 0
    this.left = undefined
    this.refusedUntilMs = Number.NEGATIVE_INFINITY
  }

  /** Milliseconds until all of the limit is there again. */
  resetMs(wallMs: number): number {
    return this.kind === 'parallel' ? 1000 : Math.max(0, this.windowMs + MINUTE_MS - wallMs)
  }
}

function minuteOf(wallMs: number): number {
  return Math.floor(wallMs / MINUTE_MS) * MINUTE_MS
}
