// Owns the signed text of an exception: made with the master key, and refused when anything about it is not right.
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { PrivacyException } from '../domain/privacy-exception.ts'
import type { Secret } from '../domain/secret.ts'

const PREFIX = 'aegis-exception-1'
const TOKEN = /^aegis-exception-1\.([A-Za-z0-9_-]{1,4000})\.([A-Za-z0-9_-]{43})$/

/**
 * Who holds the master key may do anything already, so its key signs. Another master key makes all exceptions void.
 * @example signException({ id: '4f1d09aa', key: 'master', types: ['email_address'], untilMs, reason }, masterKey)
 */
export function signException(exception: PrivacyException, masterKey: Secret): string {
  const { id, key, types, untilMs, reason } = exception
  const payload = Buffer.from(
    JSON.stringify({ id, key, types, until: new Date(untilMs).toISOString(), reason }),
  ).toString('base64url')
  return `${PREFIX}.${payload}.${signatureOf(payload, masterKey).toString('base64url')}`
}

/** @returns the exception, or what is wrong with its text. */
export function readException(token: string, masterKey: Secret | undefined, nowMs: number): PrivacyException | string {
  const [, payload, signature] = TOKEN.exec(token) ?? []
  if (payload === undefined || signature === undefined) {
    return 'is no signed exception: make one with `aegis privacy except`'
  }
  if (!masterKey) return 'needs the master key that signed it: set auth.master_key or AEGIS_MASTER_KEY'
  const given = Buffer.from(signature, 'base64url')
  const own = signatureOf(payload, masterKey)
  if (given.length !== own.length || !timingSafeEqual(given, own)) {
    return 'was changed, or signed with another master key: remove it, and sign it anew with `aegis privacy except`'
  }
  const { until, ...said } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as PrivacyException & {
    readonly until: string
  }
  const untilMs = Date.parse(until)
  if (!(nowMs < untilMs)) return `has expired at ${until}: remove it, or sign a new one with \`aegis privacy except\``
  return { ...said, untilMs }
}

/** The master key opens the gateway; for this purpose it is used through a key of its own. */
function signatureOf(payload: string, masterKey: Secret): Buffer {
  const key = createHmac('sha256', masterKey.reveal()).update('aegis privacy exception').digest()
  return createHmac('sha256', key).update(payload).digest()
}
