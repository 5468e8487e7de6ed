// Owns what an attempt that gave no usage is charged: enough that the ledger never records less than was billed.
import { type NanoUsd, ZERO_USD } from '../domain/money.ts'
import type { Price } from '../domain/price.ts'
import type { ProviderFailure } from '../domain/provider-failure.ts'
import type { Usage } from '../domain/usage.ts'
import { type CostBound, costOfAbort } from './estimate-cost.ts'

/**
 * The usage that may be charged by. No prompt is without tokens, and no text that was generated is, so at a paid model
 * a report of none is a placeholder: taking it at its word would make the answer free.
 */
export function credibleUsage(usage: Usage | undefined, price: Price, deliveredTokens = 0): Usage | undefined {
  if (price.state !== 'priced' || !usage) return usage
  const isPlaceholder = usage.inputTokens === 0 || (usage.outputTokens === 0 && deliveredTokens > 0)
  return isPlaceholder ? undefined : usage
}

/**
 * - Not sent, refused with an HTTP error, or an error as the first event: providers do not bill these. Nothing.
 * - Left by the client: the input, and what was delivered.
 * - Sent and then silent, cut off or unreadable: the provider may have generated and billed everything. The bound.
 */
export function chargeForFailure(
  failure: ProviderFailure,
  bound: CostBound | undefined,
  price: Price,
  deliveredTokens: number,
): NanoUsd {
  if (!bound || price.state !== 'priced') return ZERO_USD
  if (!failure.dispatched || failure.upstreamStatus !== undefined) return ZERO_USD
  if (failure.kind === 'in_band_error' && deliveredTokens === 0) return ZERO_USD
  if (failure.kind === 'cancelled' || failure.kind === 'in_band_error')
    return costOfAbort(bound, deliveredTokens, price)
  return bound.amount
}
