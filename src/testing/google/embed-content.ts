// Google's embeddings: embedContent and batchEmbedContents at the Gemini API, predict and embedContent at Vertex AI
// (https://ai.google.dev/api/embeddings, https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api).
import { planEmbeddings, total } from '../embedding-plan.ts'
import { asArray, asNumber, asObject, asString, type JsonObject, type JsonValue } from '../json-value.ts'
import { type Call, jsonReply, type Reply } from '../reply.ts'

export const embeddingMethods = ['embedContent', 'batchEmbedContents', 'predict'] as const
export type EmbeddingMethod = (typeof embeddingMethods)[number]

const DIMENSIONS = 768

/** @param counts Vertex AI tells how many tokens it has read; the Gemini API does not. */
export function embedContent({ json, behaviour }: Call, method: EmbeddingMethod, counts: boolean): Reply {
  const texts = textsOf(json, method)
  const { vectors, reported, billing } = planEmbeddings(texts, dimensionsOf(json, method) ?? DIMENSIONS, behaviour)
  const reply = (body: JsonObject) => ({ ...jsonReply(200, body), billing, pieces: 1 })
  if (method === 'batchEmbedContents') return reply({ embeddings: vectors.map((values) => ({ values })) })
  if (method === 'embedContent') {
    const usage = counts && reported ? { usageMetadata: { promptTokenCount: total(reported) } } : {}
    return reply({ embedding: { values: vectors[0] ?? [] }, ...usage })
  }
  const predictions = vectors.map((values, index) => {
    const statistics = reported ? { statistics: { truncated: false, token_count: reported[index] ?? 0 } } : {}
    return { embeddings: { values, ...statistics } }
  })
  return reply({ predictions })
}

function textsOf(json: JsonObject, method: EmbeddingMethod): readonly string[] {
  if (method === 'predict') return asArray(json.instances).map((one) => asString(asObject(one).content) ?? '')
  if (method === 'embedContent') return [textOf(json.content)]
  return asArray(json.requests).map((one) => textOf(asObject(one).content))
}

function textOf(content: JsonValue | undefined): string {
  return asArray(asObject(content).parts)
    .map((part) => asString(asObject(part).text) ?? '')
    .join('')
}

function dimensionsOf(json: JsonObject, method: EmbeddingMethod): number | undefined {
  if (method === 'predict') return asNumber(asObject(json.parameters).outputDimensionality)
  if (method === 'batchEmbedContents') return asNumber(asObject(asArray(json.requests)[0]).outputDimensionality)
  return asNumber(json.outputDimensionality ?? asObject(json.embedContentConfig).outputDimensionality)
}
