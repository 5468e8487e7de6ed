// Bedrock's error body, a message alone beside the name in a header, and the exceptions of its streams
// (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html, "Errors").
import type { JsonValue } from '../json-value.ts'
import { type BodyReply, type Dialect, jsonReply } from '../reply.ts'
import { simulatedErrorMessage } from '../scripted-reply.ts'
import { exceptionMessage } from './event-stream.ts'

export function bedrockRefusal(status: number, name: string, message: string): BodyReply {
  return { ...jsonReply(status, { message }), headers: { 'x-amzn-errortype': name } }
}

const exception = (body: JsonValue) => exceptionMessage('modelStreamErrorException', body)

export const bedrockDialect: Dialect = {
  streamContentType: 'application/vnd.amazon.eventstream',
  errorBody: (status) => ({ message: simulatedErrorMessage(status) }),
  errorFrame: exception,
  failureFrame: () => exception({ message: 'The model failed while it generated the answer.' }),
  headers: (requestNumber) => ({ 'x-amzn-requestid': `simulated-${requestNumber}` }),
  refuseKey: () =>
    bedrockRefusal(403, 'UnrecognizedClientException', 'The security token included in the request is invalid.'),
  refuseBody: () => bedrockRefusal(400, 'SerializationException', 'The body could not be read.'),
}

export function unknownBedrockRoute(): BodyReply {
  return bedrockRefusal(404, 'UnknownOperationException', 'The operation is not known.')
}
