// Embeddings at Bedrock, by InvokeModel: each family of models has a body of its own
// (https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html).
import { type PlannedEmbeddings, planEmbeddings, total } from '../embedding-plan.ts'
import { asNumber, asObject, asString, asStrings, type JsonObject } from '../json-value.ts'
import { type Call, jsonReply, type Reply } from '../reply.ts'

const DIMENSIONS = 1024

export function invokeEmbedding({ json, behaviour }: Call, model: string): Reply {
  const plan = (texts: readonly string[], dimensions: number | undefined) =>
    planEmbeddings(texts, dimensions ?? DIMENSIONS, behaviour)
  if (model.includes('cohere.embed-')) {
    const { vectors, reported, billing } = plan(asStrings(json.texts), asNumber(json.output_dimension))
    // Of this family the count stands in a header alone.
    const headers: Record<string, string> = reported
      ? { 'x-amzn-bedrock-input-token-count': String(total(reported)) }
      : {}
    return {
      ...jsonReply(200, { embeddings: vectors, response_type: 'embeddings_floats' }),
      headers,
      billing,
      pieces: 1,
    }
  }
  if (model.includes('amazon.nova-')) {
    const params = asObject(json.singleEmbeddingParams)
    const text = asString(asObject(params.text).value) ?? ''
    const { vectors, reported, billing } = plan([text], asNumber(params.embeddingDimension))
    const embeddings = vectors.map((embedding) => ({ embeddingType: 'TEXT', embedding }))
    return reply({ embeddings, ...(reported ? { inputTokenCount: total(reported) } : {}) }, billing)
  }
  const { vectors, reported, billing } = plan([asString(json.inputText) ?? ''], asNumber(json.dimensions))
  return reply({ embedding: vectors[0] ?? [], ...(reported ? { inputTextTokenCount: total(reported) } : {}) }, billing)
}

function reply(body: JsonObject, billing: PlannedEmbeddings['billing']): Reply {
  return { ...jsonReply(200, body), billing, pieces: 1 }
}
