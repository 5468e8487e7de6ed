// Owns the making of funded attempts: the one cast to FundedAttempt. Only ledgers call it, once money is held.
import type { ClearedAttempt, FundedAttempt, Reservation } from '../domain/attempt.ts'

/**
 * A cleared attempt and the reservation that pays for it. The members are copied one by one, so that all funded
 * attempts have one hidden class; a spread is slower and would carry along whatever else the object has.
 * @example fund(attempt, reservation, bound.outputTokenCap)
 */
export function fund(
  attempt: ClearedAttempt,
  reservation: Reservation,
  outputTokenCap: number | undefined,
): FundedAttempt {
  return {
    task: attempt.task,
    provider: attempt.provider,
    model: attempt.model,
    reason: attempt.reason,
    classification: attempt.classification,
    reservation,
    outputTokenCap,
  } as FundedAttempt
}
