// Owns the part of the stores' port that remembers restricted conversations: keyed hashes with a level.

/** Something that restricted data hangs on, such as a conversation, by a keyed hash of its name. */
export interface TaintMark {
  readonly hash: string
  /** 1 to 4, the more restrictive the higher. */
  readonly rank: number
  readonly expiresAtMs: number
}

/** What is new since a position, and the position that it brings a reader to. */
export interface TaintNews {
  readonly marks: readonly TaintMark[]
  readonly position: number
}

/** Methods reject with `StoreUnavailable` as those of `LedgerStore` do. */
export interface TaintStore {
  /** The key of all hashes of this store: the one that was proposed first, by any process, for ever. */
  key(proposal: string): Promise<string>
  /** Ranks and expiries only go up. What has expired at `nowMs` is taken away, some at a time. */
  put(marks: readonly TaintMark[], nowMs: number): Promise<void>
  /** Marks that changed after the position, at least `limit` if there are as many; the newest state of each. */
  since(position: number, limit: number): Promise<TaintNews>
  /** The highest rank among these, 0 when none of them is kept and not expired. */
  highest(hashes: readonly string[], nowMs: number): Promise<number>
}
