// Owns the port of the stores for what is decided at run time: keys, users, their budgets, and prices. All of them are
// records under one version, so that a process knows by one number whether what it has in memory is still so.

export const accessKinds = ['key', 'user', 'budget', 'price'] as const
export type AccessKind = (typeof accessKinds)[number]

/** One record as it is kept. */
export interface AccessRecord {
  readonly kind: AccessKind
  readonly id: string
  /** JSON; undefined when it was removed. Secrets are in it as hashes only. */
  readonly value: string | undefined
}

/** What was changed after a version, removals included, and the version that this makes. */
export interface AccessChanges {
  readonly version: number
  readonly records: readonly AccessRecord[]
}

/**
 * Every store passes ledger/contract/store-access.ts. Methods fail with `StoreUnavailable` as those of the ledger's store do.
 * @example if (await access.change(version, [{ kind: 'key', id, value: JSON.stringify(key) }])) console.log('kept')
 */
export interface AccessStore {
  /**
   * For so many milliseconds after it was asked for, counted from before the question, a version may be believed without
   * asking again. 0: asking takes microseconds, so it is asked each time.
   */
  readonly versionLastsMs: number
  /** Grows with each change of any process; 0 before the first. The number itself when nobody has to be waited for. */
  version(): number | Promise<number>
  /** Of one state of the store. */
  changesAfter(version: number): Promise<AccessChanges>
  /** Writes all of it or nothing. False, and nothing is written, when the version is not the expected one any more. */
  change(expectedVersion: number, records: readonly AccessRecord[]): Promise<boolean>
}
