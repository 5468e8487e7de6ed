// Owns what one outcome adds to the counts of a stage. No content: names of providers, reasons and whole numbers.
import { type NanoUsd, ZERO_USD } from '../domain/money.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { Usage } from '../domain/usage.ts'
import { waitBucket } from './stage-counts.ts'

/** What an answer of that usage would cost at a configured provider; undefined where the price is not known. */
export type CostOf = (provider: string, model: string, usage: Usage) => NanoUsd | undefined

/** Adds the outcome of a request that took part in a rollout. */
export function countOutcome(outcome: Outcome, costOf: CostOf, add: (name: string, amount: number) => void): void {
  const { rollout } = outcome
  if (!rollout) return
  const { cohort, shadow } = rollout
  add(`${cohort}.requests`, 1)
  if (rollout.nameless) add('nameless', 1)
  if (isError(outcome)) add(`${cohort}.errors`, 1)
  if (outcome.cost > 0) add(`${cohort}.cost`, outcome.cost)
  if (outcome.firstByteMs !== undefined) add(`${cohort}.wait.${waitBucket(outcome.firstByteMs)}`, 1)
  if (!shadow) return
  add(shadow.agrees ? 'shadow.agree' : `shadow.differ.${shadow.reason} ${shadow.from} ${shadow.to}`, 1)
  if (shadow.restrictedMoves) add('shadow.restricted_moves', 1)
  const { usage, answeredBy } = outcome
  // Where another one than the chosen answered, its bill says nothing of the choice.
  if (!usage || answeredBy?.provider !== shadow.from || shadow.to === '') return
  const cost = shadow.agrees ? outcome.cost : costOf(shadow.to, shadow.toModel, usage)
  if (cost === undefined) return
  add('shadow.priced', 1)
  add('shadow.cost_current', outcome.cost)
  add('shadow.cost_candidate', cost ?? ZERO_USD)
}

/**
 * Whether whoever asked was let down by us or by a provider: not by leaving, and not when the request itself was refused.
 * A budget that is empty and a provider that is busy count, because another choice might have answered.
 */
export function isError({ status, httpStatus }: Pick<Outcome, 'status' | 'httpStatus'>): boolean {
  return status === 'interrupted' || httpStatus >= 500 || httpStatus === 402 || httpStatus === 429
}
