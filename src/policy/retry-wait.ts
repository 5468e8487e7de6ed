// Owns whether the same candidate may be asked again, and after how long. By the kind of failure, never by its words.
import type { ProviderFailure } from '../domain/provider-failure.ts'

const FIRST_CEILING_MS = 250
const HIGHEST_CEILING_MS = 4000

/** A client that would have to wait longer is told so instead, and can go elsewhere. */
const LONGEST_ASKED_SECONDS = 5

/**
 * Milliseconds to wait before the same candidate is asked again; undefined when the failure would only come again, or
 * when nobody knows how long the provider wants to be left alone.
 *
 * - It could not be reached, or the connection was reset before any byte of an answer: exponential backoff with full
 *   jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 * - 502 and 504: a gateway before it failed, and no provider bills that. The same.
 * - 429 and 503 with a short `Retry-After`: that long, and the jitter on top, so that not all come back at once.
 *
 * @param retries how often it has been asked again already, from 0.
 * @param random from 0 up to 1.
 */
export function retryWaitMs(failure: ProviderFailure, retries: number, random: () => number): number | undefined {
  const jitterMs = random() * Math.min(HIGHEST_CEILING_MS, FIRST_CEILING_MS * 2 ** retries)
  const { kind, upstreamStatus, retryAfterSeconds } = failure
  if (kind === 'rate_limited' || kind === 'overloaded') {
    if (retryAfterSeconds === undefined || retryAfterSeconds > LONGEST_ASKED_SECONDS) return undefined
    return retryAfterSeconds * 1000 + jitterMs
  }
  return kind === 'unreachable' || upstreamStatus === 502 || upstreamStatus === 504 ? jitterMs : undefined
}
