// Checks a request's AWS Signature Version 4 (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
import { createHash, createHmac } from 'node:crypto'
import type { SignedRequest } from '../simulated-upstream.ts'

/** The keys of an account. */
export interface AccountKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Asked for in `x-amz-security-token`, with temporary keys. */
  readonly sessionToken?: string
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/

/** Whether the signature is the one that these keys give for this request, host and body included. */
export function isSignedBy(keys: AccountKeys, { method, target, headers, body }: SignedRequest): boolean {
  const [, keyId, day, region, service, signedHeaders, signature] =
    AUTHORIZATION.exec(headers.authorization ?? '') ?? []
  if (keyId !== keys.accessKeyId || !day || !region || !service || !signedHeaders) return false
  if (headers['x-amz-security-token'] !== keys.sessionToken) return false
  const names = signedHeaders.split(';')
  if (!names.includes('host') || !names.includes('x-amz-date')) return false
  const [path = '', query = ''] = target.split('?')
  const request = [
    method,
    // Services other than S3 encode the path once more.
    encodeURIComponent(path)
      .replaceAll('%2F', '/')
      .replace(/[!'()*]/g, inHex),
    query,
    ...names.map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    signedHeaders,
    sha256(body),
  ].join('\n')
  const scope = `${day}/${region}/${service}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(request)].join('\n')
  const key = [day, region, service, 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${keys.secretAccessKey}`)
  return hmac(key, text).toString('hex') === signature
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex')
}

function inHex(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}
