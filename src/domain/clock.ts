// Owns the notion of now, so that time arrives as an argument everywhere else.

export interface Clock {
  /** Milliseconds since 1970, UTC. May jump when the machine's clock is set. */
  wallMs(): number
  /** Milliseconds from an arbitrary start, never going back. For durations and deadlines. */
  monotonicMs(): number
}
