// Owns OpenAI's error envelope. One renderer for the whole surface; nothing here quotes a body.
import type { ServerResponse } from 'node:http'
import { AegisError } from '../domain/errors.ts'
import { failureKinds, type ProviderFailure } from '../domain/provider-failure.ts'

/** Codes for which asking again changes nothing; OpenAI's clients obey the header. */
const notWorthRetrying = new Set(['budget_exceeded', 'price_unknown', 'no_candidate', 'internal_error'])

export function errorObject(error: AegisError, requestId: string): object {
  return {
    message: error.message,
    type: error.type,
    param: error.param ?? null,
    code: error.code,
    source: error.source,
    request_id: requestId,
    ...error.extra,
  }
}

/** Writes an error as the whole reply. A provider's own request-shaped error passes unchanged. */
export function renderError(
  response: ServerResponse,
  error: AegisError,
  headers: Record<string, string>,
  status = error.status,
): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const reply = error.reply
  const body =
    reply?.body ?? Buffer.from(JSON.stringify({ error: errorObject(error, headers['x-aegis-request-id'] ?? '') }))
  response.writeHead(status, {
    ...headers,
    'content-type': reply?.contentType ?? 'application/json',
    'content-length': body.length,
    ...(error.retryAfterSeconds === undefined ? {} : { 'retry-after': String(error.retryAfterSeconds) }),
    ...(notWorthRetrying.has(error.code) ? { 'x-should-retry': 'false' } : {}),
    ...(error.code === 'body_too_large' ? { connection: 'close' } : {}),
  })
  response.end(body)
}

/** The one event that ends a broken stream; no `[DONE]` follows. */
export function errorEvent(failure: ProviderFailure, requestId: string): Buffer {
  if (failure.reply) return Buffer.concat([Buffer.from('data: '), failure.reply.body, Buffer.from('\n\n')])
  const { code } = failureKinds[failure.kind]
  const error = {
    message: failure.message,
    type: 'upstream_error',
    param: null,
    code,
    source: 'provider',
    request_id: requestId,
  }
  return Buffer.from(`data: ${JSON.stringify({ error })}\n\n`)
}

/** Anything thrown, as an error for the client. A fault of ours shows nothing of itself. */
export function asAegisError(error: unknown): AegisError {
  if (error instanceof AegisError) return error
  return new AegisError('internal_error', 'Aegis failed on this request. The log has it under the request id.', {
    cause: error,
  })
}
