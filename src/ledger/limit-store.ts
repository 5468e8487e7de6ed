// Owns the port of the stores for limits that processes share: what each has taken of a minute, or holds at once.

export const limitKinds = ['requests', 'tokens', 'parallel'] as const
export type LimitKind = (typeof limitKinds)[number]

/** Whose limit it is, and of what. */
export interface LimitSubject {
  readonly scope: 'key' | 'user'
  readonly name: string
  readonly kind: LimitKind
  /** The first millisecond of the minute; 0 for `parallel`, which has none. */
  readonly windowMs: number
}

/** A part of a limit that is wanted. */
export interface SliceRequest extends LimitSubject {
  /** Less is of no use; at least 1. */
  readonly need: number
  /** At the most, when plenty is left; at least `need`. */
  readonly want: number
  readonly limit: number
  /** From then on it counts no more. */
  readonly untilMs: number
}

export interface SliceGrant {
  /** 0, or from `need` to `want`: beyond `need` a sixteenth of what would be left, so that others have some. */
  readonly granted: number
  /** What nobody has taken yet. */
  readonly left: number
}

/** A change of what is taken already: above 0 goes back, below 0 was used beyond it. */
export interface SliceReturn extends LimitSubject {
  readonly amount: number
}

/** Every store passes ledger/contract/store-limits.ts. Methods reject with `StoreUnavailable` as the others do. */
export interface LimitStore {
  /** Takes all that is requested, or nothing when any of it cannot have what it needs. Exact under any concurrency. */
  take(owner: string, requests: readonly SliceRequest[], nowMs: number): Promise<readonly SliceGrant[]>
  giveBack(owner: string, returns: readonly SliceReturn[]): Promise<void>
  /** What the owner holds of `parallel` counts until then; what counts for nobody any more is removed. */
  renew(owner: string, untilMs: number, nowMs: number): Promise<void>
}

/** What is granted of `room`; 0 when it is too little. */
export function sliceOf({ need, want }: Pick<SliceRequest, 'need' | 'want'>, room: number): number {
  if (room < need) return 0
  return need + Math.min(want - need, Math.floor((room - need) / 16))
}
