// Owns the error envelopes, OpenAI's, Anthropic's and Ollama's. One renderer for all routes; nothing here quotes a body.
import { AegisError, type ErrorCode } from '../domain/errors.ts'
import { failureKinds, ProviderFailure } from '../domain/provider-failure.ts'
import { messageErrorEnvelope, messageErrorStatus } from './anthropic/error-envelope.ts'
import type { HeaderList, HttpReply } from './http/http-exchange.ts'

/** Codes of what may pass. All others say that asking again changes nothing, which OpenAI's clients obey. */
const mayPass: ReadonlySet<ErrorCode> = new Set([
  'rate_limited',
  'overloaded',
  'shutting_down',
  'local_unavailable_for_restricted_data',
  'upstream_unreachable',
  'upstream_error',
  'upstream_timeout',
  'ledger_unavailable',
])

/** Of a 429 or 503 that says nothing else: every one of them says when to come back. */
const RETRY_AFTER_SECONDS = 5

function errorObject(error: AegisError, requestId: string): Record<string, unknown> & { message: string } {
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

/** `management` has FastAPI's `detail` beside OpenAI's `error`: clients of the any-llm gateway read either. */
export type Dialect = 'openai' | 'anthropic' | 'ollama' | 'management'

export interface ErrorRendering {
  readonly headers: HeaderList
  readonly requestId: string
  readonly dialect: Dialect
  /** The HTTP status, where the configuration chooses another than the catalogue. */
  readonly status?: number
}

/** Writes an error as the whole reply. A provider's own request-shaped error passes unchanged. */
export function renderError(
  reply: HttpReply,
  error: AegisError,
  { headers, requestId, dialect, status: given = error.status }: ErrorRendering,
): void {
  if (reply.started) {
    reply.destroy()
    return
  }
  const status = dialect === 'anthropic' ? messageErrorStatus(error.code, given) : given
  const theirs = dialect === (error.reply?.wire ?? 'openai') ? error.reply : undefined
  const body = theirs?.body ?? Buffer.from(JSON.stringify(envelope(error, dialect, requestId, status)))
  const sent = [...headers, 'content-type', theirs?.contentType ?? 'application/json']
  const retryAfterSeconds =
    error.retryAfterSeconds ?? (given === 429 || given === 503 ? RETRY_AFTER_SECONDS : undefined)
  if (retryAfterSeconds !== undefined) sent.push('retry-after', String(retryAfterSeconds))
  if (!worthRetrying(error)) sent.push('x-should-retry', 'false')
  if (dialect === 'anthropic') sent.push('request-id', requestId)
  if (error.code === 'body_too_large') reply.lastOfConnection = true
  reply.send(status, sent, body)
}

/** A key of ours that a provider does not accept will not be accepted the next time. */
function worthRetrying({ code, cause }: AegisError): boolean {
  return mayPass.has(code) && !(cause instanceof ProviderFailure && cause.kind === 'account')
}

/** The body of a reply that would carry this error, as a value: the provider's own words where they are JSON. */
export function errorBody(error: AegisError, requestId: string): object {
  try {
    const theirs: unknown = error.reply && JSON.parse(error.reply.body.toString('utf8'))
    if (typeof theirs === 'object' && theirs !== null) return theirs
  } catch {
    // Ours says it as well.
  }
  return { error: errorObject(error, requestId) }
}

/** Ollama's clients read `error` as a text; the rest of our error stands beside it. */
function envelope(error: AegisError, dialect: Dialect, requestId: string, status: number): object {
  const object = errorObject(error, requestId)
  if (dialect === 'openai') return { error: object }
  if (dialect === 'management') return { detail: detailOf(error, status), error: object }
  const message = replyText(error) ?? object.message
  if (dialect === 'anthropic') return messageErrorEnvelope(error, status, { ...object, message })
  const { message: _, ...rest } = object
  return { error: message, ...rest }
}

/** https://fastapi.tiangolo.com/tutorial/handling-errors: a text, or a list for what is wrong in a request. */
function detailOf({ message, param }: AegisError, status: number): unknown {
  if (status !== 422) return message
  return [{ type: 'value_error', loc: param === undefined ? ['body'] : ['body', param], msg: message, input: null }]
}

/** The provider's own words about a request-shaped error. */
function replyText({ reply }: AegisError): string | undefined {
  if (!reply) return undefined
  try {
    const parsed = JSON.parse(reply.body.toString('utf8')) as { error?: { message?: unknown } | null } | null
    return typeof parsed?.error?.message === 'string' ? parsed.error.message : undefined
  } catch {
    return undefined
  }
}

/**
 * Whether a broken stream ends without a word: the client is gone, or it has not read what it was sent when the
 * deadline passed, and its connection would otherwise stay open for as long as it does not.
 */
export function isPastTelling({ kind }: ProviderFailure, { needsDrain }: HttpReply): boolean {
  return kind === 'cancelled' || (kind === 'timeout' && needsDrain)
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
