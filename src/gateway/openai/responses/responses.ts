// Owns /v1/responses: decode, run, write, keep; and the reading and removing of what was kept.
import { AegisError } from '../../../domain/errors.ts'
import type { JsonObject } from '../../../domain/request-body.ts'
import type { AnswerFacts, CompletionAnswer } from '../../../proxy/answer.ts'
import { addAnswerHeaders } from '../../answer-headers.ts'
import { answerTask } from '../../answer-task.ts'
import { bodyOf, type Exchange, sendJson } from '../../exchange.ts'
import { parseJsonObject } from '../../parse-json.ts'
import { idInPath, queryOf } from '../../path-parts.ts'
import { tenantOf } from '../../tenant.ts'
import { chatContext } from '../decode-chat.ts'
import { listPage } from '../list-page.ts'
import { STREAM_HEADERS } from '../stream-writer.ts'
import { type DecodedResponse, decodeResponse, inputOf, previousOf } from './decode-response.ts'
import { type ChatChoice, itemIds, outputItems } from './output-items.ts'
import { PassedEvents, passedResponse, unkept } from './passed-events.ts'
import { ResponseEvents } from './response-events.ts'
import { type ChatUsage, type ResponseFrame, responseObject } from './response-object.ts'
import { ResponseWriter } from './response-writer.ts'
import { historyUpTo, keepResponse, storedResponse, withReferences } from './stored-response.ts'
import type { ResponseObject } from './wire.ts'

export async function createResponse(exchange: Exchange): Promise<void> {
  const { reply, headers, deps } = exchange
  const bytes = await bodyOf(exchange)
  const { view, members } = parseJsonObject(bytes)
  const tenant = tenantOf(exchange.caller)
  const previous = previousOf(view)
  const input = await withReferences(deps.shelf, inputOf(view.input), tenant)
  const history = previous === undefined ? undefined : await historyUpTo(deps.shelf, previous, tenant)
  const decoded = decodeResponse({ bytes, view, members }, input, history, chatContext(exchange))
  const answer = await answerTask(exchange, decoded.task)
  const frame = frameOf(exchange, view, decoded, answer.facts)
  const nowMs = () => deps.proxy.clock.wallMs()
  const keep = (response: ResponseObject) => kept(exchange, decoded, response, answer.facts)
  if (answer.kind === 'stream') {
    addAnswerHeaders(headers, answer.facts, undefined)
    headers.push(...STREAM_HEADERS)
    reply.start(200, headers)
    const { stream } = answer
    const events = stream.wire === 'responses' ? new PassedEvents(frame) : new ResponseEvents(frame)
    new ResponseWriter({ reply, stream, events, nowMs, keep }).run()
    return
  }
  if (answer.wire === 'responses') return sendPassed(exchange, answer, frame, keep)
  const response = await keep(wholeResponse(frame, answer, nowMs()))
  addAnswerHeaders(headers, answer.facts, answer.cost)
  sendJson(exchange, 200, response)
}

/** The provider's own bytes, but for what is of this store. */
async function sendPassed(
  { reply, headers }: Exchange,
  { body, facts, cost }: CompletionAnswer,
  frame: ResponseFrame,
  keep: (response: ResponseObject) => Promise<ResponseObject>,
): Promise<void> {
  const passed = passedResponse(body, frame)
  const { store } = await keep(JSON.parse(passed.toString('utf8')) as ResponseObject)
  addAnswerHeaders(headers, facts, cost)
  headers.push('content-type', 'application/json')
  reply.send(200, headers, store === frame.store ? passed : unkept(passed))
}

export async function getResponse(exchange: Exchange): Promise<void> {
  if (queryOf(exchange).get('stream') === 'true') {
    throw new AegisError('invalid_request', 'stream is not supported here: a kept response is complete.', {
      param: 'stream',
    })
  }
  const { response } = await storedResponse(exchange.deps.shelf, idInPath(exchange), tenantOf(exchange.caller))
  sendJson(exchange, 200, response)
}

export async function deleteResponse(exchange: Exchange): Promise<void> {
  const id = idInPath(exchange)
  const found = await exchange.deps.shelf.describe('response', id, tenantOf(exchange.caller))
  if (!found) throw new AegisError('not_found', 'There is no response of this id, or it is no longer kept.')
  await exchange.deps.shelf.forget(id)
  sendJson(exchange, 200, { id, object: 'response', deleted: true })
}

/** What a response was asked with, newest first unless told. */
export async function listInputItems(exchange: Exchange): Promise<void> {
  const { input } = await storedResponse(exchange.deps.shelf, idInPath(exchange), tenantOf(exchange.caller))
  const query = queryOf(exchange)
  const { limit, after } = listPage(query)
  const ordered = query.get('order') === 'asc' ? input : input.toReversed()
  const from = after === undefined ? 0 : ordered.findIndex(({ id }) => id === after) + 1
  const data = ordered.slice(from, from + limit)
  const ids = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null }
  sendJson(exchange, 200, { object: 'list', data, ...ids, has_more: from + limit < ordered.length })
}

function frameOf(
  { requestId, receivedAtMs }: Exchange,
  view: JsonObject,
  { store }: DecodedResponse,
  { model }: AnswerFacts,
): ResponseFrame {
  return { id: `resp_${requestId.replace(/^req_/, '')}`, createdAtMs: receivedAtMs, model, store, view }
}

function wholeResponse(frame: ResponseFrame, { body }: CompletionAnswer, endedAtMs: number): ResponseObject {
  const chat = JSON.parse(body.toString('utf8')) as { choices?: readonly ChatChoice[]; usage?: ChatUsage | null }
  const choice = chat.choices?.[0] ?? {}
  const end = { finishReason: choice.finish_reason, usage: chat.usage, endedAtMs }
  return responseObject(frame, outputItems(choice, itemIds(frame.id)), end)
}

/** An answer that was paid for is given also when it cannot be kept; then it says so. */
async function kept(
  { deps, caller, requestId }: Exchange,
  { store, input }: DecodedResponse,
  response: ResponseObject,
  facts: AnswerFacts,
): Promise<ResponseObject> {
  if (!store) return response
  try {
    await keepResponse(deps.shelf, tenantOf(caller), { response, input }, facts)
    return response
  } catch (error) {
    const reason = error instanceof Error ? error.name : 'unknown'
    deps.logger.warn('response_not_kept', { request_id: requestId, error: reason })
    return { ...response, store: false }
  }
}
