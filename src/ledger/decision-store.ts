// Owns the part of the stores' port that keeps decisions: batches of them, in the order in which they were written.

/** What one process decided within a moment. */
export interface DecisionBatch {
  /** When the earliest and the latest of them were received, milliseconds since 1970. */
  readonly firstMs: number
  readonly lastMs: number
  /** JSON, without content of any request. */
  readonly decisions: string
}

export interface StoredDecisionBatch extends DecisionBatch {
  /** Above those of all batches written before. */
  readonly id: number
}

export interface DecisionQuery {
  /** Batches whose latest decision is not before. */
  readonly sinceMs: number
  /** Batches after this one; 0 for all. */
  readonly afterId: number
  readonly limit: number
}

/** Methods reject with `StoreUnavailable` as those of `LedgerStore` do. */
export interface DecisionStore {
  add(batch: DecisionBatch): Promise<void>
  /** By ascending id. */
  read(query: DecisionQuery): Promise<readonly StoredDecisionBatch[]>
  /** Removes batches whose latest decision was before. @returns how many. */
  forget(beforeMs: number): Promise<number>
}
