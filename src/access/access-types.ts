// Owns what is known of keys, users, users' budgets and prices that are decided at run time. This is what stores keep, as JSON.
import type { DataClassification } from '../domain/data-classification.ts'
import type { NanoUsd, NanoUsdPerMillion } from '../domain/money.ts'
import type { RateLimits } from '../domain/rate-limits.ts'

/** What a key opens. `admin` opens everything but inference; `read` what can be looked at. */
export const keyScopes = ['inference', 'read', 'admin'] as const
export type KeyScope = (typeof keyScopes)[number]

/** Words of whoever made it, as any JSON object. */
export type Metadata = Readonly<Record<string, unknown>>

/** One secret of a key; after a rotation the old one is good for a while. */
export interface KeySecret {
  /** SHA-256 in hexadecimal. */
  readonly hash: string
  readonly untilMs: number | null
}

export interface VirtualKey {
  readonly id: string
  readonly name: string | null
  /** Whose money it spends; null when requests may name users themselves. */
  readonly userId: string | null
  readonly secrets: readonly KeySecret[]
  readonly scopes: readonly KeyScope[]
  /** Bare names, or `provider/model`. Null allows all. */
  readonly models: readonly string[] | null
  readonly providers: readonly string[] | null
  /** The level of its requests at the least. */
  readonly classification: DataClassification | null
  /** The highest level that it may send, wherever it would go. */
  readonly ceiling: DataClassification | null
  readonly limits: RateLimits
  readonly expiresAtMs: number | null
  readonly active: boolean
  readonly revokedAtMs: number | null
  readonly metadata: Metadata
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

export interface User {
  readonly id: string
  readonly alias: string | null
  readonly budgetId: string | null
  readonly blocked: boolean
  readonly metadata: Metadata
  /** Since when its budget runs; null without one. */
  readonly budgetStartedAtMs: number | null
  /** Since when its spending counts: when it was made, or made again. */
  readonly spendSinceMs: number
  /** What was spent before that in the same quarter of an hour, in which spending is added up. */
  readonly spentBefore: NanoUsd
  readonly deletedAtMs: number | null
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

/** A budget that users are given. */
export interface UserBudget {
  readonly id: string
  /** Null is no limit. */
  readonly limit: NanoUsd | null
  /** It begins anew after so many seconds; null never. */
  readonly durationSeconds: number | null
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

/** A price that was set at run time. It goes before those of the configuration. */
export interface RunTimePrice {
  readonly provider: string
  readonly model: string
  readonly input: NanoUsdPerMillion
  readonly output: NanoUsdPerMillion
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

/** What a kind of record holds. */
export interface AccessValues {
  readonly key: VirtualKey
  readonly user: User
  readonly budget: UserBudget
  readonly price: RunTimePrice
}
