// The route for responses: an item is read as the chat message that it stands for, and nothing is kept.
import { asArray, asNumber, asObject, asString, isArray, type JsonObject, type JsonValue } from '../json-value.ts'
import { billingFor, planAnswer } from '../plan-answer.ts'
import { type BodyReply, type Call, jsonReply, type Reply, type Route } from '../reply.ts'
import { responseBody, responseFrames } from './encode-response.ts'
import { invalidRequest } from './errors.ts'
import { promptParts, readQuestion } from './read-question.ts'
import type { OpenAIWire, ServingModel } from './wire.ts'

export function responsesRoute(path: string, wire: OpenAIWire): Route {
  return {
    method: 'POST',
    path,
    dialect: wire.dialect,
    inference: true,
    guarded: wire.guarded,
    streams: ({ stream }) => stream === true,
    answer(call) {
      const admission = wire.admitResponse?.(call.json)
      if (admission === undefined) return invalidRequest(404, `Invalid URL (POST ${path})`, null, null)
      return 'refusal' in admission ? admission.refusal : (refusalOf(call.json) ?? respond(call, wire, admission))
    },
  }
}

/** As OpenAI refuses what it would have to look up and does not have. */
function refusalOf({ input, previous_response_id: previous, store }: JsonObject): BodyReply | undefined {
  if (typeof previous === 'string') {
    const message = `Previous response with id '${previous}' not found.`
    return invalidRequest(400, message, 'previous_response_not_found', 'previous_response_id')
  }
  for (const [index, item] of asArray(input).map(asObject).entries()) {
    const id = asString(item.id)
    const isLookedUp = item.type === 'item_reference' || (item.type === 'reasoning' && !item.encrypted_content)
    if (isLookedUp) return invalidRequest(404, `Item with id '${id}' not found.`, null, 'input')
    if (id?.startsWith('in_')) {
      const message = `Invalid 'input[${index}].id': '${id}'. Expected an ID that begins with 'msg'.`
      return invalidRequest(400, message, 'invalid_value', `input[${index}].id`)
    }
  }
  if (store !== undefined && typeof store !== 'boolean')
    return invalidRequest(400, "Invalid type for 'store'.", 'invalid_type', 'store')
  return undefined
}

function respond({ json, behaviour, requestNumber }: Call, wire: OpenAIWire, model: ServingModel): Reply {
  const chat = asChat(json)
  const question = readQuestion(chat, ['max_tokens'])
  const inputTokens = model.read(promptParts(chat))
  const planned = planAnswer(
    { ...question, model: model.name, inputTokens, think: model.thinks },
    behaviour,
    wire.voice,
  )
  const reply = { answer: planned, model: model.name, requestNumber, behaviour, asked: json }
  const billing = billingFor(planned, behaviour)
  if (json.stream === true) {
    return { kind: 'stream', contentType: wire.dialect.streamContentType, frames: responseFrames(reply), billing }
  }
  const pieces = Math.max(1, planned.thinking.length + planned.content.length + planned.toolCalls.length)
  return { ...jsonReply(200, responseBody(reply)), billing, pieces }
}

function asChat(json: JsonObject): JsonObject {
  const { input, instructions, max_output_tokens: cap, tools, tool_choice: choice, text } = json
  const format = asObject(asObject(text).format)
  const { type, ...schema } = format
  const opening = typeof instructions === 'string' ? [{ role: 'system', content: instructions }] : []
  const items = isArray(input) ? input.flatMap(asMessage) : [{ role: 'user', content: asString(input) ?? '' }]
  return {
    messages: [...opening, ...items],
    max_tokens: asNumber(cap),
    tools: asArray(tools).map((tool) => ({ type: 'function', function: tool })),
    tool_choice: typeof choice === 'string' ? choice : { function: asObject(choice) },
    parallel_tool_calls: json.parallel_tool_calls,
    response_format: type === 'json_schema' ? { type, json_schema: schema } : { type },
  }
}

function asMessage(value: JsonValue): readonly JsonObject[] {
  const item = asObject(value)
  switch (item.type) {
    case undefined:
    case 'message':
      return [{ role: item.role, content: item.content }]
    case 'function_call':
      return [{ role: 'assistant', content: null, tool_calls: [{ name: item.name, arguments: item.arguments }] }]
    case 'function_call_output':
      return [{ role: 'tool', content: item.output }]
    default:
      return []
  }
}
