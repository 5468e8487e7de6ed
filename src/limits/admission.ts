// Owns what one request has taken of its limits, and the headers that tell of them.
import type { LimitKind } from '../ledger/limit-store.ts'
import type { Slice } from './slice.ts'

/** What a request takes of one limit. */
export interface Claim {
  readonly slice: Slice
  readonly limit: number
  readonly amount: number
}

type Settle = (claim: Claim, windowMs: number, usedTokens: number | undefined) => void

export class Admission {
  readonly #claims: readonly Claim[]
  readonly #windows: readonly number[]
  readonly #settle: Settle
  /** As `limitHeaders` has them. */
  readonly headers: readonly string[]
  #settled = false

  constructor(claims: readonly Claim[], wallMs: number, settle: Settle) {
    this.#claims = claims
    this.#windows = claims.map(({ slice }) => slice.windowMs)
    this.#settle = settle
    this.headers = limitHeaders(claims, wallMs)
  }

  /** The request is over; once. @param usedTokens undefined when nobody counted: then the estimate stands. */
  settle(usedTokens: number | undefined): void {
    if (this.#settled) return
    this.#settled = true
    for (const [index, claim] of this.#claims.entries()) this.#settle(claim, this.#windows[index] ?? 0, usedTokens)
  }
}

/** Names and values in turn, as OpenAI spells them; of several limits of a kind the one with the least left. */
export function limitHeaders(claims: readonly Claim[], wallMs: number): readonly string[] {
  return [...headersOf('requests', claims, wallMs), ...headersOf('tokens', claims, wallMs)]
}

/** https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers */
function headersOf(kind: LimitKind, claims: readonly Claim[], wallMs: number): readonly string[] {
  const ofKind = claims.filter(({ slice }) => slice.kind === kind)
  const [first, ...others] = ofKind
  if (first === undefined) return []
  const tightest = others.reduce((least, one) => (remaining(one) < remaining(least) ? one : least), first)
  return [
    ...[`x-ratelimit-limit-${kind}`, String(tightest.limit)],
    ...[`x-ratelimit-remaining-${kind}`, String(remaining(tightest))],
    ...[`x-ratelimit-reset-${kind}`, `${Math.ceil(tightest.slice.resetMs(wallMs) / 1000)}s`],
  ]
}

/** What this process may still use, and what nobody had taken when the store was last asked. */
function remaining({ slice, limit }: Claim): number {
  return Math.max(0, Math.min(limit, slice.free + (slice.left ?? 0)))
}
