// Owns what a gateway's reply says: the facts in its headers, the answer and the usage in its body.
import { AegisError } from '../domain/errors.ts'
import type { Usage } from '../domain/usage.ts'
import { isTokenCount } from '../domain/usage.ts'
import { messageIn } from '../library/llm-answer.ts'
import { vectorsIn } from '../library/llm-embeddings.ts'
import type { ClientAnswer, ClientEmbeddings } from './aegis-client.ts'

/** The part of a `Response` that is read, of whichever fetch it came from. */
export interface GatewayReply {
  readonly ok: boolean
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body: AsyncIterable<Uint8Array> | null
  json(): Promise<unknown>
  text(): Promise<string>
}

/** @throws AegisError when whoever answered is not an Aegis gateway, of which nothing would be known. */
export function readFacts({ headers }: GatewayReply) {
  const location = headers.get('x-aegis-location')
  if (location !== 'local' && location !== 'cloud')
    throw new AegisError('upstream_error', 'The answer is not from an Aegis gateway: it has no x-aegis-location.')
  const cost = headers.get('x-aegis-cost-usd')
  return {
    requestId: headers.get('x-aegis-request-id') ?? '',
    provider: headers.get('x-aegis-provider') ?? '',
    model: headers.get('x-aegis-model') ?? '',
    location,
    reason: headers.get('x-aegis-reason') ?? '',
    classification: headers.get('x-aegis-classification') ?? '',
    attempts: Number(headers.get('x-aegis-attempts') ?? 1),
    simulated: headers.get('x-aegis-simulated') === 'true',
    costUsd: cost === null ? undefined : Number(cost),
  } as const
}

export function answerIn(body: unknown, reply: GatewayReply): ClientAnswer {
  const facts = readFacts(reply)
  const { usage, costUsd } = usageOf(memberOf(body, 'usage'))
  return { ...facts, ...messageIn(body), usage, costUsd: facts.costUsd ?? costUsd }
}

export function embeddingsIn(body: unknown, reply: GatewayReply): ClientEmbeddings {
  const facts = readFacts(reply)
  const { usage, costUsd } = usageOf(memberOf(body, 'usage'))
  return { ...facts, vectors: vectorsIn(body), usage, costUsd: facts.costUsd ?? costUsd }
}

/** OpenAI's usage object, with the cost that Aegis adds. What is not reported stays `undefined`. */
export function usageOf(usage: unknown): { readonly usage: Usage | undefined; readonly costUsd: number | undefined } {
  const cost = memberOf(usage, 'cost')
  const costUsd = typeof cost === 'number' ? cost : undefined
  const inputTokens = memberOf(usage, 'prompt_tokens')
  if (!isTokenCount(inputTokens)) return { usage: undefined, costUsd }
  const count = (value: unknown) => (isTokenCount(value) ? value : 0)
  return {
    usage: {
      inputTokens,
      outputTokens: count(memberOf(usage, 'completion_tokens')),
      cachedInputTokens: count(memberOf(memberOf(usage, 'prompt_tokens_details'), 'cached_tokens')),
      reasoningTokens: count(memberOf(memberOf(usage, 'completion_tokens_details'), 'reasoning_tokens')),
    },
    costUsd,
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
