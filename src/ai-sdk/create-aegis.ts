// Owns the provider for the Vercel AI SDK: models whose every call is a task of Aegis.
import type { EmbeddingModelV4, LanguageModelV4, ProviderV4 } from '@ai-sdk/provider'
import { NoSuchModelError } from '@ai-sdk/provider'
import { type ConnectionOptions, clientOf } from '../client/client-of.ts'
import type { TaskFields } from '../client/task-fields.ts'
import { joinTaskFields } from '../client/task-fields.ts'
import { AegisEmbeddingModel } from './embedding-model.ts'
import { AegisLanguageModel } from './language-model.ts'

export interface AegisProviderOptions extends ConnectionOptions, Omit<TaskFields, 'model'> {}

/** What a model is made with holds for its calls; a call's `providerOptions.aegis` adds to it. */
export type AegisModelSettings = Omit<TaskFields, 'model'>

export interface AegisProvider extends ProviderV4 {
  (modelId?: string, settings?: AegisModelSettings): LanguageModelV4
  /** @param modelId a configured model, `provider/model`, or `auto`: the rules choose. */
  languageModel(modelId?: string, settings?: AegisModelSettings): LanguageModelV4
  embeddingModel(modelId?: string, settings?: AegisModelSettings): EmbeddingModelV4
}

/**
 * Language and embedding models over a proxy in this process or a gateway. A classification given to the provider or a
 * model can be raised by a call and never lowered.
 * @throws AegisError `invalid_request` when there is neither `proxy` nor `baseURL`, or both.
 * @example
 * const aegis = createAegis({ baseURL: 'http://127.0.0.1:8080', apiKey: 'sk-aegis-…' })
 * const { text, providerMetadata } = await generateText({
 *   model: aegis('auto'),
 *   prompt: 'Summarise this record …',
 *   providerOptions: { aegis: { dataClassification: 'hipaa' } },
 * })
 */
export function createAegis(options: AegisProviderOptions): AegisProvider {
  const client = clientOf(options)
  const fields = (model: string, settings: AegisModelSettings = {}) => joinTaskFields(options, settings, { model })
  const languageModel = (modelId = 'auto', settings?: AegisModelSettings) =>
    new AegisLanguageModel(client, fields(modelId, settings))
  const embeddingModel = (modelId = 'auto', settings?: AegisModelSettings) =>
    new AegisEmbeddingModel(client, fields(modelId, settings))
  const imageModel = (modelId: string): never => {
    throw new NoSuchModelError({ modelId, modelType: 'imageModel' })
  }
  const members = { specificationVersion: 'v4', languageModel, embeddingModel, imageModel } as const
  return Object.assign((modelId?: string, settings?: AegisModelSettings) => languageModel(modelId, settings), members)
}
