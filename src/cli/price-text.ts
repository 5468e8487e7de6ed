// Owns how a model's price is shown on one line.
import { type NanoUsd, usdText } from '../domain/money.ts'
import type { Price } from '../domain/price.ts'

/** `free`, `unknown`, or dollars per million tokens and where they stand. */
export function priceText(price: Price): string {
  if (price.state !== 'priced') return price.state
  const [tier] = price.tiers
  if (!tier) return price.source
  const dollars = (rate: number) => `$${usdText(rate as NanoUsd)}`
  return `${dollars(tier.input)} in, ${dollars(tier.output)} out per million (${price.source})`
}
