// OpenAI's error envelope and the errors that its servers give before a model runs.
import type { JsonObject } from '../json-value.ts'
import { type BodyReply, type Dialect, jsonReply } from '../reply.ts'
import { simulatedErrorMessage } from '../scripted-reply.ts'
import { sseEvent } from '../stream-frames.ts'
import { simulatedId } from './simulated-id.ts'

/** The envelope, with its four fields always present. */
export function openAIError(
  message: string,
  type: string,
  code: string | null = null,
  param: string | null = null,
): JsonObject {
  return { error: { message, type, param, code } }
}

export function invalidRequest(status: number, message: string, code: string | null, param: string | null): BodyReply {
  return jsonReply(status, openAIError(message, 'invalid_request_error', code, param))
}

const typeByStatus: Readonly<Record<number, readonly [type: string, code: string | null]>> = {
  400: ['invalid_request_error', null],
  401: ['invalid_request_error', 'invalid_api_key'],
  403: ['invalid_request_error', 'unsupported_country_region_territory'],
  404: ['invalid_request_error', 'model_not_found'],
  429: ['requests', 'rate_limit_exceeded'],
}

/** How OpenAI itself speaks. */
export const openAIDialect: Dialect = {
  streamContentType: 'text/event-stream; charset=utf-8',
  keepAliveComment: ': keep-alive\n\n',
  errorBody(status) {
    const [type, code] = typeByStatus[status] ?? ['server_error', null]
    return openAIError(simulatedErrorMessage(status), type, code)
  },
  errorFrame: sseEvent,
  failureFrame: () => sseEvent(openAIDialect.errorBody(500)),
  headers(requestNumber) {
    return { 'x-request-id': simulatedId('req_', `request ${requestNumber}`, 32), 'openai-version': '2020-10-01' }
  },
  refuseKey(given) {
    if (given) return invalidRequest(401, 'Incorrect API key provided.', 'invalid_api_key', null)
    return invalidRequest(401, "You didn't provide an API key in an Authorization header.", null, null)
  },
  refuseBody() {
    return invalidRequest(400, 'We could not parse the JSON body of your request.', null, null)
  },
}

export function unknownOpenAIRoute(method: string, path: string): BodyReply {
  return invalidRequest(404, `Invalid URL (${method} ${path})`, null, null)
}
