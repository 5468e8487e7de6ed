// Owns errors as the AI SDK decides by them: an APICallError with the status and whether asking again may help.
import { APICallError } from '@ai-sdk/provider'
import { AegisError } from '../domain/errors.ts'

/** What may have passed by the time that the SDK asks again. Aegis itself has tried again and elsewhere already. */
const mayPass = new Set(['rate_limited', 'overloaded', 'shutting_down', 'upstream_unreachable', 'upstream_timeout'])

/** `data.error` has the code and the field; nothing has the prompt. Other errors, such as an abort, stay what they are. */
export function callErrorOf(error: unknown): unknown {
  if (!(error instanceof AegisError)) return error
  const { message, status, code, param, retryAfterSeconds } = error
  return new APICallError({
    message,
    url: 'aegis',
    requestBodyValues: {},
    statusCode: status,
    ...(retryAfterSeconds === undefined ? {} : { responseHeaders: { 'retry-after': String(retryAfterSeconds) } }),
    isRetryable: mayPass.has(code),
    data: { error: { code, param, message, ...error.extra } },
    cause: error,
  })
}
