// A simulated Gemini API, as ai.google.dev has it or as Vertex AI does: generateContent, whole and streamed, and embeddings.
import { isArray } from '../json-value.ts'
import { billingFor, planAnswer } from '../plan-answer.ts'
import { type Call, jsonReply, type Reply, type Route } from '../reply.ts'
import { startUpstream } from '../simulated-upstream.ts'
import type { Upstream, UpstreamOptions } from '../upstream.ts'
import { voiceOf } from '../voice-of.ts'
import { embedContent, embeddingMethods } from './embed-content.ts'
import { contentBody, contentFrames } from './encode-content.ts'
import { googleDialect, googleRefusal, unknownGoogleRoute, vertexDialect } from './errors.ts'
import { readQuestion } from './read-question.ts'

/**
 * Options of {@link startGoogleUpstream}.
 *
 * @example
 * await startGoogleUpstream({ models: ['gemini-3.5-flash-lite'], apiKey: 'key' })
 */
export interface GoogleUpstreamOptions extends UpstreamOptions {
  /** The models it has; any other is a 404. Without a list every model name is served and none is listed. */
  readonly models?: readonly string[]
  /**
   * Be Vertex AI: the routes stand below this path, such as `/v1beta1/projects/p/locations/l`, and the key is a bearer
   * token.
   */
  readonly vertexPath?: string
}

/**
 * Starts a simulated Gemini API on 127.0.0.1. The key is asked for in `x-goog-api-key`, at Vertex AI as a bearer.
 *
 * @example
 * await using google = await startGoogleUpstream()
 * google.next({ toolCalls: [{ name: 'get_weather', arguments: { city: 'Bern' } }] })
 */
export async function startGoogleUpstream(options: GoogleUpstreamOptions = {}): Promise<Upstream> {
  const label = options.label ?? 'google'
  const path = options.vertexPath === undefined ? '/v1beta' : `${options.vertexPath}/publishers/google`
  const routes = [generateRoute(`${path}/models/*`, label, options), modelsRoute(`${path}/models`, options)]
  const keyHeader = options.vertexPath === undefined ? { keyHeader: 'x-goog-api-key' } : {}
  return startUpstream(label, options, { routes, ...keyHeader, unknownRoute: unknownGoogleRoute })
}

const METHOD = /^(.+):(generateContent|streamGenerateContent|embedContent|batchEmbedContents|predict)$/

function generateRoute(path: string, label: string, options: GoogleUpstreamOptions): Route {
  return {
    method: 'POST',
    path,
    dialect: options.vertexPath === undefined ? googleDialect : vertexDialect,
    inference: true,
    guarded: true,
    streams: (_, tail) => tail.endsWith(':streamGenerateContent'),
    answer: (call) => answer(call, label, options),
  }
}

function answer({ json, tail, behaviour, requestNumber }: Call, label: string, options: GoogleUpstreamOptions): Reply {
  const [, model, method] = METHOD.exec(tail) ?? []
  if (model === undefined) return unknownGoogleRoute()
  if (options.models && !options.models.includes(model)) {
    return googleRefusal(404, `models/${model} is not found for API version v1beta.`)
  }
  const embedding = embeddingMethods.find((one) => one === method)
  if (embedding)
    return embedContent({ json, tail, behaviour, requestNumber }, embedding, options.vertexPath !== undefined)
  if (!isArray(json.contents) || json.contents.length === 0) return googleRefusal(400, 'contents is not specified')
  const voice = voiceOf(label, options)
  const planned = planAnswer(readQuestion(json, model), behaviour, voice)
  const reply = { answer: planned, model, requestNumber, behaviour }
  const billing = billingFor(planned, behaviour)
  if (method === 'streamGenerateContent')
    return { kind: 'stream', contentType: googleDialect.streamContentType, frames: contentFrames(reply), billing }
  const pieces = Math.max(1, planned.thinking.length + planned.content.length + planned.toolCalls.length)
  return { ...jsonReply(200, contentBody(reply)), billing, pieces }
}

function modelsRoute(path: string, options: GoogleUpstreamOptions): Route {
  const { models = [] } = options
  return {
    method: 'GET',
    path,
    dialect: options.vertexPath === undefined ? googleDialect : vertexDialect,
    inference: false,
    guarded: true,
    streams: () => false,
    answer: () => jsonReply(200, { models: models.map((name) => ({ name: `models/${name}`, displayName: name })) }),
  }
}
