// Owns the first lock: the only place that turns an attempt into a cleared one.
import type { Attempt, ClearedAttempt } from '../domain/attempt.ts'
import { locationOf } from '../domain/model-location.ts'

/** Clears an attempt, or returns `undefined` when its data may not reach that provider and model. */
export function clear(attempt: Attempt): ClearedAttempt | undefined {
  if (attempt.classification.restricted && locationOf(attempt.provider, attempt.model) !== 'local') return undefined
  return attempt as ClearedAttempt
}
