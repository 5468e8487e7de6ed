// Owns Anthropic's error envelope (https://platform.claude.com/docs/en/api/errors): the types and statuses of our errors.
import type { AegisError, ErrorCode } from '../../domain/errors.ts'
import { failureKinds, type ProviderFailure } from '../../domain/provider-failure.ts'

const typeByStatus: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  405: 'invalid_request_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

/** Whatever status the configuration gives them. */
const typeByCode: Partial<Record<ErrorCode, string>> = {
  budget_exceeded: 'billing_error',
  price_unknown: 'billing_error',
}

/** Anthropic's own status for a server that has no room; its clients know it. */
const OVERLOADED = 529

/** The status that Anthropic's clients know for what another dialect calls by another one. */
export function messageErrorStatus(code: ErrorCode, status: number): number {
  return code === 'overloaded' || code === 'shutting_down' ? OVERLOADED : status
}

/** @param rest further members of our errors, which stand beside those that Anthropic's have. */
export function messageErrorEnvelope(
  { code }: Pick<AegisError, 'code'>,
  status: number,
  { message, request_id, type: _, ...rest }: Readonly<Record<string, unknown>> & { readonly message: string },
): object {
  const type = typeByCode[code] ?? typeByStatus[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error')
  return { type: 'error', error: { type, message, ...rest }, request_id }
}

/** The one event that ends a broken stream; no `message_stop` follows. */
export function messageErrorEvent(failure: ProviderFailure, requestId: string): Buffer {
  const { reply } = failure
  const body = reply?.wire === 'anthropic' ? reply.body.toString('utf8') : JSON.stringify(eventBody(failure, requestId))
  return Buffer.from(`event: error\ndata: ${body}\n\n`)
}

function eventBody({ kind, message }: ProviderFailure, requestId: string): object {
  const { code, status } = failureKinds[kind]
  const type = kind === 'overloaded' ? 'overloaded_error' : (typeByStatus[status] ?? 'api_error')
  return { type: 'error', error: { type, message, code, source: 'provider' }, request_id: requestId }
}
