// A simulated Anthropic: the Messages API and the list of models (https://platform.claude.com/docs/en/api/messages).
import { asNumber, asString, isArray, type JsonObject } from '../json-value.ts'
import { billingFor, planAnswer } from '../plan-answer.ts'
import { type BodyReply, type Call, jsonReply, type Reply, type Route } from '../reply.ts'
import { startUpstream } from '../simulated-upstream.ts'
import type { Upstream, UpstreamOptions } from '../upstream.ts'
import { voiceOf } from '../voice-of.ts'
import { messageBody, messageFrames } from './encode-message.ts'
import { anthropicDialect, anthropicRefusal, unknownAnthropicRoute } from './errors.ts'
import { readQuestion } from './read-question.ts'

/**
 * Options of {@link startAnthropicUpstream}.
 *
 * @example
 * await startAnthropicUpstream({ models: ['claude-haiku-4-5'], apiKey: 'sk-test' })
 */
export interface AnthropicUpstreamOptions extends UpstreamOptions {
  /** The models it has; any other is a 404. Without a list every model name is served and none is listed. */
  readonly models?: readonly string[]
}

/**
 * Starts a simulated Anthropic on 127.0.0.1: `POST /v1/messages`, whole and streamed, its `count_tokens`, and
 * `GET /v1/models`. The key is asked for in `x-api-key`.
 *
 * @example
 * await using anthropic = await startAnthropicUpstream()
 * anthropic.next({ status: 529 }, { thinking: 'Hm.', text: 'Yes.' })
 */
export async function startAnthropicUpstream(options: AnthropicUpstreamOptions = {}): Promise<Upstream> {
  const label = options.label ?? 'anthropic'
  const routes = [messagesRoute(label, options), countRoute(options), modelsRoute(options)]
  return startUpstream(label, options, { routes, keyHeader: 'x-api-key', unknownRoute: unknownAnthropicRoute })
}

function messagesRoute(label: string, options: AnthropicUpstreamOptions): Route {
  return {
    method: 'POST',
    path: '/v1/messages',
    dialect: anthropicDialect,
    inference: true,
    guarded: true,
    streams: (json) => json.stream === true,
    answer: (call) => refusalOf(call.json, options) ?? answer(call, label, options),
  }
}

/** Scripted by `alwaysAt`: it generates nothing, so that `next` is not for it. */
function countRoute(options: AnthropicUpstreamOptions): Route {
  return {
    method: 'POST',
    path: '/v1/messages/count_tokens',
    dialect: anthropicDialect,
    inference: false,
    guarded: true,
    streams: () => false,
    answer: ({ json }) =>
      refusalOf({ max_tokens: 1, ...json }, options) ??
      jsonReply(200, { input_tokens: readQuestion(json).inputTokens }),
  }
}

function answer({ json, behaviour, requestNumber }: Call, label: string, options: AnthropicUpstreamOptions): Reply {
  const question = readQuestion(json)
  const voice = voiceOf(label, options)
  const planned = planAnswer(question, behaviour, voice)
  const reply = { answer: planned, model: question.model, requestNumber, behaviour }
  const billing = billingFor(planned, behaviour)
  if (json.stream === true)
    return { kind: 'stream', contentType: anthropicDialect.streamContentType, frames: messageFrames(reply), billing }
  const pieces = Math.max(1, planned.thinking.length + planned.content.length + planned.toolCalls.length)
  return { ...jsonReply(200, messageBody(reply)), billing, pieces }
}

function refusalOf(json: JsonObject, { models }: AnthropicUpstreamOptions): BodyReply | undefined {
  const model = asString(json.model)
  if (model === undefined) return anthropicRefusal(400, 'model: Field required')
  if (asNumber(json.max_tokens) === undefined) return anthropicRefusal(400, 'max_tokens: Field required')
  if (!isArray(json.messages)) return anthropicRefusal(400, 'messages: Field required')
  return models && !models.includes(model) ? anthropicRefusal(404, `model: ${model}`) : undefined
}

function modelsRoute({ models = [] }: AnthropicUpstreamOptions): Route {
  const data = models.map((id) => ({ type: 'model', id, display_name: id, created_at: '2026-01-01T00:00:00Z' }))
  return {
    method: 'GET',
    path: '/v1/models',
    dialect: anthropicDialect,
    inference: false,
    guarded: true,
    streams: () => false,
    answer: () =>
      jsonReply(200, { data, has_more: false, first_id: models[0] ?? null, last_id: models.at(-1) ?? null }),
  }
}
