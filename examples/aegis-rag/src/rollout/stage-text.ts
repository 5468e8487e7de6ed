// Owns the words for what a stage has served: how much, where, at what cost, and what became of restricted data.
import { isRestricted } from '../classification.ts'
import type { Served } from './traffic.ts'

/** Calls with restricted data that a cloud answered. More than none is a fault. */
export function leaksIn({ calls }: Served): number {
  return calls.filter(({ classification, location }) => isRestricted(classification) && location === 'cloud').length
}

/** @example ['  75 calls, $0.000410: 64 at home, 11 in a cloud', '  21 of them with restricted data, all at home'] */
export function stageText(served: Served): string[] {
  const { calls, failures } = served
  const inCloud = calls.filter(({ location }) => location === 'cloud').length
  const cost = calls.reduce((sum, { costUsd }) => sum + costUsd, 0)
  const restricted = calls.filter(({ classification }) => isRestricted(classification)).length
  const leaks = leaksIn(served)
  const codes = [...new Set(failures)].map((code) => `${failures.filter((one) => one === code).length} ${code}`)
  return [
    `  ${calls.length} calls, $${cost.toFixed(6)}: ${calls.length - inCloud} at home, ${inCloud} in a cloud`,
    `  ${restricted} of them with restricted data, ${leaks === 0 ? 'all at home' : `${leaks} in a cloud!`}`,
    ...(codes.length > 0 ? [`  failed: ${codes.join(', ')}`] : []),
  ]
}

export function together(parts: readonly Served[]): Served {
  return { calls: parts.flatMap(({ calls }) => calls), failures: parts.flatMap(({ failures }) => failures) }
}
