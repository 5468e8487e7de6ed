// Ollama's errors: its own flat ones, and the envelope that its /v1 routes wrap them in.

import type { JsonObject, JsonValue } from '../json-value.ts'
import { openAIError } from '../openai/errors.ts'
import { type BodyReply, type Dialect, jsonReply } from '../reply.ts'
import { simulatedErrorMessage } from '../scripted-reply.ts'
import { lineFrame, sseEvent } from '../stream-frames.ts'

/** Ollama's JSON, with the content type that its server sends. */
export function ollamaReply(status: number, body: JsonValue): BodyReply {
  return { ...jsonReply(status, body), contentType: 'application/json; charset=utf-8' }
}

export function ollamaError(status: number, message: string): BodyReply {
  return ollamaReply(status, { error: message })
}

/** The error as it looks on the route that was asked. */
export type RefuseWith = (status: number, message: string) => BodyReply

export const nativeDialect: Dialect = {
  streamContentType: 'application/x-ndjson',
  errorBody: (status) => ({ error: errorMessage(status) }),
  errorFrame: (body) => String(lineFrame('closing', body).bytes),
  failureFrame: () => String(lineFrame('closing', { error: runnerFailed }).bytes),
  headers: () => ({}),
  refuseKey: () => ollamaError(401, 'unauthorized'),
  refuseBody: (empty) => ollamaError(400, empty ? 'missing request body' : 'unexpected EOF'),
}

const typeByStatus: Readonly<Record<number, string>> = { 400: 'invalid_request_error', 404: 'not_found_error' }

function compatibleError(status: number, message: string): JsonObject {
  return openAIError(message, typeByStatus[status] ?? 'api_error')
}

export function refuseCompatible(status: number, message: string): BodyReply {
  return jsonReply(status, compatibleError(status, message))
}

export const compatibleDialect: Dialect = {
  streamContentType: 'text/event-stream',
  keepAliveComment: ': keep-alive\n\n',
  errorBody: (status) => compatibleError(status, errorMessage(status)),
  errorFrame: sseEvent,
  failureFrame: () => sseEvent(lastWords),
  headers: () => ({}),
  refuseKey: () => refuseCompatible(401, 'unauthorized'),
  refuseBody: (empty) => refuseCompatible(400, empty ? 'EOF' : 'unexpected EOF'),
}

/** What the router of the real server says about a path, or a method, that it does not have. */
export function unknownOllamaRoute(_method: string, _path: string, methodIsWrong: boolean): BodyReply {
  const [status, body] = methodIsWrong ? [405, '405 method not allowed'] : [404, '404 page not found']
  return { kind: 'body', status, contentType: 'text/plain', body, pieces: 0 }
}

const runnerFailed = 'an error was encountered while running the model: unexpected EOF'

/** On /v1 a model that dies in the middle of a stream leaves a chunk without model or content, and no `[DONE]`. */
const lastWords: JsonObject = {
  id: 'chatcmpl-0',
  object: 'chat.completion.chunk',
  created: 0,
  model: '',
  system_fingerprint: 'fp_ollama',
  choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }],
}

function errorMessage(status: number): string {
  if (status === 503) return 'server busy, please try again.  maximum pending requests exceeded'
  return status === 500 ? runnerFailed : simulatedErrorMessage(status)
}
