// Owns HTTP to a running gateway: the key, no time-outs of its own, and errors that say what to do.
import type { request } from 'undici'
import { CommandError, exitCodeOf, triedText } from '../command-error.ts'
import type { Gateway } from './find-gateway.ts'

/** A reply with status 200. */
export type GatewayReply = Awaited<ReturnType<typeof request>>

/** What a request to a gateway may carry beside its path. */
export interface GatewayQuestion {
  /** Sent as JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/**
 * Asks and returns the reply, whose body is still to be read. How long an answer may take is the gateway's decision.
 * @throws CommandError when nobody answers, or with the gateway's own error.
 */
export async function askGateway(
  gateway: Gateway,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  { body, headers = {}, signal }: GatewayQuestion = {},
): Promise<GatewayReply> {
  const { request } = await import('undici')
  const reply = await request(gateway.url + path, {
    method,
    headers: {
      ...headers,
      ...(gateway.key === undefined ? {} : { authorization: `Bearer ${gateway.key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
    headersTimeout: 0,
    bodyTimeout: 0,
  }).catch((error: unknown) => {
    throw connectionError(gateway, error)
  })
  if (reply.statusCode === 200) return reply
  const text = await reply.body.text().catch(() => '')
  if (reply.headers['x-aegis-request-id'] === undefined) {
    throw new CommandError(`${gateway.url} is not an Aegis gateway: it answered HTTP ${reply.statusCode}.`, 2)
  }
  throw errorOf(errorObjectIn(text), reply.statusCode, gateway.url)
}

/** Nobody there, or the connection broke. */
export function connectionError({ url }: Gateway, error: unknown): CommandError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const what = code.startsWith('UND_ERR_SOCKET') ? 'broke the connection' : 'does not answer'
  const message = `The gateway at ${url} ${what}${code ? ` (${code})` : ''}: is it running? \`aegis serve\` starts one.`
  return new CommandError(message, 1, { code: 'gateway_unreachable' })
}

/** The error object of the gateway, as far as this program knows it. */
interface ErrorObject {
  readonly message?: unknown
  readonly code?: unknown
  readonly type?: unknown
  readonly param?: unknown
  /** Present when the gateway made the error; a provider's own passes through without. */
  readonly source?: unknown
  readonly attempts?: unknown
}

/** An error that came as the last event of a stream. */
export function streamError({ url }: Gateway, error: object): CommandError {
  return errorOf(error, 200, url)
}

/** A provider's own words are not repeated: they may quote the prompt. */
function errorOf(error: ErrorObject, status: number, url: string): CommandError {
  const code = wordOf(error.code) ?? wordOf(error.type) ?? 'unknown'
  const param = wordOf(error.param)
  if (typeof error.source !== 'string' || typeof error.message !== 'string') {
    const details = [`HTTP ${status}`, `code ${code}`, ...(param === undefined ? [] : [`param ${param}`])]
    const message = `The provider refused the request (${details.join(', ')}).`
    return new CommandError(message, 1, { code, source: 'provider', http_status: status })
  }
  const lines = [error.message, ...triedText(error.attempts)]
  if (code === 'invalid_key') lines.push(`This is about ${url}: export AEGIS_MASTER_KEY=sk-aegis-… (see .env there)`)
  const { message, ...facts } = error
  return new CommandError(lines.join('\n'), exitCodeOf(code, error.source), { ...facts, code, http_status: status })
}

function errorObjectIn(body: string): ErrorObject {
  try {
    const parsed: unknown = JSON.parse(body)
    const error = typeof parsed === 'object' && parsed !== null && 'error' in parsed ? parsed.error : undefined
    return typeof error === 'object' && error !== null ? error : {}
  } catch {
    return {}
  }
}

/** A code or a path; never a sentence, which could quote something. */
function wordOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && /^[\w.[\]-]{1,80}$/.test(value) ? value : undefined
}
