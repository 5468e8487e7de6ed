// The chat completions route, for every server that speaks OpenAI's wire.
import { asNumber, asObject, type JsonObject } from '../json-value.ts'
import { billingFor, planAnswer } from '../plan-answer.ts'
import { type Call, jsonReply, type Reply, type Route } from '../reply.ts'
import { planUsage } from './plan-usage.ts'
import { promptParts, readQuestion } from './read-question.ts'
import type { OpenAIWire, ServingModel } from './wire.ts'

export function chatCompletionsRoute(path: string, wire: OpenAIWire): Route {
  return {
    method: 'POST',
    path,
    dialect: wire.dialect,
    inference: true,
    guarded: wire.guarded,
    streams: isStream,
    answer(call) {
      const admission = wire.admitChat(call.json)
      return 'refusal' in admission ? admission.refusal : complete(call, wire, admission)
    },
  }
}

function isStream(json: JsonObject): boolean {
  return json.stream === true
}

function complete(call: Call, wire: OpenAIWire, model: ServingModel): Reply {
  const { json, behaviour, requestNumber } = call
  const inputTokens = model.read(promptParts(json))
  const question = { ...readQuestion(json, wire.limitFields), model: model.name, inputTokens, think: model.thinks }
  const answer = planAnswer(question, behaviour, wire.voice)
  const choices = wire.manyChoices ? Math.max(1, asNumber(json.n) ?? 1) : 1
  const counts = { ...answer, outputTokens: answer.outputTokens * choices }
  const includeUsage = wire.usageUnasked || asObject(json.stream_options).include_usage === true
  const usage = planUsage(behaviour, counts, includeUsage, wire.encoder.detailedUsage)
  const reply = { answer, model: model.name, requestNumber, choices, usage }
  const charge = { billing: billingFor(answer, behaviour, choices), forwardedTo: model.forwardedTo }
  if (isStream(json)) {
    return {
      kind: 'stream',
      contentType: wire.dialect.streamContentType,
      frames: wire.encoder.frames(reply),
      ...charge,
    }
  }
  const pieces = Math.max(1, answer.thinking.length + answer.content.length + answer.toolCalls.length)
  return { ...jsonReply(200, wire.encoder.body(reply)), ...charge, pieces }
}
