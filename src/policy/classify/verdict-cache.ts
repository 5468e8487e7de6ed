// Owns the port of the verdict cache: what was found in a text before, so that a conversation's history is scanned once.
import type { Match } from './engine/detector-set.ts'
import type { UndecidableCause } from './finding.ts'

/** What was found in one text, and what kept it from being judged. It holds places, never text. */
export interface Verdict {
  readonly matches: readonly Match[]
  readonly undecidable: readonly UndecidableCause[]
}

/** Implementations key by a keyed hash, so that nothing kept can be tested against a guess of the text. */
export interface VerdictCache {
  get(text: string, label: string): Verdict | undefined
  set(text: string, label: string, verdict: Verdict): void
}
