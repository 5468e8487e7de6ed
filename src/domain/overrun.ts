// Owns the report of a bill that was higher than the worst case: recorded in full, and made visible.
import type { NanoUsd } from './money.ts'

/** A provider billed more than what was reserved as the worst case, so a price or a rule of counting is wrong. */
export interface Overrun {
  readonly requestId: string
  readonly provider: string
  readonly model: string
  readonly bound: NanoUsd
  /** What was charged, as the provider's own report comes to. */
  readonly cost: NanoUsd
}

/** Must not throw: it is called between two steps of the accounting. */
export type OnOverrun = (overrun: Overrun) => void
