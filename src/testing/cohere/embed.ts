// Cohere's embeddings: https://docs.cohere.com/reference/embed
import { planEmbeddings, total } from '../embedding-plan.ts'
import { asNumber, asStrings } from '../json-value.ts'
import { simulatedId } from '../openai/simulated-id.ts'
import { type Call, jsonReply, type Reply } from '../reply.ts'

const DIMENSIONS = 1024
const MOST_TEXTS = 96

export function embedTexts({ json, behaviour, requestNumber }: Call, refuse: (message: string) => Reply): Reply {
  const texts = asStrings(json.texts)
  if (texts.length > MOST_TEXTS) return refuse(`invalid request: at most ${MOST_TEXTS} texts`)
  const { vectors, reported, billing } = planEmbeddings(texts, asNumber(json.output_dimension) ?? DIMENSIONS, behaviour)
  const units = reported ? { billed_units: { input_tokens: total(reported) } } : {}
  const body = {
    id: simulatedId('', `embedding ${requestNumber}`, 24),
    embeddings: { float: vectors },
    texts,
    meta: { api_version: { version: '2' }, ...units },
    response_type: 'embeddings_by_type',
  }
  return { ...jsonReply(200, body), billing, pieces: 1 }
}
