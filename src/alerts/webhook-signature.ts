// Owns the signature of a webhook's message by the Standard Webhooks rules, symmetric scheme `v1`.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme
import { createHmac } from 'node:crypto'
import type { Secret } from '../domain/secret.ts'

const PREFIX = 'whsec_'

/** What is signed beside the body. */
export interface WebhookMessage {
  readonly id: string
  /** When this try is made, seconds since 1970. */
  readonly timestamp: number
  readonly payload: string
}

/**
 * The value of `webhook-signature`: HMAC-SHA256 of `id.timestamp.payload`, in base64.
 * @param secret the key in base64 after `whsec_`; any other text is the key itself, by its bytes.
 * @example webhookSignature({ id: 'alert_1', timestamp: 1674087231, payload: '{}' }, secret) // 'v1,K5oZ…'
 */
export function webhookSignature({ id, timestamp, payload }: WebhookMessage, secret: Secret): string {
  const text = secret.reveal()
  const key = text.startsWith(PREFIX) ? Buffer.from(text.slice(PREFIX.length), 'base64') : Buffer.from(text)
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${payload}`).digest('base64')}`
}
