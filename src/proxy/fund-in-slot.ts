// Owns what an attempt needs before it is sent: a place at its provider first, so that no money is held by requests that wait.
import type { ClearedAttempt } from '../domain/attempt.ts'
import type { CancelSignal } from '../domain/cancellation.ts'
import { type FundingResult, fundAttempt } from './fund-attempt.ts'
import { HeldSlot, type ProviderSlots, type SlotResult } from './provider-slots.ts'
import type { ProxyDeps } from './proxy-deps.ts'

/** Synchronous while there is a place and `fundAttempt` is. The place is given back at settlement, or here without money. */
export function fundInSlot(
  attempt: ClearedAttempt,
  attemptIndex: number,
  deps: ProxyDeps,
  signal: CancelSignal,
): FundingResult | Promise<FundingResult> {
  const slots = deps.slots.get(attempt.provider.name)
  if (!slots) return fundAttempt(attempt, attemptIndex, deps)
  const place = slots.take(signal)
  if (!(place instanceof Promise)) return fundAt(place, slots, attempt, attemptIndex, deps)
  return place.then((result) => fundAt(result, slots, attempt, attemptIndex, deps))
}

function fundAt(
  place: SlotResult,
  slots: ProviderSlots,
  attempt: ClearedAttempt,
  attemptIndex: number,
  deps: ProxyDeps,
): FundingResult | Promise<FundingResult> {
  if (place !== 'taken') return { obstacle: { kind: 'capacity', provider: attempt.provider.name } }
  const slot = new HeldSlot(slots)
  try {
    const result = fundAttempt(attempt, attemptIndex, deps)
    if (!(result instanceof Promise)) return holding(slot, result)
    return result.then(
      (funded) => holding(slot, funded),
      (error: unknown) => {
        slot.release()
        throw error
      },
    )
  } catch (error) {
    slot.release()
    throw error
  }
}

function holding(slot: HeldSlot, result: FundingResult): FundingResult {
  if ('funding' in result) result.funding.slot = slot
  else slot.release()
  return result
}
