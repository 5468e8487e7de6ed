// Owns the sums of a replay: what was decided beside what would have been, by provider and by kind of difference.
import { type NanoUsd, usdNumber } from '../../domain/money.ts'
import type { RecordedDecision } from '../../domain/recorded-decision.ts'
import type { Replayed } from '../../policy/replay.ts'

export interface ProviderTotals {
  /** Empty where nobody answered, or nobody would have been asked. */
  readonly provider: string
  readonly recorded_requests: number
  readonly recorded_cost_usd: number
  readonly policy_requests: number
  /** Of those whose cost is known. */
  readonly policy_cost_usd: number
}

export interface ReplayDifference {
  /** `provider/model`, empty for nobody. */
  readonly from: string
  readonly to: string
  /** Why the other policy would have asked it. */
  readonly reason: string
  readonly requests: number
  /** Of requests of which both are known. */
  readonly recorded_cost_usd: number
  readonly policy_cost_usd: number
}

export interface ReplayReport {
  readonly policy: string
  readonly since: string
  readonly until: string | null
  readonly decisions: number
  readonly same: number
  readonly different: number
  readonly recorded_cost_usd: number
  /** Over the same requests as `compared_cost_usd`. */
  readonly policy_cost_usd: number
  /** What the requests whose cost is known under the policy have cost. */
  readonly compared_cost_usd: number
  /** Requests without a usage, or with a model whose price is not known. */
  readonly unpriced: number
  readonly restricted: number
  /** Restricted requests that would leave this machine. Must be 0. */
  readonly restricted_leaving: number
  readonly providers: readonly ProviderTotals[]
  /** The most frequent first. */
  readonly differences: readonly ReplayDifference[]
}

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] }

export class ReplayTotals {
  readonly #providers = new Map<
    string,
    { recorded: number; recordedCost: number; policy: number; policyCost: number }
  >()
  readonly #differences = new Map<string, Mutable<ReplayDifference> & { recordedCost: number; policyCost: number }>()
  #decisions = 0
  #same = 0
  #recordedCost = 0
  #comparedCost = 0
  #policyCost = 0
  #unpriced = 0
  #restricted = 0
  #restrictedLeaving = 0

  add({ answeredBy, cost, classification }: RecordedDecision, { asked, cost: policyCost, reason }: Replayed): void {
    this.#decisions += 1
    this.#recordedCost += cost
    if (classification.restricted) {
      this.#restricted += 1
      if (asked?.location === 'cloud') this.#restrictedLeaving += 1
    }
    const recorded = this.#provider(answeredBy?.provider ?? '')
    recorded.recorded += 1
    recorded.recordedCost += cost
    const other = this.#provider(asked?.provider ?? '')
    other.policy += 1
    other.policyCost += policyCost ?? 0
    if (policyCost === undefined) this.#unpriced += 1
    else {
      this.#comparedCost += cost
      this.#policyCost += policyCost
    }
    const from = answeredBy ? `${answeredBy.provider}/${answeredBy.model}` : ''
    const to = asked ? `${asked.provider}/${asked.model}` : ''
    if (from === to) {
      this.#same += 1
      return
    }
    const difference = this.#difference(from, to, reason)
    difference.requests += 1
    if (policyCost === undefined) return
    difference.recordedCost += cost
    difference.policyCost += policyCost
  }

  report(policy: string, since: string, until: string | null, mostDifferences: number): ReplayReport {
    return {
      ...{ policy, since, until },
      decisions: this.#decisions,
      same: this.#same,
      different: this.#decisions - this.#same,
      recorded_cost_usd: dollars(this.#recordedCost),
      policy_cost_usd: dollars(this.#policyCost),
      compared_cost_usd: dollars(this.#comparedCost),
      unpriced: this.#unpriced,
      restricted: this.#restricted,
      restricted_leaving: this.#restrictedLeaving,
      providers: [...this.#providers]
        .map(([provider, sums]) => ({
          provider,
          recorded_requests: sums.recorded,
          recorded_cost_usd: dollars(sums.recordedCost),
          policy_requests: sums.policy,
          policy_cost_usd: dollars(sums.policyCost),
        }))
        .toSorted((left, right) => (left.provider < right.provider ? -1 : 1)),
      differences: [...this.#differences.values()]
        .toSorted((left, right) => right.requests - left.requests)
        .slice(0, mostDifferences)
        .map(({ recordedCost, policyCost, ...difference }) => ({
          ...difference,
          recorded_cost_usd: dollars(recordedCost),
          policy_cost_usd: dollars(policyCost),
        })),
    }
  }

  #provider(name: string) {
    const known = this.#providers.get(name)
    if (known) return known
    const sums = { recorded: 0, recordedCost: 0, policy: 0, policyCost: 0 }
    this.#providers.set(name, sums)
    return sums
  }

  #difference(from: string, to: string, reason: string) {
    const key = [from, to, reason].join('\n')
    const known = this.#differences.get(key)
    if (known) return known
    const zero = { requests: 0, recorded_cost_usd: 0, policy_cost_usd: 0, recordedCost: 0, policyCost: 0 }
    const difference = { from, to, reason, ...zero }
    this.#differences.set(key, difference)
    return difference
  }
}

function dollars(amount: number): number {
  return usdNumber(amount as NanoUsd)
}
