// Owns the summary at the end: who answered how much at what cost, and what stayed at home.
import { isRestricted } from '../classification.ts'
import type { ModelCall } from '../models/models.ts'

export interface Summary {
  readonly lines: readonly string[]
  readonly costUsd: number
  /** Calls with restricted data that a cloud answered. More than none is a fault. */
  readonly leaks: number
}

export function summarise(calls: readonly ModelCall[]): Summary {
  const leaks = calls.filter((call) => isRestricted(call.classification) && call.location === 'cloud').length
  const costUsd = sum(calls)
  const byProvider = groups(calls, (call) => `${call.provider} (${call.location})`)
  const byLevel = groups(calls, ({ classification }) => classification)
  return {
    costUsd,
    leaks,
    lines: [
      `${calls.length} calls, ${usd(costUsd)}`,
      ...[...byProvider].map(([name, some]) => `  ${name.padEnd(24)} ${count(some)}  ${usd(sum(some))}`),
      'Where the data went',
      ...[...byLevel].map(([level, some]) => {
        const cloud = some.filter(({ location }) => location === 'cloud').length
        return `  ${level.padEnd(24)} ${count(some)}  ${cloud === 0 ? 'all on this machine' : `${cloud} in a cloud`}`
      }),
      leaks === 0
        ? 'No restricted data has left this machine.'
        : `${leaks} calls with restricted data went to a cloud!`,
    ],
  }
}

function groups(calls: readonly ModelCall[], keyOf: (call: ModelCall) => string): Map<string, ModelCall[]> {
  const found = new Map<string, ModelCall[]>()
  for (const call of calls) found.set(keyOf(call), [...(found.get(keyOf(call)) ?? []), call])
  return new Map([...found].sort(([left], [right]) => left.localeCompare(right)))
}

const sum = (calls: readonly ModelCall[]) => calls.reduce((total, { costUsd }) => total + costUsd, 0)
const usd = (amount: number) => `$${amount.toFixed(6)}`
const count = (calls: readonly ModelCall[]) =>
  `${String(calls.length).padStart(4)} ${calls.length === 1 ? 'call ' : 'calls'}`
