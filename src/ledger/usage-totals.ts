// Owns the sums of a usage summary: adding figures by group and putting the groups in order.
import type { NanoUsd } from '../domain/money.ts'
import type { UsageGrouping, UsageSummary } from './ledger.ts'

/** Figures to be added, in whole numbers. */
export interface UsageFigures {
  readonly requests: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cost: number
}

/**
 * Sums by group.
 * @example
 * const totals = new UsageTotals()
 * totals.add('openai', { requests: 1, inputTokens: 10, outputTokens: 2, cost: 25_000 })
 * totals.summary('provider')
 */
export class UsageTotals {
  readonly #groups = new Map<string, { requests: number; inputTokens: number; outputTokens: number; cost: number }>()

  add(group: string, figures: UsageFigures): void {
    const sum = this.#groups.get(group)
    if (sum === undefined) {
      const { requests, inputTokens, outputTokens, cost } = figures
      this.#groups.set(group, { requests, inputTokens, outputTokens, cost })
      return
    }
    sum.requests += figures.requests
    sum.inputTokens += figures.inputTokens
    sum.outputTokens += figures.outputTokens
    sum.cost += figures.cost
  }

  /** Days in their order; other groups by descending cost, then by name. */
  summary(grouping: UsageGrouping): UsageSummary[] {
    const groups = [...this.#groups].map(([group, sum]) => ({ group, ...sum, cost: sum.cost as NanoUsd }))
    const byName = (left: UsageSummary, right: UsageSummary) => (left.group < right.group ? -1 : 1)
    if (grouping === 'day') return groups.sort(byName)
    return groups.sort((left, right) => right.cost - left.cost || byName(left, right))
  }
}
