// Owns one try to post an alert to the configured address.
import type { Pool } from 'undici'
import type { Clock } from '../domain/clock.ts'
import type { Secret } from '../domain/secret.ts'
import { webhookSignature } from './webhook-signature.ts'

export interface WebhookOptions {
  readonly url: string
  readonly secret: Secret
  readonly clock: Clock
  /** For the whole exchange. The rules recommend 15 to 30 s; 15 s unless told. */
  readonly timeoutMs?: number
}

/** How a try ended. `cause` holds nothing of the address or of what was answered. */
export type Delivery =
  | { readonly delivered: true }
  | { readonly delivered: false; readonly cause: string; readonly retryAfterMs: number }

const DEFAULT_TIMEOUT_MS = 15_000
/** Read of an answer so that its connection can be used again. */
const MOST_ANSWER_BYTES = 16_384

/**
 * A 2xx is delivered, everything else is not; a redirect is not followed and proxy variables are not read.
 * @example (await webhook.post('alert_1', '{}')).delivered
 */
export class Webhook {
  /** For the log: paths and queries of webhooks are often secret. */
  readonly host: string
  readonly #options: WebhookOptions
  /** Made for the first alert: few processes ever send one. */
  #pool: Promise<Pool> | undefined
  readonly #origin: string
  readonly #path: string
  readonly #authorization: readonly string[]
  readonly #closing = new AbortController()

  constructor(options: WebhookOptions) {
    this.#options = options
    const url = new URL(options.url)
    this.host = url.host
    this.#path = url.pathname + url.search
    const account = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
    this.#authorization = account === ':' ? [] : ['authorization', `Basic ${Buffer.from(account).toString('base64')}`]
    this.#origin = url.origin
  }

  async post(id: string, payload: string): Promise<Delivery> {
    const { clock, secret, timeoutMs = DEFAULT_TIMEOUT_MS } = this.#options
    const timestamp = Math.floor(clock.wallMs() / 1000)
    try {
      this.#pool ??= openPool(this.#origin)
      const pool = await this.#pool
      const reply = await pool.request({
        method: 'POST',
        path: this.#path,
        headers: [
          ...['content-type', 'application/json'],
          ...['webhook-id', id],
          ...['webhook-timestamp', String(timestamp)],
          ...['webhook-signature', webhookSignature({ id, timestamp, payload }, secret)],
          ...this.#authorization,
        ],
        body: payload,
        signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(timeoutMs)]),
      })
      await reply.body.dump({ limit: MOST_ANSWER_BYTES }).catch(() => {})
      if (reply.statusCode >= 200 && reply.statusCode < 300) return { delivered: true }
      const retryAfterMs = waitOf(reply.headers['retry-after'], clock.wallMs())
      return { delivered: false, cause: `http_${reply.statusCode}`, retryAfterMs }
    } catch (error) {
      return { delivered: false, cause: causeOf(error), retryAfterMs: 0 }
    }
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    this.#closing.abort()
    await (await this.#pool)?.destroy()
  }
}

async function openPool(origin: string): Promise<Pool> {
  const undici = await import('undici')
  return new undici.Pool(origin, { connections: 4, pipelining: 1, allowH2: false })
}

/** Seconds or a date, as https://www.rfc-editor.org/rfc/rfc9110#field.retry-after has it; 0 for anything else. */
function waitOf(header: string | string[] | undefined, wallMs: number): number {
  if (typeof header !== 'string') return 0
  const waitMs = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - wallMs
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : 0
}

/** A code such as ECONNREFUSED. Never a message, which could name the address. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if (error.name === 'TimeoutError') return 'timeout'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
