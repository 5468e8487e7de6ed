// Owns what live traffic says of each provider and model: who is asked to be left alone, and who is too sick to be asked.
import { failureKinds, type ProviderFailure } from '../domain/provider-failure.ts'
import type { ProviderRef } from '../domain/provider-ref.ts'

export interface BreakerSettings {
  /** Consecutive failures, within the window, that open the breaker of a provider's model. */
  readonly failures: number
  readonly windowMs: number
  /** How long it stays open before one trial request, give or take a fifth. */
  readonly cooldownMs: number
}

/** Why a candidate is passed over now. */
export interface Cooling {
  readonly remainingMs: number
  /** The failure with whose `Retry-After` the provider asked for it. Absent when its failures are the reason. */
  readonly asked: ProviderFailure | undefined
}

interface Health {
  failures: number
  firstFailureMs: number
  /** Set from the failure that opened the breaker until an answer closes it. */
  openUntilMs: number | undefined
  askedUntilMs: number
  asked: ProviderFailure | undefined
}

/** Clients can name models, so the memory is bounded; what has been quiet for longest is forgotten. */
const MOST_REMEMBERED = 1000

/**
 * One breaker for each provider and model, of this process. Nothing is kept of a pair that works, so the usual question
 * is one look at an empty map. There is no timer: what has passed is found when somebody asks. Times are monotonic.
 */
export class Breakers {
  readonly #settings: BreakerSettings
  /** From 0 up to 1. */
  readonly #random: () => number
  readonly #healths = new Map<string, Health>()

  constructor(settings: BreakerSettings, random: () => number) {
    this.#settings = settings
    this.#random = random
  }

  /** Undefined when the candidate may be asked. Changes nothing. */
  cooling(provider: ProviderRef, model: string, nowMs: number): Cooling | undefined {
    if (this.#healths.size === 0) return undefined
    const health = this.#healths.get(keyOf(provider, model))
    if (!health) return undefined
    if (health.askedUntilMs > nowMs) return { remainingMs: health.askedUntilMs - nowMs, asked: health.asked }
    if (health.openUntilMs === undefined || health.openUntilMs <= nowMs) return undefined
    return { remainingMs: health.openUntilMs - nowMs, asked: undefined }
  }

  /**
   * The same, and when an open breaker's cooldown has passed the caller is the trial: all others are passed over for
   * another cooldown, or until the trial ends. A trial that is lost therefore costs a cooldown and no more.
   */
  enter(provider: ProviderRef, model: string, nowMs: number): Cooling | undefined {
    if (this.#healths.size === 0) return undefined
    const cooling = this.cooling(provider, model, nowMs)
    if (cooling) return cooling
    const health = this.#healths.get(keyOf(provider, model))
    if (health?.openUntilMs !== undefined) health.openUntilMs = nowMs + this.#cooldownMs()
    return undefined
  }

  /** It answered: the breaker is closed. A time that it asked for stands. */
  answered(provider: ProviderRef, model: string, nowMs: number): void {
    if (this.#healths.size === 0) return
    const key = keyOf(provider, model)
    const health = this.#healths.get(key)
    if (!health) return
    if (health.askedUntilMs > nowMs) {
      health.failures = 0
      health.openUntilMs = undefined
    } else this.#healths.delete(key)
  }

  /** It was not asked after all, or the end says nothing about it: another request may be the trial. */
  leftOpen(provider: ProviderRef, model: string, nowMs: number): void {
    if (this.#healths.size === 0) return
    const health = this.#healths.get(keyOf(provider, model))
    if (health?.openUntilMs !== undefined) health.openUntilMs = Math.min(health.openUntilMs, nowMs)
  }

  failed(provider: ProviderRef, model: string, failure: ProviderFailure, nowMs: number): void {
    const { health: says } = failureKinds[failure.kind]
    if (failure.anotherKey) this.leftOpen(provider, model, nowMs)
    else if (says === 'well') this.answered(provider, model, nowMs)
    else if (says === 'nothing') this.leftOpen(provider, model, nowMs)
    else this.#sick(keyOf(provider, model), failure, nowMs)
  }

  #sick(key: string, failure: ProviderFailure, nowMs: number): void {
    const health = this.#health(key, nowMs)
    if (failure.retryAfterSeconds !== undefined) {
      const untilMs = nowMs + failure.retryAfterSeconds * 1000
      if (untilMs > health.askedUntilMs) {
        health.askedUntilMs = untilMs
        health.asked = failure
      }
    }
    if (health.failures === 0 || nowMs - health.firstFailureMs > this.#settings.windowMs) {
      health.failures = 0
      health.firstFailureMs = nowMs
    }
    health.failures += 1
    if (health.openUntilMs !== undefined || health.failures >= this.#settings.failures) {
      health.openUntilMs = nowMs + this.#cooldownMs()
    }
  }

  #health(key: string, nowMs: number): Health {
    let health = this.#healths.get(key)
    // Moved to the end, so that the first one is the one that has been quiet for longest.
    if (health) this.#healths.delete(key)
    health ??= { failures: 0, firstFailureMs: nowMs, openUntilMs: undefined, askedUntilMs: nowMs, asked: undefined }
    this.#healths.set(key, health)
    if (this.#healths.size > MOST_REMEMBERED) {
      for (const [quietest] of this.#healths) {
        this.#healths.delete(quietest)
        break
      }
    }
    return health
  }

  #cooldownMs(): number {
    return (this.#settings.cooldownMs * (4 + 2 * this.#random())) / 5
  }
}

function keyOf({ name }: ProviderRef, model: string): string {
  return `${name}\n${model}`
}
