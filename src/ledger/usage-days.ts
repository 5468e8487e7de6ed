// Owns what usage rows add to the roll-up by day: one figure for each grouping, day and name.
import { type UsageGrouping, usageGroupings } from './ledger.ts'
import { type UsageEntry, type UsagePart, utcDay } from './usage-row.ts'

/** The sums of one day, grouping and name. The name is empty for none, and in the grouping by day. */
export interface DayFigures {
  readonly grouping: UsageGrouping
  readonly day: number
  readonly name: string
  requests: number
  inputTokens: number
  outputTokens: number
  cost: number
}

/** The figures of a batch of rows, few even when the rows are many. */
export function dayFigures(entries: readonly UsageEntry[]): DayFigures[] {
  const days = new Map<string, DayFigures>()
  for (const entry of entries) {
    const day = utcDay(entry.row.receivedAtMs)
    for (const part of entry.parts) {
      for (const grouping of usageGroupings) {
        for (const name of namesOf(grouping, entry, part)) add(days, grouping, day, name, part)
      }
    }
  }
  return [...days.values()]
}

function namesOf(grouping: UsageGrouping, { row }: UsageEntry, part: UsagePart): readonly string[] {
  switch (grouping) {
    case 'provider':
      return [part.provider]
    case 'model':
      return [part.model]
    case 'key':
      return [row.keyId ?? '']
    case 'user':
      return [row.user ?? '']
    case 'tag':
      return row.tags.length === 0 ? [''] : row.tags
    case 'day':
      return ['']
  }
}

function add(days: Map<string, DayFigures>, grouping: UsageGrouping, day: number, name: string, part: UsagePart): void {
  const { requests, inputTokens, outputTokens, cost } = part
  const id = `${grouping} ${day} ${name}`
  const sum = days.get(id)
  if (sum === undefined) {
    days.set(id, { grouping, day, name, requests, inputTokens, outputTokens, cost })
    return
  }
  sum.requests += requests
  sum.inputTokens += inputTokens
  sum.outputTokens += outputTokens
  sum.cost += cost
}
