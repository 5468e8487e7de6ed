// A simulated OpenAI: its routes, its errors and its options.
import { totalTokens } from '../context-window.ts'
import { asString, isArray, type JsonObject } from '../json-value.ts'
import { type BodyReply, jsonReply, type Route } from '../reply.ts'
import { startUpstream } from '../simulated-upstream.ts'
import type { Upstream, UpstreamOptions } from '../upstream.ts'
import { voiceOf } from '../voice-of.ts'
import { chatCompletionsRoute } from './chat-completions.ts'
import { embeddingsRoute } from './embeddings.ts'
import { openAIChatEncoder } from './encode-chat.ts'
import { invalidRequest, openAIDialect, unknownOpenAIRoute } from './errors.ts'
import { responsesRoute } from './responses.ts'
import type { OpenAIWire, WireAdmission } from './wire.ts'

/**
 * Options of {@link startOpenAIUpstream}.
 *
 * @example
 * await startOpenAIUpstream({ models: ['gpt-4o', 'gpt-4o-mini'], apiKey: 'sk-test' })
 */
export interface OpenAIUpstreamOptions extends UpstreamOptions {
  /** The models it has; any other is a 404. Without a list every model name is served and none is listed. */
  readonly models?: readonly string[]
  /** Where the server differs from OpenAI's, as many of its wire do. */
  readonly quirks?: OpenAIUpstreamQuirks
}

/**
 * What a server of OpenAI's wire can do differently.
 *
 * @example
 * await startOpenAIUpstream({ quirks: { limitFields: ['max_tokens'], refusedFields: ['logit_bias'] } })
 */
export interface OpenAIUpstreamQuirks {
  /** The fields that limit the output, the first one set wins; any other is ignored. */
  readonly limitFields?: readonly string[]
  /** Fields that are answered with a 400, whatever they say. */
  readonly refusedFields?: readonly string[]
  /** A stream reports its usage unasked, and `stream_options` is answered with a 400. */
  readonly usageUnasked?: boolean
  /** `n` is ignored. */
  readonly oneChoice?: boolean
}

/**
 * Starts a simulated OpenAI on 127.0.0.1: chat completions and responses (whole and streamed), embeddings and models, each
 * with and without `/v1`.
 *
 * @example
 * await using openai = await startOpenAIUpstream({ models: ['gpt-4o'] })
 * openai.next({ status: 429, headers: { 'retry-after': '1' } })
 * const client = new OpenAI({ baseURL: `${openai.url}/v1`, apiKey: 'any' })
 */
export async function startOpenAIUpstream(options: OpenAIUpstreamOptions = {}): Promise<Upstream> {
  const label = options.label ?? 'openai'
  const wire = openAIWire(label, options)
  const routes = ['/v1', ''].flatMap((prefix) => [
    chatCompletionsRoute(`${prefix}/chat/completions`, wire),
    responsesRoute(`${prefix}/responses`, wire),
    embeddingsRoute(`${prefix}/embeddings`, wire),
    modelsRoute(`${prefix}/models`, () => jsonReply(200, { object: 'list', data: (options.models ?? []).map(model) })),
    modelsRoute(`${prefix}/models/*`, (id) => refuseModel(id, options) ?? jsonReply(200, model(id))),
  ])
  return startUpstream(label, options, { routes, unknownRoute: unknownOpenAIRoute })
}

function openAIWire(label: string, options: OpenAIUpstreamOptions): OpenAIWire {
  const { quirks = {} } = options
  const voice = voiceOf(label, options)
  return {
    voice,
    dialect: openAIDialect,
    guarded: true,
    encoder: openAIChatEncoder(voice),
    limitFields: quirks.limitFields ?? ['max_completion_tokens', 'max_tokens'],
    manyChoices: quirks.oneChoice !== true,
    usageUnasked: quirks.usageUnasked ?? false,
    admitChat: (json) =>
      refuseFields(json, quirks) ?? admitModel(json, isArray(json.messages) ? undefined : 'messages', options),
    admitResponse: (json) => admitModel(json, json.input === undefined ? 'input' : undefined, options),
    admitEmbedding: (json) => admitModel(json, json.input === undefined ? 'input' : undefined, options),
  }
}

function refuseFields(json: JsonObject, { refusedFields = [], usageUnasked }: OpenAIUpstreamQuirks) {
  const refused = [...refusedFields, ...(usageUnasked ? ['stream_options'] : [])].find((field) => field in json)
  if (refused === undefined) return undefined
  return { refusal: invalidRequest(400, `Unrecognized request argument: ${refused}`, null, refused) }
}

function admitModel(json: JsonObject, missing: string | undefined, options: OpenAIUpstreamOptions): WireAdmission {
  const name = asString(json.model)
  if (name === undefined) return { refusal: invalidRequest(400, 'you must provide a model parameter', null, null) }
  if (missing !== undefined) {
    const message = `Missing required parameter: '${missing}'.`
    return { refusal: invalidRequest(400, message, 'missing_required_parameter', missing) }
  }
  const refusal = refuseModel(name, options)
  if (refusal) return { refusal }
  return { name, thinks: false, embeddingDimensions: name.includes('large') ? 3_072 : 1_536, read: totalTokens }
}

function refuseModel(name: string, options: OpenAIUpstreamOptions): BodyReply | undefined {
  if (!options.models || options.models.includes(name)) return undefined
  const message = `The model \`${name}\` does not exist or you do not have access to it.`
  return invalidRequest(404, message, 'model_not_found', null)
}

function modelsRoute(path: string, reply: (id: string) => BodyReply): Route {
  return {
    method: 'GET',
    path,
    dialect: openAIDialect,
    inference: false,
    guarded: true,
    streams: () => false,
    answer: (call) => reply(call.tail),
  }
}

function model(id: string): JsonObject {
  return { id, object: 'model', created: 1_715_367_049, owned_by: 'system' }
}
