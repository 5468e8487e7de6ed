// Owns the kinds in which a provider can fail, and what each permits. Decisions read the kind, never a message.

interface FailureMeaning {
  /** Whether the next candidate may be asked. */
  readonly fallback: boolean
  readonly status: number
  readonly code: string
  /** What it says of the provider: enough that are `sick` in a row, and it is passed over for a while. */
  readonly health: 'sick' | 'well' | 'nothing'
}

/** What each kind of failure permits and what the client is told when no candidate is left. */
export const failureKinds = {
  /** No connection: refused, reset before an answer, DNS, TLS. */
  unreachable: { fallback: true, status: 502, code: 'upstream_unreachable', health: 'sick' },
  /** Connect, first-byte or idle time-out. */
  timeout: { fallback: true, status: 504, code: 'upstream_timeout', health: 'sick' },
  /** 429. */
  rate_limited: { fallback: true, status: 429, code: 'rate_limited', health: 'sick' },
  /** 503 and 529: the provider asks for patience. */
  overloaded: { fallback: true, status: 503, code: 'overloaded', health: 'sick' },
  /** Any other 5xx. */
  server_error: { fallback: true, status: 502, code: 'upstream_error', health: 'sick' },
  /** 401, 402 and 403: our key or account there, not the caller's. */
  account: { fallback: true, status: 502, code: 'upstream_error', health: 'nothing' },
  /** 404: the provider does not have the model. */
  model_missing: { fallback: true, status: 404, code: 'unknown_model', health: 'well' },
  /** A 2xx that is not an answer: not JSON, wrong shape, a redirect, an over-long reply. */
  malformed: { fallback: true, status: 502, code: 'upstream_error', health: 'nothing' },
  /** A 2xx whose first event is an error. */
  in_band_error: { fallback: true, status: 502, code: 'upstream_error', health: 'nothing' },
  /** The answer stopped before its end. */
  truncated: { fallback: true, status: 502, code: 'upstream_error', health: 'nothing' },
  /** The prompt does not fit the model's context here; it may fit the next. */
  context_exceeded: { fallback: true, status: 400, code: 'context_length_exceeded', health: 'well' },
  /** A request-shaped 4xx: the same request fails everywhere, so it passes through unchanged. */
  rejected: { fallback: false, status: 400, code: 'invalid_request', health: 'well' },
  /** The transport refused to send: the second lock. */
  privacy_refused: { fallback: true, status: 503, code: 'local_unavailable_for_restricted_data', health: 'nothing' },
  /** The provider's wire has no way to say what was asked, such as several choices. */
  unsupported: { fallback: true, status: 400, code: 'invalid_request', health: 'nothing' },
  /** The client went away or the deadline of the whole request passed. */
  cancelled: { fallback: false, status: 499, code: 'client_closed', health: 'nothing' },
} as const satisfies Record<string, FailureMeaning>

export type FailureKind = keyof typeof failureKinds

/** A provider's own error body, to be passed through byte for byte. */
export interface RejectedReply {
  /** The wire of `body` where it is not OpenAI's. */
  readonly wire?: 'anthropic' | undefined
  readonly status: number
  readonly contentType: string
  readonly body: Buffer
}

export interface ProviderFailureDetails {
  readonly provider: string
  /** Words of ours about what happened. Never a word of the prompt or of the provider's body. */
  readonly message: string
  readonly upstreamStatus?: number | undefined
  readonly retryAfterSeconds?: number | undefined
  /** What the client may see of the provider's own words: for request-shaped errors and errors inside a stream. */
  readonly reply?: RejectedReply | undefined
  /** True when the request may have reached the provider, so that it may be billed. */
  readonly dispatched: boolean
  /** True when only the key that was used is at fault, and the provider has another one that may be tried at once. */
  readonly anotherKey?: boolean | undefined
  readonly cause?: unknown
}

/** A provider did not answer. Thrown before the commit point, so another candidate may still do so. */
export class ProviderFailure extends Error {
  override readonly name = 'ProviderFailure'
  readonly kind: FailureKind
  readonly provider: string
  readonly upstreamStatus: number | undefined
  readonly retryAfterSeconds: number | undefined
  readonly reply: RejectedReply | undefined
  readonly dispatched: boolean
  readonly anotherKey: boolean

  constructor(kind: FailureKind, details: ProviderFailureDetails) {
    super(details.message, { cause: details.cause })
    this.kind = kind
    this.provider = details.provider
    this.upstreamStatus = details.upstreamStatus
    this.retryAfterSeconds = details.retryAfterSeconds
    this.reply = details.reply
    this.dispatched = details.dispatched
    this.anotherKey = details.anotherKey ?? false
  }

  /** Whether the next candidate may be asked. */
  get fallback(): boolean {
    return failureKinds[this.kind].fallback
  }
}
