// Owns embeddings on Ollama's wire: OpenAI's request as /api/embed, and its answer as OpenAI's list.
import type { FundedAttempt } from '../../domain/attempt.ts'
import type { JsonObject, JsonValue } from '../../domain/chat-body.ts'
import { locationOf } from '../../domain/model-location.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import type { OllamaReply } from './chat-reply.ts'
import { usageOf } from './chat-reply.ts'
import type { OllamaSettings } from './chat-request.ts'
import { contextWindow } from './context-window.ts'

/**
 * What Ollama is asked (https://docs.ollama.com/api/embed). A text that does not fit is an error and never cut.
 * @throws ProviderFailure of kind `unsupported` for token ids, which this wire does not take.
 */
export function embedRequest(
  attempt: FundedAttempt,
  wireModel: string,
  settings: OllamaSettings,
): { readonly body: Buffer; readonly certainlyFits: boolean } {
  const { view } = attempt.task.body
  const texts = textsOf(view.input)
  if (!texts) {
    const provider = attempt.provider.name
    const message = `${provider} takes texts and no token ids.`
    throw new ProviderFailure('unsupported', { provider, message, dispatched: false })
  }
  const promptBytes = texts.reduce((most, text) => Math.max(most, Buffer.byteLength(text)), 0)
  const window = contextWindow({ promptBytes, images: 0, outputTokenCap: 0 }, settings.maxContextTokens)
  const isLocal = locationOf(attempt.provider, attempt.model) === 'local'
  const own = asObject(asObject(view.aegis).ollama)
  const keepAlive = own.keep_alive ?? settings.keepAlive
  const options = { ...asObject(own.options), ...(isLocal ? { num_ctx: window } : {}) }
  const body = {
    model: wireModel,
    input: texts,
    truncate: false,
    ...(typeof view.dimensions === 'number' ? { dimensions: view.dimensions } : {}),
    ...(keepAlive === undefined ? {} : { keep_alive: keepAlive }),
    ...(Object.keys(options).length === 0 ? {} : { options }),
  }
  // Embedding models often read less than the window, so only the smallest texts are certain.
  return { body: Buffer.from(JSON.stringify(body)), certainlyFits: promptBytes < SMALLEST_MODEL_TOKENS }
}

/** No embedding model in use reads less: all-minilm has 256. */
const SMALLEST_MODEL_TOKENS = 256

function asObject(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

function textsOf(input: JsonValue | undefined): readonly string[] | undefined {
  if (typeof input === 'string') return [input]
  if (!Array.isArray(input)) return undefined
  const texts = input.filter((one) => typeof one === 'string')
  return texts.length === input.length ? texts : undefined
}

/** OpenAI's list of the vectors, in the encoding that was asked for; undefined when they are not all there. */
export function embeddingList(reply: OllamaReply, attempt: FundedAttempt): object | undefined {
  const { body } = attempt.task
  const vectors = 'embeddings' in reply ? reply.embeddings : undefined
  const wanted = body.kind === 'embedding' ? body.inputs : 1
  if (!Array.isArray(vectors) || vectors.length !== wanted || !vectors.every(isVector)) return undefined
  const encode = body.view.encoding_format === 'base64' ? asBase64 : (vector: readonly number[]) => vector
  const tokens = usageOf(reply)?.inputTokens
  return {
    object: 'list',
    data: vectors.map((vector, index) => ({ object: 'embedding', index, embedding: encode(vector) })),
    model: attempt.model,
    ...(tokens === undefined ? {} : { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
  }
}

function isVector(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'number')
}

/** Little-endian 32-bit floats, as OpenAI sends them. */
function asBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4)
  return bytes.toString('base64')
}
