// Owns the limits of keys and users in this process: all are looked at, and then taken together, or none is.
import type { Clock } from '../domain/clock.ts'
import { AegisError } from '../domain/errors.ts'
import type { RateLimits } from '../domain/rate-limits.ts'
import type {
  LimitKind,
  LimitStore,
  LimitSubject,
  SliceGrant,
  SliceRequest,
  SliceReturn,
} from '../ledger/limit-store.ts'
import { Admission, type Claim, limitHeaders } from './admission.ts'
import { MINUTE_MS, Slice } from './slice.ts'

export interface LimiterOptions {
  readonly store: LimitStore
  readonly clock: Clock
  /** Unique for ever: a process that starts again is another one. */
  readonly owner: string
}

/** Who is held back, and by what. */
export interface LimitedParty {
  readonly scope: LimitSubject['scope']
  readonly name: string
  readonly limits: RateLimits
}

/** What is not used for so long is given back; it is looked at as often. */
const IDLE_AFTER_MS = 250
/** Requests under way count for so long after their process was last heard of. */
const SEAT_LASTS_MS = 30_000
const RENEW_EVERY_MS = 10_000
const REFUSAL_BELIEVED_MS = 100
/** Those without anything taken are forgotten beyond so many. */
const MOST_SLICES = 10_000

/**
 * A process takes slices of a limit from the store, and decides inside them in memory. The slices of all processes stay
 * within the limit, so no interleaving can pass it; near the limit a slice is no larger than one request.
 * @example
 * const admission = await limiter.admit([{ scope: 'key', name: 'k1', limits }], 1200)
 * admission?.settle(340)
 */
export class Limiter {
  readonly #options: LimiterOptions
  readonly #slices = new Map<string, Slice>()
  /** Who asks the store does so alone, and whoever comes meanwhile waits for its turn. */
  #turn: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #sweep: NodeJS.Timeout | undefined
  #renewedAtMs = Number.NEGATIVE_INFINITY
  readonly #returning = new Set<Promise<void>>()

  constructor(options: LimiterOptions) {
    this.#options = options
  }

  /**
   * Takes one request, its tokens, and a place among those under way. Undefined when nothing is limited.
   * @param tokens by estimate; corrected when the admission is settled.
   * @throws AegisError `rate_limited`, and nothing is taken; `ledger_unavailable`.
   */
  admit(parties: readonly LimitedParty[], tokens: number): undefined | Admission | Promise<Admission> {
    const { clock } = this.#options
    const wallMs = clock.wallMs()
    const claims = this.#claimsOf(parties, tokens, wallMs)
    if (claims.length === 0) return undefined
    if (this.#waiting === 0) {
      if (claims.every(fits)) return this.#take(claims)
      const refused = claims.find(({ slice, amount }) => isRefused(slice, amount, clock.monotonicMs()))
      if (refused) throw limitedError(refused, wallMs)
    }
    this.#waiting += 1
    const admitted = this.#turn.then(() => this.#ask(parties, tokens))
    this.#turn = admitted.then(
      () => this.#done(),
      () => this.#done(),
    )
    return admitted
  }

  /** Of a request that is refused. */
  headersOf(parties: readonly LimitedParty[]): readonly string[] {
    const wallMs = this.#options.clock.wallMs()
    return limitHeaders(this.#claimsOf(parties, 0, wallMs), wallMs)
  }

  /** Gives everything back. */
  async close(): Promise<void> {
    clearTimeout(this.#sweep)
    await this.#turn
    for (const slice of this.#slices.values()) this.#giveBack(slice)
    this.#slices.clear()
    clearTimeout(this.#sweep)
    await Promise.all(this.#returning)
  }

  #done(): void {
    this.#waiting -= 1
  }

  async #ask(parties: readonly LimitedParty[], tokens: number): Promise<Admission> {
    for (;;) {
      const wallMs = Math.floor(this.#options.clock.wallMs())
      const claims = this.#claimsOf(parties, tokens, wallMs)
      const lacking = claims.filter((claim) => !fits(claim))
      if (lacking.length === 0) return this.#take(claims)
      const requests = lacking.map((claim) => requestOf(claim, wallMs))
      const grants = await this.#takeSlices(requests, wallMs)
      for (const [index, { slice, amount, limit }] of lacking.entries()) {
        const { granted, left } = grants[index] ?? { granted: 0, left: 0 }
        const { need, windowMs } = requests[index] as SliceRequest
        // A minute may have ended meanwhile: then all begins anew.
        if (slice.windowMs !== windowMs) continue
        slice.held += granted
        slice.left = left
        if (slice.kind === 'parallel' && granted > 0) slice.lapsesAtMs = wallMs + SEAT_LASTS_MS
        if (granted > 0 || left >= need) continue
        slice.refusedUntilMs = this.#options.clock.monotonicMs() + REFUSAL_BELIEVED_MS
        slice.refusedNeed = need
        throw limitedError({ slice, amount, limit }, wallMs)
      }
    }
  }

  async #takeSlices(requests: readonly SliceRequest[], wallMs: number): Promise<readonly SliceGrant[]> {
    try {
      return await this.#options.store.take(this.#options.owner, requests, wallMs)
    } catch (error) {
      const message = 'Limits cannot be checked now: the ledger cannot be reached.'
      throw new AegisError('ledger_unavailable', message, { retryAfterSeconds: 1, cause: error })
    }
  }

  #take(claims: readonly Claim[]): Admission {
    const nowMs = this.#options.clock.monotonicMs()
    for (const { slice, amount } of claims) {
      slice.used += amount
      slice.usedAtMs = nowMs
    }
    this.#sweepLater()
    return new Admission(claims, this.#options.clock.wallMs(), (claim, windowMs, usedTokens) =>
      this.#settle(claim, windowMs, usedTokens),
    )
  }

  /** What was taken in a minute that is over concerns nobody. */
  #settle({ slice, amount }: Claim, windowMs: number, usedTokens: number | undefined): void {
    if (slice.kind === 'requests' || slice.windowMs !== windowMs) return
    if (slice.kind === 'parallel') {
      slice.used -= amount
      if (slice.free > 0) this.#giveBack(slice)
      return
    }
    if (usedTokens === undefined) return
    slice.used += usedTokens - amount
    if (slice.free < 0) this.#giveBack(slice)
    else this.#sweepLater()
  }

  #claimsOf(parties: readonly LimitedParty[], tokens: number, wallMs: number): Claim[] {
    const claims: Claim[] = []
    for (const { scope, name, limits } of parties) {
      const claim = (kind: LimitKind, limit: number | null, amount: number) => {
        if (limit === null) return
        const slice = this.#sliceOf(scope, name, kind, wallMs)
        claims.push({ slice, limit, amount: Math.min(amount, limit) })
      }
      claim('requests', limits.requestsPerMinute, 1)
      claim('tokens', limits.tokensPerMinute, Math.max(1, Math.ceil(tokens)))
      claim('parallel', limits.parallelRequests, 1)
    }
    return claims
  }

  #sliceOf(scope: LimitSubject['scope'], name: string, kind: LimitKind, wallMs: number): Slice {
    const id = `${scope} ${kind} ${name}`
    let slice = this.#slices.get(id)
    if (slice === undefined) {
      if (this.#slices.size >= MOST_SLICES) this.#forgetUnused(wallMs)
      slice = new Slice({ scope, name, kind }, wallMs)
      this.#slices.set(id, slice)
    }
    slice.roll(wallMs)
    return slice
  }

  #forgetUnused(wallMs: number): void {
    for (const [id, slice] of this.#slices) {
      slice.roll(wallMs)
      if (slice.held === 0 && slice.used === 0) this.#slices.delete(id)
    }
  }

  /** What is free goes back to the store, and what was used beyond is told. */
  #giveBack(slice: Slice): void {
    const { free: amount, scope, name, kind, windowMs } = slice
    if (amount === 0) return
    slice.held -= amount
    slice.left = slice.left === undefined ? undefined : Math.max(0, slice.left + amount)
    slice.refusedUntilMs = Number.NEGATIVE_INFINITY
    const back: SliceReturn = { scope, name, kind, windowMs, amount }
    // A store that is away forgets a minute's slices by itself, and those of requests under way soon.
    const returned = this.#options.store.giveBack(this.#options.owner, [back]).catch(() => {})
    this.#returning.add(returned)
    void returned.then(() => this.#returning.delete(returned))
  }

  /** What is held at once goes on counting. What has lapsed already is taken anew by who asks next. */
  async #renew(wallMs: number): Promise<void> {
    const { store, owner } = this.#options
    const untilMs = wallMs + SEAT_LASTS_MS
    const held = [...this.#slices.values()].filter(mayLapse)
    await store.renew(owner, untilMs, wallMs)
    for (const slice of held) if (slice.lapsesAtMs > wallMs && mayLapse(slice)) slice.lapsesAtMs = untilMs
  }

  #sweepLater(): void {
    this.#sweep ??= setTimeout(() => {
      this.#sweep = undefined
      this.#sweepNow()
    }, IDLE_AFTER_MS).unref()
  }

  #sweepNow(): void {
    const { clock } = this.#options
    const wallMs = Math.floor(clock.wallMs())
    const nowMs = clock.monotonicMs()
    let busy = false
    let seated = false
    for (const slice of this.#slices.values()) {
      slice.roll(wallMs)
      if (slice.kind === 'parallel' && slice.used > 0) seated = true
      if (slice.free <= 0) continue
      // Nobody may be asking for it right now.
      if (this.#waiting === 0 && nowMs - slice.usedAtMs >= IDLE_AFTER_MS) this.#giveBack(slice)
      else busy = true
    }
    if (nowMs - this.#renewedAtMs >= RENEW_EVERY_MS) {
      this.#renewedAtMs = nowMs
      void this.#renew(wallMs).catch(() => {})
    }
    if (busy || seated) this.#sweepLater()
  }
}

const mayLapse = (slice: Slice) => slice.kind === 'parallel' && Number.isFinite(slice.lapsesAtMs)

function requestOf({ slice, amount, limit }: Claim, wallMs: number): SliceRequest {
  const { scope, name, kind, windowMs } = slice
  const need = amount - slice.free
  if (kind === 'parallel')
    return { scope, name, kind, windowMs, need, want: need, limit, untilMs: wallMs + SEAT_LASTS_MS }
  return { scope, name, kind, windowMs, need, want: need + limit, limit, untilMs: windowMs + MINUTE_MS }
}

function fits({ slice, amount }: Claim): boolean {
  return slice.free >= amount
}

function isRefused(slice: Slice, amount: number, nowMs: number): boolean {
  return slice.free < amount && nowMs < slice.refusedUntilMs && amount - slice.free >= slice.refusedNeed
}

const words: Readonly<Record<LimitKind, string>> = {
  requests: 'requests in a minute',
  tokens: 'tokens in a minute',
  parallel: 'requests at once',
}

/** A user's name is not repeated: it may be a caller's word. */
function limitedError({ slice, limit }: Claim, wallMs: number): AegisError {
  const { scope, kind } = slice
  return new AegisError('rate_limited', `This ${scope} may have ${limit} ${words[kind]}, and has them.`, {
    retryAfterSeconds: Math.max(1, Math.ceil(slice.resetMs(wallMs) / 1000)),
    extra: { scope, limit, limited: kind },
  })
}
