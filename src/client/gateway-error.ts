// Owns a gateway's errors: OpenAI's envelope back into the AegisError that the same task would throw in process.
import { AegisError, type ErrorCode, errorCatalogue } from '../domain/errors.ts'
import type { GatewayReply } from './gateway-answer.ts'

interface WireError {
  readonly message?: unknown
  readonly code?: unknown
  readonly param?: unknown
  readonly source?: unknown
}

/** The error of a reply that is none of ours has its status and no word of its body. */
export async function errorIn(reply: GatewayReply): Promise<AegisError> {
  const text = await reply.text()
  const wire = wireErrorIn(text)
  const seconds = Number(reply.headers.get('retry-after') ?? Number.NaN)
  const details = { status: reply.status, retryAfterSeconds: Number.isFinite(seconds) ? seconds : undefined }
  if (wire) return errorOf(wire, byStatus(reply.status), details)
  return new AegisError(byStatus(reply.status), `Whoever is at baseURL answered ${reply.status}.`, details)
}

/** The error event that ends a broken stream. */
export function streamError(error: unknown): AegisError {
  const wire = typeof error === 'object' && error !== null ? (error as WireError) : {}
  return errorOf(wire, 'upstream_error', {})
}

export function unreachable(cause: unknown): AegisError {
  return new AegisError('upstream_unreachable', 'The gateway at baseURL could not be reached, or broke off.', { cause })
}

function errorOf(wire: WireError, otherwise: ErrorCode, details: object): AegisError {
  const known = typeof wire.code === 'string' && Object.hasOwn(errorCatalogue, wire.code)
  const message = typeof wire.message === 'string' ? wire.message : 'The gateway answered with an error.'
  return new AegisError(known ? (wire.code as ErrorCode) : otherwise, message, {
    ...details,
    ...(typeof wire.param === 'string' ? { param: wire.param } : {}),
    // A provider's own error passes through a gateway without a source.
    source: wire.source === 'gateway' ? 'gateway' : 'provider',
  })
}

function wireErrorIn(text: string): WireError | undefined {
  try {
    const { error } = JSON.parse(text) as { readonly error?: unknown }
    return typeof error === 'object' && error !== null ? error : undefined
  } catch {
    return undefined
  }
}

function byStatus(status: number): ErrorCode {
  if (status === 401) return 'invalid_key'
  if (status === 403) return 'key_not_allowed'
  if (status === 404) return 'not_found'
  if (status === 429) return 'rate_limited'
  return status < 500 ? 'invalid_request' : 'upstream_error'
}
