// Owns what is kept of an answer that may be given again, and the port of whoever keeps it.
import type { Usage } from './usage.ts'

/** A part of a stream as it was passed on; with a usage it is the event that reports it. */
export interface KeptEvents {
  readonly bytes: Buffer
  readonly usage: Usage | undefined
}

export type KeptAnswer =
  | { readonly kind: 'completion'; readonly body: Buffer; readonly usage: Usage | undefined }
  | { readonly kind: 'stream'; readonly events: readonly KeptEvents[]; readonly usage: Usage | undefined }

/** cache/response-cache.ts implements it. */
export interface AnswerCache {
  /** Only requests that state that they want no chance have their answers kept. */
  readonly onlyDeterministic: boolean
  /** A larger answer is not kept. */
  readonly maxAnswerBytes: number
  /** A name for a request that tells nothing of it. */
  keyOf(parts: readonly string[], request: Buffer): string
  get(key: string): KeptAnswer | undefined
  put(key: string, answer: KeptAnswer): void
}
