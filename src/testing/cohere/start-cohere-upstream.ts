// A simulated Cohere: chat by version 2 of its API, models by version 1 (https://docs.cohere.com/reference/chat).
import { asArray, asNumber, asObject, asString, asStrings, isArray, type JsonObject } from '../json-value.ts'
import { offeredTools, promptParts, readQuestion as readOpenAIQuestion } from '../openai/read-question.ts'
import { billingFor, planAnswer, type Question } from '../plan-answer.ts'
import { type BodyReply, type Call, jsonReply, type Reply, type Route } from '../reply.ts'
import { startUpstream } from '../simulated-upstream.ts'
import type { Upstream, UpstreamOptions } from '../upstream.ts'
import { voiceOf } from '../voice-of.ts'
import { embedTexts } from './embed.ts'
import { chatBody, chatFrames } from './encode-chat.ts'
import { cohereDialect, cohereRefusal, unknownCohereRoute } from './errors.ts'

/**
 * Options of {@link startCohereUpstream}.
 *
 * @example
 * await startCohereUpstream({ models: ['command-a-03-2025'], apiKey: 'key' })
 */
export interface CohereUpstreamOptions extends UpstreamOptions {
  /** The models it has; any other is a 404. Without a list every model name is served and none is listed. */
  readonly models?: readonly string[]
}

/**
 * Starts a simulated Cohere on 127.0.0.1: `POST /v2/chat`, whole and streamed, `POST /v2/embed` and `GET /v1/models`.
 *
 * @example
 * await using cohere = await startCohereUpstream()
 */
export async function startCohereUpstream(options: CohereUpstreamOptions = {}): Promise<Upstream> {
  const label = options.label ?? 'cohere'
  const routes = [chatRoute(label, options), embedRoute(options), modelsRoute(options)]
  return startUpstream(label, options, { routes, unknownRoute: unknownCohereRoute })
}

function chatRoute(label: string, options: CohereUpstreamOptions): Route {
  return {
    method: 'POST',
    path: '/v2/chat',
    dialect: cohereDialect,
    inference: true,
    guarded: true,
    streams: (json) => json.stream === true,
    answer: (call) => refusalOf(call.json, options) ?? answer(call, label, options),
  }
}

function embedRoute({ models }: CohereUpstreamOptions): Route {
  return {
    method: 'POST',
    path: '/v2/embed',
    dialect: cohereDialect,
    inference: true,
    guarded: true,
    streams: () => false,
    answer: (call) => {
      const model = asString(call.json.model)
      if (model === undefined) return cohereRefusal(400, 'invalid request: model must be specified')
      if (models && !models.includes(model)) return cohereRefusal(404, `model '${model}' not found`)
      return embedTexts(call, (message) => cohereRefusal(400, message))
    },
  }
}

function answer({ json, behaviour, requestNumber }: Call, label: string, options: CohereUpstreamOptions): Reply {
  const voice = voiceOf(label, options)
  const planned = planAnswer(readQuestion(json), behaviour, voice)
  const reply = { answer: planned, requestNumber, behaviour }
  const billing = billingFor(planned, behaviour)
  if (json.stream === true)
    return { kind: 'stream', contentType: cohereDialect.streamContentType, frames: chatFrames(reply), billing }
  const pieces = Math.max(1, planned.thinking.length + planned.content.length + planned.toolCalls.length)
  return { ...jsonReply(200, chatBody(reply)), billing, pieces }
}

/** Its messages and tools are OpenAI's; the rest has names of its own. */
function readQuestion(json: JsonObject): Question {
  const format = asObject(json.response_format)
  const schema = format.json_schema ?? format.schema
  const tools = json.tool_choice === 'NONE' ? [] : offeredTools(asArray(json.tools)).slice(0, 1)
  return {
    ...readOpenAIQuestion(json, ['max_tokens']),
    model: asString(json.model) ?? '',
    inputTokens: promptParts(json).reduce((sum, { tokens }) => sum + tokens, 0),
    maxOutputTokens: asNumber(json.max_tokens),
    stop: asStrings(json.stop_sequences),
    toolsToCall: asObject(asArray(json.messages).at(-1)).role === 'tool' ? [] : tools,
    format: format.type === 'json_object' ? (schema === undefined ? 'json' : asObject(schema)) : undefined,
    think: asObject(json.thinking).type === 'enabled',
  }
}

function refusalOf(json: JsonObject, { models }: CohereUpstreamOptions): BodyReply | undefined {
  const model = asString(json.model)
  if (model === undefined) return cohereRefusal(400, 'invalid request: model must be specified')
  if (!isArray(json.messages)) return cohereRefusal(400, 'invalid request: messages must be specified')
  return models && !models.includes(model) ? cohereRefusal(404, `model '${model}' not found`) : undefined
}

function modelsRoute({ models = [] }: CohereUpstreamOptions): Route {
  return {
    method: 'GET',
    path: '/v1/models',
    dialect: cohereDialect,
    inference: false,
    guarded: true,
    streams: () => false,
    answer: () => jsonReply(200, { models: models.map((name) => ({ name, endpoints: ['chat'] })) }),
  }
}
