// Owns the port by which a request's trace comes in and goes on: W3C trace context, and of it `traceparent` alone.
import type { FundedAttempt } from '../domain/attempt.ts'

/** Baggage and `tracestate` are the caller's words, so neither is read nor sent. https://www.w3.org/TR/trace-context/ */
export interface Traces {
  /** A request has come, with the `traceparent` that it had, if any. */
  received(requestId: string, traceparent: string | undefined): void
  /** The `traceparent` of one sending to a provider; undefined where nothing may be said: of restricted data, or untraced. */
  traceparentOf(attempt: FundedAttempt): string | undefined
}
