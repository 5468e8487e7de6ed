// Owns the settlement of one attempt: what it is charged, by which figures, and whether that broke its bound.
import { type NanoUsd, ZERO_USD } from '../domain/money.ts'
import type { ProviderFailure } from '../domain/provider-failure.ts'
import type { Usage, UsageQuality } from '../domain/usage.ts'
import { chargeForFailure, credibleUsage } from '../policy/charge.ts'
import { costOfUsage } from '../policy/estimate-cost.ts'
import type { Funding } from './fund-attempt.ts'
import type { ProxyDeps } from './proxy-deps.ts'

/** How an attempt ended, as its provider's adapter tells it. */
export interface AttemptEnd {
  /** The final report of what was consumed, when one came. */
  readonly usage: Usage | undefined
  /** A report that came before the answer had ended. It is no bill, but what it counts has been consumed. */
  readonly usageSoFar?: Usage | undefined
  readonly failure: ProviderFailure | undefined
  /** At least the tokens of text that were passed on; 0 when none were. */
  readonly deliveredTokens: number
}

export interface Settled {
  readonly cost: NanoUsd
  /** What was charged by; absent when it was estimated. */
  readonly usage: Usage | undefined
  readonly quality: UsageQuality
}

/** What an attempt that ended so is charged. The shown cost and the settled one come from here. */
export function chargeOf({ price, bound }: Funding, end: AttemptEnd): Settled {
  const usage = credibleUsage(end.usage, price, end.deliveredTokens)
  if (usage) return { cost: costOfUsage(usage, price), usage, quality: 'reported' }
  const estimate = end.failure
    ? chargeForFailure(end.failure, bound, price, end.deliveredTokens)
    : (bound?.amount ?? ZERO_USD)
  const consumed = end.usageSoFar ? costOfUsage(end.usageSoFar, price) : ZERO_USD
  return { cost: Math.max(estimate, consumed) as NanoUsd, usage: undefined, quality: 'estimated' }
}

/**
 * Settles with the ledger and gives the provider's place back. Called once per funded attempt; a bill above the bound is
 * charged in full and reported.
 */
export function settleAttempt(
  funding: Funding,
  end: AttemptEnd,
  { ledger, onOverrun }: Pick<ProxyDeps, 'ledger' | 'onOverrun'>,
): Settled {
  const { attempt, bound, slot } = funding
  slot?.release()
  const settled = chargeOf(funding, end)
  ledger.settle(attempt, settled)
  if (bound && settled.cost > bound.amount) {
    const { task, provider, model } = attempt
    onOverrun({ requestId: task.id, provider: provider.name, model, bound: bound.amount, cost: settled.cost })
  }
  return settled
}
