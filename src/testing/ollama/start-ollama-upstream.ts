// A simulated Ollama: its native routes and the OpenAI-compatible ones.
import { tokensRead } from '../context-window.ts'
import { asArray, type JsonObject } from '../json-value.ts'
import { chatCompletionsRoute } from '../openai/chat-completions.ts'
import { embeddingsRoute } from '../openai/embeddings.ts'
import type { OpenAIWire, WireAdmission } from '../openai/wire.ts'
import type { Voice } from '../plan-answer.ts'
import { jsonReply, type Route } from '../reply.ts'
import { startUpstream } from '../simulated-upstream.ts'
import type { Upstream } from '../upstream.ts'
import { voiceOf } from '../voice-of.ts'
import { admit, type Gate, load, type Purpose, thinks } from './admit.ts'
import { Catalogue, type KnownModel, type OllamaUpstreamOptions } from './catalogue.ts'
import { chatStyle } from './chat.ts'
import { embeddingLength, embedRoutes } from './embed.ts'
import { compatibleChatEncoder } from './encode-compatible-chat.ts'
import { compatibleDialect, ollamaError, refuseCompatible, unknownOllamaRoute } from './errors.ts'
import { generateStyle } from './generate.ts'
import { generationRoute } from './generation.ts'
import { managementRoutes } from './management.ts'

/**
 * Starts a simulated Ollama on 127.0.0.1: `/api/chat`, `/api/generate`, `/api/embed`, `/api/embeddings`, `/api/tags`,
 * `/api/show`, `/api/ps`, `/api/version`, `/api/status` and `/v1/chat/completions`, `/v1/embeddings`, `/v1/models`.
 * With an `apiKey` the routes that run a model ask for it, as Ollama Cloud does.
 *
 * @example
 * await using ollama = await startOllamaUpstream({ models: ['llama3.2:8b'] })
 * const client = new Ollama({ host: ollama.url })
 */
export async function startOllamaUpstream(options: OllamaUpstreamOptions = {}): Promise<Upstream> {
  const label = options.label ?? 'ollama'
  const voice = voiceOf(label, options)
  const catalogue = new Catalogue(options)
  const cloud = { cloudDisabled: options.cloudDisabled ?? false, isCloud: options.apiKey !== undefined }
  const gate: Gate = { ...cloud, catalogue, refuse: ollamaError }
  const routes = [
    generationRoute(chatStyle, gate, voice),
    generationRoute(generateStyle, gate, voice),
    ...embedRoutes(gate),
    ...managementRoutes(gate, options.version),
    ...compatibleRoutes({ ...gate, refuse: refuseCompatible }, voice),
  ]
  return startUpstream(label, options, { routes, unknownRoute: unknownOllamaRoute })
}

function compatibleRoutes(gate: Gate, voice: Voice): readonly Route[] {
  const { catalogue } = gate
  const wire = compatibleWire(gate, voice)
  return [
    chatCompletionsRoute('/v1/chat/completions', wire),
    embeddingsRoute('/v1/embeddings', wire),
    modelsRoute('/v1/models', () => jsonReply(200, { object: 'list', data: catalogue.models.map(modelEntry) })),
    modelsRoute('/v1/models/*', (name) => {
      const model = catalogue.find(name)
      return model ? jsonReply(200, modelEntry(model)) : refuseCompatible(404, `model '${name}' not found`)
    }),
  ]
}

function compatibleWire(gate: Gate, voice: Voice): OpenAIWire {
  return {
    voice,
    dialect: compatibleDialect,
    guarded: true,
    encoder: compatibleChatEncoder(voice),
    limitFields: ['max_tokens'],
    manyChoices: false,
    usageUnasked: false,
    admitChat(json) {
      if (asArray(json.messages).length === 0) return { refusal: refuseCompatible(400, "[] is too short - 'messages'") }
      const needs = asArray(json.tools).length > 0 ? ['completion', 'tools'] : ['completion']
      return serve(json, { needs, verb: 'chat' }, gate)
    },
    admitEmbedding(json) {
      if (json.input === undefined) return { refusal: refuseCompatible(400, 'invalid input') }
      return serve(json, { needs: [], verb: 'embed' }, gate)
    },
  }
}

function serve(json: JsonObject, purpose: Purpose, gate: Gate): WireAdmission {
  const admitted = admit(json, purpose, gate)
  if ('refusal' in admitted) return admitted
  const { model, replyName, forwardedTo } = admitted
  const contextTokens = gate.catalogue.contextFor(model, forwardedTo)
  load(json, admitted, contextTokens, gate)
  return {
    name: replyName,
    thinks: thinks(json.reasoning_effort !== 'none', model),
    embeddingDimensions: embeddingLength,
    forwardedTo,
    read: (parts) => tokensRead(parts, contextTokens),
  }
}

function modelsRoute(path: string, reply: (name: string) => ReturnType<typeof jsonReply>): Route {
  return {
    method: 'GET',
    path,
    dialect: compatibleDialect,
    inference: false,
    guarded: false,
    streams: () => false,
    answer: (call) => reply(call.tail),
  }
}

function modelEntry(model: KnownModel): JsonObject {
  return { id: model.name, object: 'model', created: 1_768_469_400, owned_by: 'library' }
}
