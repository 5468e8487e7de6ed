// Owns what `aegis check` finds out: facts, and two lists of words for the user.

import type { Trial } from '../../library/try-model.ts'

/** A configured model at its provider. */
export interface ModelReport {
  readonly model: string
  /** Whether the provider lists it; undefined when that is not known. */
  readonly listed: boolean | undefined
  /** `free`, `unknown`, or the price and where it stands. */
  readonly price: string
}

export interface ProviderReport {
  readonly name: string
  readonly kind: string
  readonly location: 'local' | 'cloud'
  readonly simulated: boolean
  readonly address: string
  readonly state: 'reachable' | 'unreachable' | 'closed'
  /** How many models it lists, or what stands in the way. */
  readonly detail: string
  readonly probeMs: number | undefined
  /** For a local provider: why its address counts as local. */
  readonly proof: string | undefined
  readonly models: readonly ModelReport[]
  /** How fast its default model answered, where that is free and was measured. */
  readonly trial: Trial | undefined
}

/** What must be fixed, and what should be known. Each names its way out. */
export interface Remarks {
  readonly problems: string[]
  readonly warnings: string[]
}

export interface CheckReport {
  readonly source: string
  readonly providers: readonly ProviderReport[]
  readonly budgets: readonly string[]
  readonly auth: string
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
  /** What is good to know. */
  readonly hints: readonly string[]
}
