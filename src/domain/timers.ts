// Owns the notion of later, so that waiting arrives as an argument everywhere else.

export interface Timers {
  /** Calls back once, after so many milliseconds. Returns the way to give it up. */
  after(milliseconds: number, callback: () => void): () => void
}
