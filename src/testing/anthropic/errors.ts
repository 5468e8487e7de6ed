// Anthropic's error envelope and the errors that its server gives before a model runs
// (https://platform.claude.com/docs/en/api/errors).
import type { JsonObject } from '../json-value.ts'
import { simulatedId } from '../openai/simulated-id.ts'
import { type BodyReply, type Dialect, jsonReply } from '../reply.ts'
import { simulatedErrorMessage } from '../scripted-reply.ts'
import { sseEvent } from '../stream-frames.ts'

const typeByStatus: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

export function anthropicError(status: number, message: string): JsonObject {
  return { type: 'error', error: { type: typeByStatus[status] ?? 'api_error', message }, request_id: 'req_simulated' }
}

export function anthropicRefusal(status: number, message: string): BodyReply {
  return jsonReply(status, anthropicError(status, message))
}

export const anthropicDialect: Dialect = {
  streamContentType: 'text/event-stream; charset=utf-8',
  errorBody: (status) => anthropicError(status, simulatedErrorMessage(status)),
  errorFrame: (body) => `event: error\n${sseEvent(body)}`,
  failureFrame: () => `event: error\n${sseEvent(anthropicError(529, 'Overloaded'))}`,
  headers: (requestNumber) => ({ 'request-id': simulatedId('req_', `request ${requestNumber}`, 24) }),
  refuseKey: (given) => anthropicRefusal(401, given ? 'invalid x-api-key' : 'x-api-key header is required'),
  refuseBody: () => anthropicRefusal(400, 'The request body is not valid JSON'),
}

export function unknownAnthropicRoute(): BodyReply {
  return anthropicRefusal(404, 'Not Found')
}
