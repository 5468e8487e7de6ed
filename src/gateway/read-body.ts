// Owns the reading of a request's body: once, up to the cap, in plain UTF-8.
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { AegisError } from '../domain/errors.ts'

/**
 * The whole body.
 * @throws AegisError `body_too_large` over `maxBytes`; `invalid_request` for a compressed body or one that is not UTF-8.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    const message = 'Send the body without content-encoding.'
    return Promise.reject(new AegisError('invalid_request', message, { param: 'content-encoding' }))
  }
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes))
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    // Building an error costs more than reading a small body, so none is built unless it is needed.
    let waiting = true
    const fail = (error: AegisError) => {
      waiting = false
      reject(error)
    }
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= maxBytes) chunks.push(chunk)
      else if (waiting) fail(tooLarge(maxBytes))
    })
    request.on('end', () => {
      if (!waiting) return
      const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
      if (!isUtf8(body))
        return fail(new AegisError('invalid_request', 'The body is not valid UTF-8. Send JSON in UTF-8.'))
      waiting = false
      resolve(body)
    })
    const left = () => {
      if (waiting) fail(new AegisError('client_closed', 'The client went away while it was sending.'))
    }
    request.on('error', left)
    request.on('close', left)
  })
}

function tooLarge(maxBytes: number): AegisError {
  return new AegisError(
    'body_too_large',
    `The body is larger than ${maxBytes} bytes. The cap is server.max_body_bytes.`,
    {
      extra: { max_body_bytes: maxBytes },
    },
  )
}
