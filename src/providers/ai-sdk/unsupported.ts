// Owns the refusal of what a wire cannot say: nothing has been sent, and the next candidate may still answer.
import type { FundedAttempt } from '../../domain/attempt.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'

/** @param what continues a sentence that begins with the provider's name. */
export function unsupported(attempt: FundedAttempt, what: string): ProviderFailure {
  const provider = attempt.provider.name
  return new ProviderFailure('unsupported', { provider, message: `${provider} ${what}.`, dispatched: false })
}
