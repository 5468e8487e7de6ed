// Owns AegisEmbeddings: LangChain's embeddings, each a task of Aegis.
import { Embeddings, type EmbeddingsParams } from '@langchain/core/embeddings'
import type { AegisClient, ClientEmbeddings } from '../client/aegis-client.ts'
import { type ConnectionOptions, clientOf } from '../client/client-of.ts'
import { joinTaskFields, type TaskFields } from '../client/task-fields.ts'
import type { EmbedTask } from '../domain/llm-task.ts'

export interface AegisEmbeddingsFields extends EmbeddingsParams, ConnectionOptions, TaskFields {
  /** The length of each vector, where the model can shorten it. */
  readonly dimensions?: number | undefined
  /** Texts in one request, 1 to 2048; 256 by default. */
  readonly textsPerRequest?: number | undefined
}

/**
 * Only vectors of one model compare. Name the `model` when both restricted and public texts go into one store, and name
 * a local one: restricted texts are embedded on this machine whatever is named.
 * @example
 * const embeddings = new AegisEmbeddings({ proxy, model: 'nomic-embed-text' })
 * const vectors = await embeddings.embedDocuments(texts)
 * const { model, location } = await embeddings.embed(records, { dataClassification: 'hipaa' })
 */
export class AegisEmbeddings extends Embeddings {
  readonly #client: AegisClient
  readonly #fields: AegisEmbeddingsFields

  constructor(fields: AegisEmbeddingsFields) {
    super({ maxRetries: 0, ...fields })
    this.#client = clientOf(fields)
    this.#fields = fields
  }

  override async embedDocuments(texts: string[]): Promise<number[][]> {
    const size = this.#fields.textsPerRequest ?? 256
    const parts = Array.from({ length: Math.ceil(texts.length / size) }, (_, index) =>
      texts.slice(index * size, (index + 1) * size),
    )
    const answers = await Promise.all(parts.map((part) => this.embed(part)))
    return answers.flatMap(({ vectors }) => vectors.map((vector) => [...vector]))
  }

  override async embedQuery(text: string): Promise<number[]> {
    const { vectors } = await this.embed([text])
    return [...(vectors[0] ?? [])]
  }

  /** One request, with who made the vectors and what they cost. A classification given here only adds to the constructor's. */
  async embed(
    texts: readonly string[],
    fields: TaskFields & Pick<EmbedTask, 'signal'> = {},
  ): Promise<ClientEmbeddings> {
    const { dimensions } = this.#fields
    const task: EmbedTask = {
      ...joinTaskFields(this.#fields, fields),
      input: texts,
      ...(dimensions === undefined ? {} : { dimensions }),
      ...(fields.signal ? { signal: fields.signal } : {}),
    }
    return this.caller.callWithOptions(fields.signal ? { signal: fields.signal } : {}, () => this.#client.embed(task))
  }
}
