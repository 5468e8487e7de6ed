// Owns the error catalogue: every code a client can receive, its HTTP status and its OpenAI error type.
import type { RejectedReply } from './provider-failure.ts'

/** What each error code means on the wire. The reference page and every renderer are made from this table. */
export const errorCatalogue = {
  invalid_request: {
    status: 400,
    type: 'invalid_request_error',
    meaning: 'The request is not valid; `param` names the field.',
  },
  context_length_exceeded: {
    status: 400,
    type: 'invalid_request_error',
    meaning:
      'The prompt does not fit into the context window of any candidate; `context_tokens` is the largest window.',
  },
  invalid_configuration: {
    status: 422,
    type: 'invalid_request_error',
    meaning: 'The configuration cannot be used, so nothing was changed; `problems` has each with its line and key.',
  },
  unknown_model: { status: 404, type: 'invalid_request_error', meaning: 'No configured provider has this model.' },
  not_found: { status: 404, type: 'invalid_request_error', meaning: 'There is no such route, or nothing of this id.' },
  conflict: { status: 409, type: 'invalid_request_error', meaning: 'There is one of this id already.' },
  method_not_allowed: {
    status: 405,
    type: 'invalid_request_error',
    meaning: 'The route exists, with another method; see the Allow header.',
  },
  invalid_key: {
    status: 401,
    type: 'authentication_error',
    meaning: 'The key is missing, unknown, expired or revoked.',
  },
  key_not_allowed: { status: 403, type: 'permission_error', meaning: 'The key is valid but may not do this.' },
  budget_exceeded: {
    status: 402,
    type: 'budget_exceeded',
    meaning: 'A budget has no room for this request and no cheaper candidate was left.',
  },
  price_unknown: {
    status: 402,
    type: 'budget_exceeded',
    meaning:
      'The provider is paid and the price of its model, or of what `param` names, is not known, so the cost has no bound.',
  },
  body_too_large: {
    status: 413,
    type: 'invalid_request_error',
    meaning: 'The request body is larger than `server.max_body_bytes`.',
  },
  rate_limited: {
    status: 429,
    type: 'rate_limit_error',
    meaning: 'Too many requests; Retry-After says when to come back.',
  },
  overloaded: { status: 503, type: 'server_error', meaning: 'No capacity now; Retry-After says when to come back.' },
  shutting_down: {
    status: 503,
    type: 'server_error',
    meaning: 'This process is stopping; another or the next one will answer.',
  },
  local_unavailable_for_restricted_data: {
    status: 503,
    type: 'server_error',
    meaning: 'The data may only go to a local provider, and none can answer.',
  },
  no_candidate: { status: 503, type: 'server_error', meaning: 'No configured provider may answer this request.' },
  upstream_unreachable: { status: 502, type: 'upstream_error', meaning: 'The provider could not be reached.' },
  upstream_error: { status: 502, type: 'upstream_error', meaning: 'The provider failed or its answer was unusable.' },
  upstream_timeout: { status: 504, type: 'upstream_error', meaning: 'The provider did not answer in time.' },
  ledger_unavailable: {
    status: 503,
    type: 'server_error',
    meaning: 'The budget ledger cannot be reached; paid providers are closed, local ones are open.',
  },
  client_closed: {
    status: 499,
    type: 'client_closed',
    meaning: 'The client went away. Nobody receives this; logs and metrics do.',
  },
  internal_error: { status: 500, type: 'server_error', meaning: 'A fault of ours; the log has the request id.' },
} as const satisfies Record<string, { status: number; type: string; meaning: string }>

export type ErrorCode = keyof typeof errorCatalogue

export interface AegisErrorDetails {
  /** The field at fault: `messages[2].content`. */
  readonly param?: string | undefined
  readonly retryAfterSeconds?: number | undefined
  /** Further members of the error object, such as a budget's figures. Never content. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined
  /** Whose fault it was. */
  readonly source?: 'gateway' | 'provider' | undefined
  readonly status?: number | undefined
  /** The provider's own reply, which a surface of the same wire passes on unchanged. */
  readonly reply?: RejectedReply | undefined
  readonly cause?: unknown
}

/**
 * An error for the caller. Its message is written by us and names the way out; it never quotes the prompt.
 * @example throw new AegisError('invalid_request', 'messages must not be empty', { param: 'messages' })
 */
export class AegisError extends Error {
  override readonly name = 'AegisError'
  readonly code: ErrorCode
  readonly status: number
  readonly type: string
  readonly param: string | undefined
  readonly retryAfterSeconds: number | undefined
  readonly extra: Readonly<Record<string, unknown>> | undefined
  readonly source: 'gateway' | 'provider'
  readonly reply: RejectedReply | undefined

  constructor(code: ErrorCode, message: string, details: AegisErrorDetails = {}) {
    super(message, { cause: details.cause })
    this.code = code
    this.status = details.status ?? errorCatalogue[code].status
    this.type = errorCatalogue[code].type
    this.param = details.param
    this.retryAfterSeconds = details.retryAfterSeconds
    this.extra = details.extra
    this.source = details.source ?? 'gateway'
    this.reply = details.reply
  }
}
