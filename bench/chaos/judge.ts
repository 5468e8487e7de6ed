/** Owns the verdict on one request: whether what became of it is what the faults that were injected explain. */
import type { Disturbances } from './disturbances.ts'
import type { Outcome } from './send.ts'

export const violations = [
  'a hung client',
  'an answer that is short and does not say so',
  'restricted data answered elsewhere',
  'a lost connection without a reason',
  'a broken answer without a reason',
  'a refusal although the local provider could answer',
  'an error that no fault explains',
] as const
export type Violation = (typeof violations)[number]

/** What a breaker pauses. */
const LOCAL_SETTLING_MS = 5_000
/** What the other worker needs to hear that the ledger is back, when the one that was asked knows. */
const LEDGER_SETTLING_MS = 15_000
const faultCodes = new Set([
  ...['upstream_unreachable', 'upstream_error', 'upstream_timeout', 'rate_limited', 'overloaded'],
  ...['budget_exceeded'],
])

/** What is wrong with it; undefined when nothing is. */
export function judge(outcome: Outcome, disturbances: Disturbances): Violation | undefined {
  const { end, status, request, location } = outcome
  const workerKilled = disturbances.overlap('worker killed', outcome)
  const localAway = disturbances.overlap('local provider away', outcome, LOCAL_SETTLING_MS)
  switch (end) {
    case 'left':
      return undefined
    case 'hung':
      return 'a hung client'
    case 'silently_short':
      return 'an answer that is short and does not say so'
    case 'reset':
      return workerKilled ? undefined : 'a lost connection without a reason'
    case 'broken': {
      if (request.restricted && location === 'cloud') return 'restricted data answered elsewhere'
      const explained = workerKilled || location === 'cloud' || localAway
      return explained ? undefined : 'a broken answer without a reason'
    }
    case 'answered':
      if (status !== 200) return judgeError(outcome, localAway, disturbances)
      return request.restricted && location !== 'local' ? 'restricted data answered elsewhere' : undefined
  }
}

function judgeError(outcome: Outcome, localAway: boolean, disturbances: Disturbances): Violation | undefined {
  const { request, code = '' } = outcome
  if (request.restricted) {
    if (!localAway) return 'a refusal although the local provider could answer'
    if (code === 'local_unavailable_for_restricted_data') return undefined
    // What no cloud is about to get is not searched, as while all of them are cooling down, or where it is to be embedded
    // here: nobody knows that it is restricted, and the failure is told as it is.
    const unsearched = request.data === 'undeclared canary'
    return unsearched && faultCodes.has(code) ? undefined : 'an error that no fault explains'
  }
  if (!request.paidOnly && !localAway) return 'a refusal although the local provider could answer'
  if (faultCodes.has(code)) return undefined
  const ledgerAway = code === 'ledger_unavailable' && disturbances.overlap('database away', outcome, LEDGER_SETTLING_MS)
  return ledgerAway ? undefined : 'an error that no fault explains'
}
