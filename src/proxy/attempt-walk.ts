// Owns who is asked next: down the plan, past whoever is cooling down, and in the end the best of those after all.
import type { ClearedAttempt } from '../domain/attempt.ts'
import type { CancelSignal } from '../domain/cancellation.ts'
import { ZERO_USD } from '../domain/money.ts'
import { ProviderFailure } from '../domain/provider-failure.ts'
import type { Cooling } from '../policy/breakers.ts'
import type { Obstacle } from '../policy/fallback.ts'
import { retryWaitMs } from '../policy/retry-wait.ts'
import type { RoutePlan } from '../policy/route.ts'
import { pause } from './pause.ts'
import type { ProxyDeps } from './proxy-deps.ts'
import type { RequestRecord } from './request-record.ts'

type WalkDeps = Pick<ProxyDeps, 'balancer' | 'breakers' | 'maxRetries' | 'random' | 'timers'>

/** One walk down one plan. Whoever it returns has been cleared, so no detour can leave the plan. */
export class AttemptWalk {
  readonly #attempts: readonly ClearedAttempt[]
  readonly #record: RequestRecord
  readonly #obstacles: Obstacle[]
  readonly #deps: WalkDeps
  #place = 0
  /** The first that was passed over because of its failures. */
  #lastResort: ClearedAttempt | undefined
  #failed: { readonly candidate: ClearedAttempt; readonly failure: ProviderFailure } | undefined
  #retries = 0
  #withOtherKey: ClearedAttempt | undefined
  #hasChangedKey = false

  constructor({ attempts }: RoutePlan, record: RequestRecord, obstacles: Obstacle[], deps: WalkDeps) {
    this.#attempts = deps.balancer.order(attempts, record.now())
    this.#record = record
    this.#obstacles = obstacles
    this.#deps = deps
  }

  /**
   * Undefined when nobody is left. A candidate with too many failures is asked when it is the last one left; one that
   * asked for patience is not asked before its time.
   */
  next(): ClearedAttempt | undefined {
    const sameAgain = this.#withOtherKey
    this.#withOtherKey = undefined
    if (sameAgain) return sameAgain
    while (this.#place < this.#attempts.length) {
      const candidate = this.#attempts[this.#place++]
      if (!candidate) break
      const nowMs = this.#record.now()
      const cooling = this.#deps.breakers.enter(candidate.provider, candidate.model, nowMs)
      if (!cooling) return candidate
      if (!cooling.asked && !this.#lastResort && this.#place === this.#attempts.length) return candidate
      this.#record.add(candidate, 'cooling_down', nowMs, ZERO_USD)
      if (cooling.asked) this.#obstacles.push({ kind: 'provider', failure: askedForPatience(cooling, cooling.asked) })
      else this.#lastResort ??= candidate
    }
    const left = this.#lastResort
    this.#lastResort = undefined
    return left
  }

  /**
   * The newest failure of a candidate that was asked, which might be asked again: at once with another key, but with one
   * only, so that attempts are left for other candidates; or when nobody else is left.
   */
  failed(candidate: ClearedAttempt, failure: ProviderFailure): void {
    this.#failed = { candidate, failure }
    if (!failure.anotherKey || this.#hasChangedKey) return
    this.#hasChangedKey = true
    this.#withOtherKey = candidate
  }

  /**
   * After a wait, the candidate that failed last, when nobody else is left and its failure may pass. Undefined at once
   * when it may not, or when the wait would outlast the request; undefined when the request was cancelled meanwhile.
   */
  async again(signal: CancelSignal): Promise<ClearedAttempt | undefined> {
    const { maxRetries, random, timers, breakers } = this.#deps
    if (!this.#failed || this.#retries >= maxRetries || this.#failed.candidate.task.retriesItself) return undefined
    const { candidate, failure } = this.#failed
    const waitMs = retryWaitMs(failure, this.#retries, random)
    if (waitMs === undefined || waitMs >= this.#record.remainingMs()) return undefined
    this.#retries += 1
    this.#failed = undefined
    await pause(waitMs, signal, timers)
    if (signal.cancelled) return undefined
    // Another request may have been told to wait for longer.
    const cooling = breakers.enter(candidate.provider, candidate.model, this.#record.now())
    return cooling?.asked ? undefined : candidate
  }
}

/** The failure again that the provider's request for patience came with, and what remains of it. */
function askedForPatience({ remainingMs }: Cooling, { kind, provider, upstreamStatus }: ProviderFailure) {
  return new ProviderFailure(kind, {
    provider,
    message: `${provider} has asked for patience and is left alone until then.`,
    upstreamStatus,
    retryAfterSeconds: Math.ceil(remainingMs / 1000),
    dispatched: false,
  })
}
