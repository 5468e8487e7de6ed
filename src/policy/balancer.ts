// Owns the choice between the providers of a group: by weight where weights are given, else by who began to answer sooner of late.
import type { ClearedAttempt } from '../domain/attempt.ts'
import { locationOf } from '../domain/model-location.ts'
import type { ProviderRef } from '../domain/provider-ref.ts'
import { clear } from './clearance.ts'

export interface WeightedProvider extends ProviderRef {
  /** Its share among its equals; undefined where none is given. */
  readonly weight: number | undefined
}

interface Latency {
  averageMs: number
  observedAtMs: number
}

/** The newest answer counts for a fifth. */
const NEWEST_SHARE = 0.2

/** What is older says nothing any more, so whoever was slow is tried again. */
const KNOWN_FOR_MS = 30_000

/**
 * The providers of a group are equal for a request when they are in its plan with the same model and location. The plan is
 * cleared before it comes here and is only put into another order, so nothing is decided about privacy.
 */
export class Balancer {
  readonly #weights = new Map<string, number | undefined>()
  /** The group of each provider that is in one. */
  readonly #groups = new Map<string, number>()
  readonly #random: () => number
  readonly #latencies = new Map<string, Latency>()

  /** @param random from 0 up to 1. */
  constructor(providers: readonly WeightedProvider[], groups: readonly (readonly string[])[], random: () => number) {
    this.#random = random
    for (const { name, weight } of providers) this.#weights.set(name, weight)
    for (const [index, names] of groups.entries()) for (const name of names) this.#groups.set(name, index)
  }

  /** The same attempts; the first one may have changed places with one of its equals. Times are monotonic. */
  order(attempts: readonly ClearedAttempt[], nowMs: number): readonly ClearedAttempt[] {
    const [first] = attempts
    if (!first || !this.#groups.has(first.provider.name)) return attempts
    // Who names a provider gets it.
    if (first.task.model.by === 'provider') return attempts
    const equals = attempts.filter((one) => this.#areEqual(first, one))
    if (equals.length < 2) return attempts
    const chosen = this.#choose(equals, nowMs)
    if (!chosen || chosen === first) return attempts
    const inFront = clear({ ...chosen, reason: first.reason })
    const after = clear({ ...first, reason: chosen.reason })
    if (!inFront || !after) return attempts
    return [inFront, after, ...attempts.filter((one) => one !== first && one !== chosen)]
  }

  /** How long a provider took to begin its answer. */
  answered({ name }: ProviderRef, firstByteMs: number, nowMs: number): void {
    if (!this.#groups.has(name)) return
    const known = this.#latencies.get(name)
    if (!known || nowMs - known.observedAtMs > KNOWN_FOR_MS) {
      this.#latencies.set(name, { averageMs: firstByteMs, observedAtMs: nowMs })
      return
    }
    known.averageMs += NEWEST_SHARE * (firstByteMs - known.averageMs)
    known.observedAtMs = nowMs
  }

  #areEqual(one: ClearedAttempt, other: ClearedAttempt): boolean {
    if (this.#groups.get(one.provider.name) !== this.#groups.get(other.provider.name)) return false
    return one.model === other.model && locationOf(one.provider, one.model) === locationOf(other.provider, other.model)
  }

  #choose(equals: readonly ClearedAttempt[], nowMs: number): ClearedAttempt | undefined {
    const weights = equals.map(({ provider }) => this.#weights.get(provider.name))
    if (weights.some((weight) => weight !== undefined)) return byWeight(equals, weights, this.#random())
    const latencies = equals.map(({ provider }) => this.#latencyOf(provider, nowMs))
    const lowest = Math.min(...latencies)
    // Of those of whom nothing is known, or the same, each has its chance.
    const best = equals.filter((_, index) => latencies[index] === lowest)
    return best[Math.floor(this.#random() * best.length)] ?? best[0]
  }

  /** Zero when nothing is known, so that it becomes known. */
  #latencyOf({ name }: ProviderRef, nowMs: number): number {
    const known = this.#latencies.get(name)
    return known && nowMs - known.observedAtMs <= KNOWN_FOR_MS ? known.averageMs : 0
  }
}

function byWeight(
  equals: readonly ClearedAttempt[],
  weights: readonly (number | undefined)[],
  random: number,
): ClearedAttempt | undefined {
  const shares = weights.map((weight) => weight ?? 1)
  let left = random * shares.reduce((sum, share) => sum + share, 0)
  for (const [index, share] of shares.entries()) {
    left -= share
    if (left < 0) return equals[index]
  }
  return equals.at(-1)
}
