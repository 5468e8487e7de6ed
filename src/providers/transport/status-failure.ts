// Owns the reading of an upstream's HTTP status: which kind of failure each one is.
import { type FailureKind, ProviderFailure, type RejectedReply } from '../../domain/provider-failure.ts'
import { headerOf, type UpstreamReply } from './exchange.ts'

/** An error body is read up to here; longer ones are not an error message. */
export const MAX_ERROR_BYTES = 1024 * 1024

/** Reads a reply that is not a 200 and says what it means. Never reads the error's words, only status and `code`. */
export async function statusFailure(provider: string, reply: UpstreamReply): Promise<ProviderFailure> {
  const body = await reply.collect(MAX_ERROR_BYTES)
  return failureOfStatus(provider, reply, kindOfStatus(reply.status, body), body)
}

/** The failure of a reply whose kind is known already, with the body that the client may see. */
export function failureOfStatus(
  provider: string,
  reply: Pick<UpstreamReply, 'status' | 'headers' | 'keys'>,
  kind: FailureKind,
  body: Buffer,
  wire?: RejectedReply['wire'],
): ProviderFailure {
  const passThrough = kind === 'rejected' || kind === 'model_missing' || kind === 'context_exceeded'
  return new ProviderFailure(kind, {
    provider,
    message: `${provider} ${sentenceOf(kind)} (HTTP ${reply.status}).`,
    upstreamStatus: reply.status,
    retryAfterSeconds: reply.keys ? reply.keys.readyInSeconds : retryAfterOf(reply),
    anotherKey: reply.keys?.anotherReady,
    reply: passThrough
      ? {
          ...(wire && { wire }),
          status: reply.status,
          contentType: headerOf(reply, 'content-type') ?? 'application/json',
          body,
        }
      : undefined,
    dispatched: true,
  })
}

export function kindOfStatus(status: number, body: Buffer): FailureKind {
  if (status < 400) return 'malformed'
  if (status === 401 || status === 402 || status === 403) return 'account'
  if (status === 404) return 'model_missing'
  if (status === 408 || status === 504) return 'timeout'
  if (status === 429) return 'rate_limited'
  if (status === 503 || status === 529) return 'overloaded'
  if (status >= 500) return 'server_error'
  return errorCode(body) === 'context_length_exceeded' ? 'context_exceeded' : 'rejected'
}

function sentenceOf(kind: FailureKind): string {
  if (kind === 'malformed') return 'answered with a redirect or an unexpected status, which is not followed'
  if (kind === 'account') return 'does not accept our key or account: check its api_key'
  if (kind === 'model_missing') return 'does not have this model'
  if (kind === 'rate_limited') return 'has too many requests from us'
  if (kind === 'overloaded') return 'is overloaded'
  if (kind === 'timeout') return 'gave up waiting'
  if (kind === 'rejected') return 'does not accept this request'
  if (kind === 'context_exceeded') return 'has no room for a prompt of this length'
  return 'failed'
}

/** `error.code` of an OpenAI-shaped error body. */
function errorCode(body: Buffer): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'))
    const error = typeof parsed === 'object' && parsed !== null && 'error' in parsed ? parsed.error : undefined
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
    return typeof code === 'string' ? code : undefined
  } catch {
    return undefined
  }
}

/** Seconds for which a reply asks to be left alone. */
export function retryAfterOf(reply: Pick<UpstreamReply, 'headers'>): number | undefined {
  return retryAfter(headerOf(reply, 'retry-after'), headerOf(reply, 'date'))
}

/**
 * Seconds to wait by a `Retry-After` header: a number of seconds, or a date, which is read against the same reply's
 * `Date` (RFC 9110, section 10.2.3). At most an hour is believed.
 */
export function retryAfter(value: string | undefined, date: string | undefined): number | undefined {
  if (value === undefined) return undefined
  const seconds = /^\d+(\.\d+)?$/.test(value.trim())
    ? Number(value)
    : (Date.parse(value) - Date.parse(date ?? '')) / 1000
  if (!Number.isFinite(seconds) || seconds < 0) return undefined
  return Math.min(Math.ceil(seconds), 3600)
}
