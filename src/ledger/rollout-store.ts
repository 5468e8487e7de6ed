// Owns the part of the stores' port that keeps a rollout: its state, its steps, who leads it, and what was counted.

/** A rollout as it is kept. */
export interface StoredRollout {
  /** Goes up by one with each change, 0 before the first. */
  readonly revision: number
  /** JSON; undefined before the first change. */
  readonly state: string | undefined
}

export interface RolloutChange {
  /** The one that the change was made from. */
  readonly revision: number
  readonly state: string
  /** JSON: what was done, kept beside the state. */
  readonly step: string
  readonly atMs: number
}

export interface StoredStep {
  /** That the step led to. */
  readonly revision: number
  readonly step: string
  readonly atMs: number
}

/** Something that was counted while an epoch lasted. */
export interface RolloutCount {
  readonly epoch: number
  readonly name: string
  /** A whole number of at least 0. */
  readonly amount: number
}

/** Methods reject with `StoreUnavailable` as those of `LedgerStore` do. */
export interface RolloutStore {
  read(id: string): Promise<StoredRollout>
  /** Writes state and step, when nobody was faster. @returns false when the revision is another one by now. */
  change(id: string, change: RolloutChange): Promise<boolean>
  /** The newest first, at most `limit`. */
  steps(id: string, limit: number): Promise<readonly StoredStep[]>
  /** Whether `owner` leads until then: it did before, or nobody does at `nowMs`. */
  lead(id: string, owner: string, nowMs: number, untilMs: number): Promise<boolean>
  /** Adds to the counts of all processes. Repeated after a failure it may count twice. */
  addCounts(id: string, counts: readonly RolloutCount[]): Promise<void>
  /** Of one epoch, each name once. */
  counts(id: string, epoch: number): Promise<readonly RolloutCount[]>
}
