// Owns the rules for a request's body, whichever lane brings its bytes: plain, within the cap, UTF-8.
import { isUtf8 } from 'node:buffer'
import { AegisError } from '../../domain/errors.ts'
import type { HttpRequest } from './http-exchange.ts'

/**
 * The whole body.
 * @throws AegisError `body_too_large` over `maxBytes`; `invalid_request` for a compressed body or one that is not
 * UTF-8; `client_closed` when the client leaves before its end.
 */
export function readBody(request: HttpRequest, maxBytes: number): Buffer | Promise<Buffer> {
  const encoding = request.header('content-encoding')
  if (encoding !== undefined && encoding !== 'identity') {
    const message = 'Send the body without content-encoding.'
    throw new AegisError('invalid_request', message, { param: 'content-encoding' })
  }
  if (Number(request.header('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes)
  const body = request.body(maxBytes)
  return body instanceof Promise ? body.then(assertUtf8) : assertUtf8(body)
}

function assertUtf8(body: Buffer): Buffer {
  if (isUtf8(body)) return body
  throw new AegisError('invalid_request', 'The body is not valid UTF-8. Send JSON in UTF-8.')
}

export function tooLarge(maxBytes: number): AegisError {
  return new AegisError(
    'body_too_large',
    `The body is larger than ${maxBytes} bytes. The cap is server.max_body_bytes.`,
    { extra: { max_body_bytes: maxBytes } },
  )
}

export function leftWhileSending(): AegisError {
  return new AegisError('client_closed', 'The client went away while it was sending.')
}
