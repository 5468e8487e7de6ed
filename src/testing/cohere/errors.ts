// Cohere's error body, which is a message alone (https://docs.cohere.com/reference/errors).
import { type BodyReply, type Dialect, jsonReply } from '../reply.ts'
import { simulatedErrorMessage } from '../scripted-reply.ts'
import { namedFrame } from '../stream-frames.ts'

export function cohereRefusal(status: number, message: string): BodyReply {
  return jsonReply(status, { id: 'simulated', message })
}

/** A stream that fails says so in its last event. */
const failed = {
  type: 'message-end',
  delta: {
    finish_reason: 'ERROR',
    error: 'the model failed',
    usage: { billed_units: { input_tokens: 0, output_tokens: 0 }, tokens: { input_tokens: 0, output_tokens: 0 } },
  },
}

export const cohereDialect: Dialect = {
  streamContentType: 'text/event-stream',
  errorBody: (status) => ({ id: 'simulated', message: simulatedErrorMessage(status) }),
  errorFrame: (body) => namedFrame('closing', 'message-end', body).bytes,
  failureFrame: () => namedFrame('closing', 'message-end', failed).bytes,
  headers: () => ({ 'x-debug-trace-id': 'simulated' }),
  refuseKey: (given) => cohereRefusal(401, given ? 'invalid api token' : 'no api key supplied'),
  refuseBody: () => cohereRefusal(400, 'invalid request: the body is not valid JSON'),
}

export function unknownCohereRoute(): BodyReply {
  return cohereRefusal(404, 'the requested resource was not found')
}
