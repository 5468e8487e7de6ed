// Owns what an exception says: which detected types a key may let leave, until when, and why.

/** It has been verified: nobody but the holder of the master key has made it. */
export interface PrivacyException {
  readonly id: string
  /** The id of the key that it is for; `master` is the master key. */
  readonly key: string
  /** Of findings: `credit_card`, `email`. */
  readonly types: readonly string[]
  /** Milliseconds since 1970. */
  readonly untilMs: number
  readonly reason: string
}
