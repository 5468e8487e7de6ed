// Owns money: integer nano-dollars, and the only place where a price is multiplied by a number of tokens.

declare const nanoUsdUnit: unique symbol

/**
 * An amount in billionths of a US dollar, always a safe integer. Up to about 9 million dollars fit; floats are
 * never used, because sums of floats are how budgets drift.
 */
export type NanoUsd = number & { readonly [nanoUsdUnit]: true }

/** Nano-dollars for a million tokens. One dollar per million tokens is 1e9. */
export type NanoUsdPerMillion = number & { readonly [nanoUsdUnit]: 'per million' }

export const NANO_PER_USD = 1_000_000_000
const TOKENS_PER_RATE = 1_000_000

/** @throws RangeError when `value` is not a safe integer of at least zero. */
export function nanoUsd(value: number): NanoUsd {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`an amount must be a whole number of nano-dollars from 0 to 9e15, not ${value}`)
  }
  return value as NanoUsd
}

export const ZERO_USD = nanoUsd(0)

/**
 * Reads an amount of dollars exactly, by its decimal digits: `0.1` is 100,000,000 nano-dollars, not 99,999,999.
 * More than nine decimals are rounded up, so that a limit or a price is never understated by rounding.
 * @throws RangeError for anything that is not a number from 0 to 9,000,000.
 * @example fromUsd(2.5) // 2_500_000_000
 */
export function fromUsd(usd: number | string): NanoUsd {
  const text = typeof usd === 'number' ? decimalText(usd) : usd.trim()
  const match = /^(\d{1,7})(?:\.(\d+))?$/.exec(text)
  if (!match)
    throw new RangeError(`an amount in US dollars must be a number from 0 to 9000000, not ${text.slice(0, 40)}`)
  const whole = Number(match[1]) * NANO_PER_USD
  const decimals = match[2] ?? ''
  const nano = Number(decimals.slice(0, 9).padEnd(9, '0'))
  const roundUp = /[1-9]/.test(decimals.slice(9)) ? 1 : 0
  return nanoUsd(whole + nano + roundUp)
}

/** The same reading for a price per million tokens. */
export function ratePerMillion(usdPerMillion: number | string): NanoUsdPerMillion {
  return fromUsd(usdPerMillion) as number as NanoUsdPerMillion
}

/** The exact decimal text of an amount, without trailing zeros: `0.001615`. */
export function usdText(amount: NanoUsd): string {
  const whole = Math.floor(amount / NANO_PER_USD)
  const nano = amount % NANO_PER_USD
  if (nano === 0) return String(whole)
  return `${whole}.${String(nano).padStart(9, '0').replace(/0+$/, '')}`
}

/** An amount for a JSON number: the double nearest to the exact decimal. For show only, never for sums. */
export function usdNumber(amount: NanoUsd): number {
  return Number(usdText(amount))
}

/**
 * Price of a number of tokens, rounded up to the next nano-dollar. Exact: the product is split so that no
 * intermediate exceeds 2^53 for up to a billion tokens at up to $9,000,000 per million.
 */
export function costOfTokens(rate: NanoUsdPerMillion, tokens: number): NanoUsd {
  return costOfTokenKinds([[rate, tokens]])
}

/**
 * Price of several kinds of token together, rounded up once, so that a bill of many kinds is never above the bound
 * that was computed for all of them at the dearest rate. Exact for up to a billion tokens of each of up to nine kinds.
 * @example costOfTokenKinds([[tier.input, fresh], [tier.cachedInput, cached]])
 */
export function costOfTokenKinds(kinds: readonly (readonly [rate: NanoUsdPerMillion, tokens: number])[]): NanoUsd {
  let wholePart = 0
  let millionths = 0
  for (const [rate, tokens] of kinds) {
    if (!Number.isSafeInteger(tokens) || tokens < 0)
      throw new RangeError(`a token count must be a whole number, not ${tokens}`)
    wholePart += Math.floor(rate / TOKENS_PER_RATE) * tokens
    millionths += (rate % TOKENS_PER_RATE) * tokens
  }
  return nanoUsd(wholePart + Math.ceil(millionths / TOKENS_PER_RATE))
}

export function addUsd(left: NanoUsd, right: NanoUsd): NanoUsd {
  return nanoUsd(left + right)
}

/** How many tokens at `rate` are certainly affordable with `amount`; Infinity when the rate is zero. */
export function affordableTokens(rate: NanoUsdPerMillion, amount: NanoUsd): number {
  if (rate === 0) return Number.POSITIVE_INFINITY
  return Number((BigInt(amount) * BigInt(TOKENS_PER_RATE)) / BigInt(rate))
}

/** The shortest decimals of a number, never in exponents: 1e-7 is `0.0000001`. Huge ones are refused as they are. */
function decimalText(value: number): string {
  const text = String(value)
  const [, first, rest = '', exponent] = /^(\d)(?:\.(\d+))?e-(\d+)$/.exec(text) ?? []
  return first === undefined ? text : `0.${'0'.repeat(Number(exponent) - 1)}${first}${rest}`
}
