// Google's error body and the errors that its servers give before a model runs (https://google.aip.dev/193).
import type { JsonObject, JsonValue } from '../json-value.ts'
import { type BodyReply, type Dialect, jsonReply } from '../reply.ts'
import { simulatedErrorMessage } from '../scripted-reply.ts'
import { sseEvent } from '../stream-frames.ts'

const codeByStatus: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

export function googleError(status: number, message: string, details: readonly JsonValue[] = []): JsonObject {
  const error = { code: status, message, status: codeByStatus[status] ?? 'INTERNAL' }
  return { error: details.length > 0 ? { ...error, details } : error }
}

export function googleRefusal(status: number, message: string, details: readonly JsonValue[] = []): BodyReply {
  return jsonReply(status, googleError(status, message, details))
}

export const googleDialect: Dialect = {
  streamContentType: 'text/event-stream',
  errorBody: (status) => googleError(status, simulatedErrorMessage(status)),
  errorFrame: sseEvent,
  failureFrame: () => sseEvent(googleError(503, 'The model is overloaded. Please try again later.')),
  headers: () => ({ server: 'scaffolding on HTTPServer2' }),
  refuseKey: (given) =>
    given
      ? googleRefusal(400, 'API key not valid. Please pass a valid API key.', [
          { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID', domain: 'googleapis.com' },
        ])
      : googleRefusal(403, 'Method does not allow unregistered callers (callers without established identity).'),
  refuseBody: () => googleRefusal(400, 'Invalid JSON payload received.'),
}

/** Vertex AI takes tokens, and refuses one with a 401. */
export const vertexDialect: Dialect = {
  ...googleDialect,
  refuseKey: () => googleRefusal(401, 'Request had invalid authentication credentials.'),
}

export function unknownGoogleRoute(): BodyReply {
  return { kind: 'body', status: 404, contentType: 'text/html; charset=UTF-8', body: '<title>404</title>', pieces: 0 }
}
