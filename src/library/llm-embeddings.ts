// Owns what the library gives back for an embedding: vectors read out of OpenAI's list, with who made them and the cost.
import { AegisError } from '../domain/errors.ts'
import { usdNumber } from '../domain/money.ts'
import type { Usage } from '../domain/usage.ts'
import type { CompletionAnswer } from '../proxy/answer.ts'
import { factsOf, type LLMAnswerFacts } from './llm-answer.ts'

export interface LLMEmbeddings extends LLMAnswerFacts {
  /** One for each text, in the order of the texts. Only vectors of one model compare: see `model`. */
  readonly vectors: readonly (readonly number[])[]
  /** `undefined` when the provider reported none. */
  readonly usage: Usage | undefined
  /** US dollars, as the ledger charged it. */
  readonly costUsd: number
}

/** @throws AegisError when the provider's list is not one of vectors. */
export function embeddingsOf({ body, facts, usage, cost }: CompletionAnswer): LLMEmbeddings {
  return { ...factsOf(facts), vectors: vectorsIn(JSON.parse(body.toString('utf8'))), usage, costUsd: usdNumber(cost) }
}

/** The vectors of OpenAI's list, in the order of the texts. @throws AegisError when it is not one of vectors. */
export function vectorsIn(list: unknown): readonly (readonly number[])[] {
  const { data = [] } = list as { readonly data?: readonly WireEmbedding[] }
  return data.toSorted((left, right) => (left.index ?? 0) - (right.index ?? 0)).map(vectorOf)
}

interface WireEmbedding {
  readonly index?: number
  readonly embedding?: unknown
}

/** Some servers send base64 whatever they are asked for. */
function vectorOf({ embedding }: WireEmbedding): readonly number[] {
  if (Array.isArray(embedding)) return embedding
  if (typeof embedding !== 'string')
    throw new AegisError('upstream_error', 'The provider answered with something that is no vector.', {
      source: 'provider',
    })
  const bytes = Buffer.from(embedding, 'base64')
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => bytes.readFloatLE(index * 4))
}
