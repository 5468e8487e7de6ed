// Owns the embedding model of the AI SDK's specification.
import type { EmbeddingModelV4, EmbeddingModelV4CallOptions, EmbeddingModelV4Result } from '@ai-sdk/provider'
import type { AegisClient } from '../client/aegis-client.ts'
import type { TaskFields } from '../client/task-fields.ts'
import { callErrorOf } from './call-error.ts'
import { metadataOf } from './from-answer.ts'
import { settingsOf } from './to-task.ts'

export class AegisEmbeddingModel implements EmbeddingModelV4 {
  readonly specificationVersion = 'v4'
  readonly provider = 'aegis'
  readonly modelId: string
  readonly maxEmbeddingsPerCall = 2048
  readonly supportsParallelCalls = true
  readonly #client: AegisClient
  readonly #fields: TaskFields

  constructor(client: AegisClient, fields: TaskFields) {
    this.#client = client
    this.#fields = fields
    this.modelId = fields.model ?? 'auto'
  }

  async doEmbed(options: EmbeddingModelV4CallOptions): Promise<EmbeddingModelV4Result> {
    const { values, dimensions, abortSignal, providerOptions } = options
    const answer = await this.#client
      .embed({
        ...settingsOf(providerOptions, this.#fields),
        input: values,
        ...(dimensions === undefined ? {} : { dimensions }),
        ...(abortSignal ? { signal: abortSignal } : {}),
      })
      .catch((error: unknown) => {
        throw callErrorOf(error)
      })
    return {
      embeddings: answer.vectors.map((vector) => [...vector]),
      ...(answer.usage ? { usage: { tokens: answer.usage.inputTokens } } : {}),
      providerMetadata: metadataOf(answer),
      warnings: [],
    }
  }
}
