// Owns what an error of an AI SDK package stands for. The wire's own account comes first; the package's names are second.
import type { FundedAttempt } from '../../domain/attempt.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import type { AttemptConnection } from './attempt-connection.ts'
import { memberOf } from './json-reading.ts'
import { unsupported } from './unsupported.ts'

/** By `name`, which these errors share across copies of the library: the answer was not what its schema says. */
const unreadable = new Set(['AI_JSONParseError', 'AI_TypeValidationError', 'AI_InvalidResponseDataError'])

/**
 * Never carries the package's error along as its cause: that holds the whole request.
 * @param streaming the call asked for a stream, so that an error after a 200 was one inside it.
 */
export function callFailure(
  error: unknown,
  connection: AttemptConnection,
  attempt: FundedAttempt,
  streaming: boolean,
): ProviderFailure {
  const known = connection.failure ?? failureIn(error)
  if (known) return known
  if (!connection.sent) return unsupported(attempt, `cannot be asked this: ${reasonOf(error)}`)
  return streaming && isFirstEventError(error)
    ? partFailure(error, attempt)
    : failure(attempt, 'malformed', 'sent an answer that cannot be read')
}

/** Some packages turn an error that is the first event of a stream into one of HTTP, with the status that it would have had. */
function isFirstEventError(error: unknown): boolean {
  return memberOf(error, 'name') === 'AI_APICallError' && memberOf(error, 'statusCode') !== 200
}

/** The failure of an `error` part inside a stream. */
export function partFailure(error: unknown, attempt: FundedAttempt): ProviderFailure {
  const known = failureIn(error)
  if (known) return known
  const name = error instanceof Error ? error.name : ''
  const isUnreadable = unreadable.has(name) || unreadable.has(String(memberOf(error, 'cause', 'name')))
  return isUnreadable
    ? failure(attempt, 'malformed', 'sent a part of an answer that cannot be read')
    : failure(attempt, 'in_band_error', 'reported an error inside its answer')
}

export function failure(
  attempt: FundedAttempt,
  kind: 'malformed' | 'in_band_error' | 'truncated',
  what: string,
): ProviderFailure {
  const provider = attempt.provider.name
  return new ProviderFailure(kind, { provider, message: `${provider} ${what}.`, dispatched: true })
}

/** A failure of ours that a package has wrapped into an error of its own. */
function failureIn(error: unknown): ProviderFailure | undefined {
  let at = error
  for (let depth = 0; depth < 5 && at instanceof Error; depth += 1) {
    if (at instanceof ProviderFailure) return at
    at = at.cause
  }
  return undefined
}

/** What the library says that it cannot do: its own words, in which only a media type can be the caller's. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'its package failed'
  const functionality = memberOf(error, 'functionality')
  return typeof functionality === 'string' ? functionality.slice(0, 120) : error.name.slice(0, 60)
}
