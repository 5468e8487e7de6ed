// Owns the part of the stores' port about content that outlives its request: responses, files, batches. All of it is sealed (0021).
import type { DataClassification } from '../domain/data-classification.ts'

export const contentKinds = ['response', 'file'] as const
export type ContentKind = (typeof contentKinds)[number]

/** What can be said of a piece of content without opening it. */
export interface ContentLabel {
  readonly id: string
  readonly kind: ContentKind
  /** Whose it is; empty where nobody has a key. */
  readonly tenant: string
  /** The level under which it was made: whoever names it is at least as restricted. */
  readonly classification: DataClassification
  readonly createdAtMs: number
  /** From then on it is as good as gone. */
  readonly expiresAtMs: number
}

/** With its description, which is small and sealed. */
export interface DescribedContent extends ContentLabel {
  readonly about: Uint8Array
}

export interface KeptContent extends DescribedContent {
  /** Sealed. */
  readonly content: Uint8Array
}

export const batchStatuses = [
  'in_progress',
  'finalizing',
  'completed',
  'failed',
  'cancelling',
  'cancelled',
  'expired',
] as const
export type BatchStatus = (typeof batchStatuses)[number]

/** Batches that somebody has to work on. */
export const openStatuses: readonly BatchStatus[] = ['in_progress', 'finalizing', 'cancelling']

export interface StoredBatch {
  readonly id: string
  readonly tenant: string
  readonly createdAtMs: number
  readonly status: BatchStatus
  /** Which content key it is sealed with: only who has that one can work on it. */
  readonly keyName: string
  /** Sealed. */
  readonly about: Uint8Array
}

/** The answer to one line of a batch. */
export interface BatchItem {
  readonly line: number
  /** False for one that goes to the error file. */
  readonly ok: boolean
  readonly classification: DataClassification
  /** Sealed. */
  readonly reply: Uint8Array
}

export interface BatchCounts {
  readonly completed: number
  readonly failed: number
}

/** A page, newest first: what comes after `afterId`, or from the newest on. */
export interface ContentPage {
  readonly limit: number
  readonly afterId?: string | undefined
}

/** Methods reject with `StoreUnavailable` as all of the store's do; doing them again is safe. */
export interface ContentStore {
  /** Nothing happens when something of that id is kept already. */
  keep(content: KeptContent): Promise<void>
  kept(id: string): Promise<KeptContent | undefined>
  describe(id: string): Promise<DescribedContent | undefined>
  list(kind: ContentKind, tenant: string, page: ContentPage): Promise<readonly DescribedContent[]>
  /** False when there was none. */
  forget(id: string): Promise<boolean>
  /** Content whose time is over, and batches of before `batchesBeforeMs` on which nobody works. */
  forgetExpired(nowMs: number, batchesBeforeMs: number): Promise<void>

  addBatch(batch: StoredBatch): Promise<void>
  batch(id: string): Promise<StoredBatch | undefined>
  batches(tenant: string, page: ContentPage): Promise<readonly StoredBatch[]>
  /** The oldest open batch of that key that nobody holds, for this owner until then. */
  claimBatch(keyName: string, owner: string, nowMs: number, untilMs: number): Promise<StoredBatch | undefined>
  /** Holds it for longer. @returns its status, or undefined when it is not this owner's any more. */
  holdBatch(id: string, owner: string, untilMs: number): Promise<BatchStatus | undefined>
  /** Another may claim it at once. */
  releaseBatch(id: string, owner: string): Promise<void>
  /**
   * To another status, with another description, if it has one of the statuses `from` now.
   * @returns false when it has not.
   */
  changeBatch(id: string, from: readonly BatchStatus[], to: BatchStatus, about: Uint8Array): Promise<boolean>
  /** The first answer to a line stays. */
  addBatchItem(id: string, item: BatchItem): Promise<void>
  /** In the order of their lines. */
  batchItems(id: string): Promise<readonly BatchItem[]>
  countBatchItems(id: string): Promise<BatchCounts>
}
