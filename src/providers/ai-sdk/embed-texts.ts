// Owns embeddings by a package of the AI SDK: texts in calls of as many as the model takes, OpenAI's list out.
import type { EmbeddingModelV4, EmbeddingModelV4Result } from '@ai-sdk/provider'
import type { FundedAttempt } from '../../domain/attempt.ts'
import type { Completion } from '../../domain/completion.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import type { JsonObject, JsonValue } from '../../domain/request-body.ts'
import { isTokenCount, type Usage } from '../../domain/usage.ts'
import type { AttemptConnection } from './attempt-connection.ts'
import { callFailure, failure } from './call-failure.ts'
import { numberOf, textOf } from './json-reading.ts'
import { unsupported } from './unsupported.ts'
import type { Wire } from './wire.ts'

/** Calls of one request that run at once. */
const PARALLEL_CALLS = 8

export interface EmbedDeps {
  readonly wire: Wire
  /** A connection for one call. */
  readonly connect: () => AttemptConnection
  /** Rejects when the caller leaves before the work is done. */
  readonly unlessLeft: <Result>(work: PromiseLike<Result>, connection: AttemptConnection) => Promise<Result>
}

interface Embedded {
  readonly vectors: readonly (readonly number[])[]
  readonly tokens: number | undefined
}

/**
 * Several calls cost what one would: every text is read once. When one of them fails the others may have been billed.
 * @throws ProviderFailure
 */
export async function embedTexts(attempt: FundedAttempt, deps: EmbedDeps): Promise<Completion> {
  const { view } = attempt.task.body
  const texts = textsOf(view.input)
  if (!texts) throw unsupported(attempt, 'embeds texts, and no lists of token ids')
  const { embedding } = deps.wire
  if (!embedding) throw unsupported(attempt, 'does not embed')
  const size = (await embedding.model(attempt.model, deps.connect().fetch).maxEmbeddingsPerCall) ?? texts.length
  const batches = batchesOf(texts, Math.max(1, size))
  const done: Embedded[] = []
  for (const group of batchesOf(batches, PARALLEL_CALLS)) {
    done.push(...(await embedGroup(group, attempt, deps, embedding, done.length > 0)))
  }
  const vectors = done.flatMap((one) => one.vectors)
  const counts = done.map(({ tokens }) => tokens)
  const tokens = counts.every(isTokenCount) ? counts.reduce((sum, one) => sum + one, 0) : undefined
  return { kind: 'completion', body: listOf(vectors, tokens, attempt.model, view), usage: usageOf(tokens) }
}

async function embedGroup(
  group: readonly (readonly string[])[],
  attempt: FundedAttempt,
  { connect, unlessLeft }: EmbedDeps,
  embedding: NonNullable<Wire['embedding']>,
  billedBefore: boolean,
): Promise<Embedded[]> {
  const connections = group.map(connect)
  const calls = group.map(async (values, index) => {
    const connection = connections[index] as AttemptConnection
    try {
      const model = embedding.model(attempt.model, connection.fetch)
      const result = await unlessLeft(model.doEmbed(optionsOf(values, attempt, embedding)), connection)
      return embedded(result, values.length, connection, attempt)
    } catch (error) {
      throw callFailure(error, connection, attempt, false)
    }
  })
  try {
    return await Promise.all(calls)
  } catch (error) {
    for (const connection of connections) connection.abort()
    await Promise.allSettled(calls)
    const mayBeBilled = billedBefore || connections.filter(({ sent }) => sent).length > 1
    throw mayBeBilled && error instanceof ProviderFailure ? billed(error) : error
  }
}

function optionsOf(
  values: readonly string[],
  attempt: FundedAttempt,
  { options }: NonNullable<Wire['embedding']>,
): Parameters<EmbeddingModelV4['doEmbed']>[0] {
  const { dimensions, input_type: inputType, task_type: taskType } = attempt.task.body.view
  const asked = { dimensions: numberOf(dimensions), purpose: textOf(inputType) ?? textOf(taskType) }
  return { values: [...values], providerOptions: options(attempt.model, asked) }
}

function embedded(
  { embeddings, usage }: EmbeddingModelV4Result,
  wanted: number,
  connection: AttemptConnection,
  attempt: FundedAttempt,
): Embedded {
  if (embeddings.length !== wanted)
    throw failure(attempt, 'malformed', 'sent another number of embeddings than was asked for')
  return { vectors: embeddings, tokens: connection.usageIsMissing ? undefined : usage?.tokens }
}

/** Without the status that would say that nothing was billed. */
function billed({ kind, provider, message, retryAfterSeconds, reply, cause }: ProviderFailure): ProviderFailure {
  return new ProviderFailure(kind, { provider, message, retryAfterSeconds, reply, dispatched: true, cause })
}

function usageOf(tokens: number | undefined): Usage | undefined {
  if (!isTokenCount(tokens)) return undefined
  return { inputTokens: tokens, outputTokens: 0, cachedInputTokens: 0, reasoningTokens: 0 }
}

function listOf(
  vectors: readonly (readonly number[])[],
  tokens: number | undefined,
  model: string,
  { encoding_format: format }: JsonObject,
): Buffer {
  const encode = format === 'base64' ? asBase64 : (vector: readonly number[]) => vector
  const list = {
    object: 'list',
    data: vectors.map((vector, index) => ({ object: 'embedding', index, embedding: encode(vector) })),
    model,
    ...(tokens === undefined ? {} : { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
  }
  return Buffer.from(JSON.stringify(list))
}

/** Little-endian 32-bit floats, as OpenAI sends them. */
function asBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4)
  return bytes.toString('base64')
}

function textsOf(input: JsonValue | undefined): readonly string[] | undefined {
  if (typeof input === 'string') return [input]
  if (!Array.isArray(input)) return undefined
  const texts = input.filter((one) => typeof one === 'string')
  return texts.length === input.length ? texts : undefined
}

function batchesOf<Item>(items: readonly Item[], size: number): (readonly Item[])[] {
  const batches: (readonly Item[])[] = []
  for (let at = 0; at < items.length; at += size) batches.push(items.slice(at, at + size))
  return batches
}
