// Owns the part of the stores' port that keeps alerts until they are delivered.

/** An alert that must reach its webhook. */
export interface StoredAlert {
  readonly id: string
  /** JSON, without content of any request. */
  readonly payload: string
  readonly tries: number
}

/** An alert as it is kept. */
export interface KeptAlert extends StoredAlert {
  readonly raisedAtMs: number
  /** When it is tried next; undefined when it never is again. */
  readonly dueAtMs: number | undefined
}

/** Methods reject with `StoreUnavailable` as those of `LedgerStore` do. */
export interface AlertStore {
  /** True for the first caller with this id, in all processes: the alert is kept until it is delivered. */
  raise(id: string, payload: string, nowMs: number): Promise<boolean>
  /** Alerts that are due, the oldest first, each to one caller; it has until `untilMs` before they are due again. */
  claim(nowMs: number, untilMs: number): Promise<readonly StoredAlert[]>
  /** Never due again. */
  delivered(id: string): Promise<void>
  /** Due again then and not before, unless it was delivered meanwhile. */
  postpone(id: string, dueMs: number): Promise<void>
  /** The newest first, at most `limit`. */
  newest(limit: number): Promise<readonly KeptAlert[]>
}
