// Owns the client of a gateway: the same tasks as in process, over OpenAI's routes.
import { Agent, type BodyInit, fetch as undiciFetch } from 'undici'
import { AegisError } from '../domain/errors.ts'
import type { EmbedTask, LLMTask, TaskSettings } from '../domain/llm-task.ts'
import type { JsonObject } from '../domain/request-body.ts'
import { CollectedChunks } from '../library/completion-chunks.ts'
import { chatViewOf, embeddingViewOf, hintsOf } from '../library/task-of.ts'
import type { AegisClient, ClientAnswer, ClientEmbeddings, ClientEvent } from './aegis-client.ts'
import { answerIn, embeddingsIn, type GatewayReply, readFacts, usageOf } from './gateway-answer.ts'
import { errorIn, streamError, unreachable } from './gateway-error.ts'
import { wireChunksOf } from './gateway-stream.ts'

export interface GatewayClientOptions {
  /** Where the gateway is, with or without `/v1`: `http://127.0.0.1:8080`. */
  readonly baseURL: string
  /** A virtual key of the gateway. */
  readonly apiKey?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** In place of a pool of our own that waits as long as the gateway does. */
  readonly fetch?: typeof globalThis.fetch | undefined
}

/** A slow local model may be silent for longer than any default; the gateway's own deadline ends what hangs. */
const patientPool = new Agent({ headersTimeout: 0, bodyTimeout: 0 })

export class GatewayClient implements AegisClient {
  readonly #base: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #fetch: typeof globalThis.fetch | undefined

  constructor({ baseURL, apiKey, headers, fetch }: GatewayClientOptions) {
    if (!URL.canParse(baseURL))
      throw new AegisError('invalid_request', 'baseURL must be an address such as http://127.0.0.1:8080.', {
        param: 'baseURL',
      })
    this.#base = baseURL.replace(/\/+$/, '').replace(/\/v1$/, '')
    const authorization = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }
    this.#headers = { 'content-type': 'application/json', ...authorization, ...headers }
    this.#fetch = fetch
  }

  async generate(task: LLMTask): Promise<ClientAnswer> {
    await using call = new Call(task)
    return await call.guard(async () => {
      const reply = await this.#post('/v1/chat/completions', chatViewOf(task, false), task, call.signal)
      return answerIn(await reply.json(), reply)
    })
  }

  async *stream(task: LLMTask): AsyncGenerator<ClientEvent, void, undefined> {
    await using call = new Call(task)
    const { collected, reply, usages } = await call.guard(async () => ({
      collected: new CollectedChunks(),
      reply: await this.#post('/v1/chat/completions', chatViewOf(task, true), task, call.signal),
      usages: [] as unknown[],
    }))
    const chunks = wireChunksOf(reply)
    for (;;) {
      const next = await call.guard(() => chunks.next())
      if (next.done) break
      if (next.value.error !== undefined) throw streamError(next.value.error)
      if (next.value.usage) usages.push(next.value.usage)
      yield* collected.read(next.value)
    }
    const toolCalls = collected.toolCalls()
    for (const toolCall of toolCalls) yield { type: 'tool_call', toolCall }
    const { text, reasoning, finishReason } = collected
    const answer = { ...readFacts(reply), text, reasoning, toolCalls, finishReason, ...usageOf(usages.at(-1)) }
    yield { type: 'done', answer }
  }

  async embed(task: EmbedTask): Promise<ClientEmbeddings> {
    await using call = new Call(task)
    return await call.guard(async () => {
      const reply = await this.#post('/v1/embeddings', embeddingViewOf(task), task, call.signal)
      return embeddingsIn(await reply.json(), reply)
    })
  }

  async #post(path: string, view: JsonObject, task: TaskSettings, signal: AbortSignal): Promise<GatewayReply> {
    const body = JSON.stringify({ ...view, aegis: wireHints(task) })
    const request = { method: 'POST', headers: this.#headers, body, signal } as const
    const url = this.#base + path
    const reply: GatewayReply = this.#fetch
      ? await this.#fetch(url, request)
      : await undiciFetch(url, { ...request, body: body as BodyInit, dispatcher: patientPool })
    if (!reply.ok) throw await errorIn(reply)
    return reply
  }
}

/** One call's end: by the caller's signal, by its own deadline, or because its reader has left. */
class Call implements AsyncDisposable {
  readonly #own = new AbortController()
  readonly #deadline: AbortSignal | undefined
  readonly signal: AbortSignal

  constructor({ signal, timeoutMs }: TaskSettings) {
    this.#deadline = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)
    this.signal = AbortSignal.any([this.#own.signal, ...[signal, this.#deadline].filter((one) => one !== undefined)])
  }

  async guard<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      this.signal.throwIfAborted()
      return await work()
    } catch (error) {
      if (error instanceof AegisError) throw error
      if (this.#deadline?.aborted)
        throw new AegisError('upstream_timeout', 'The task has not ended within its timeoutMs.', { cause: error })
      if (this.signal.aborted) throw this.signal.reason
      throw unreachable(error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#own.abort()
  }
}

function wireHints(task: TaskSettings): Record<string, unknown> {
  const hints = hintsOf(task)
  return {
    data_classification: hints.dataClassification,
    quality_requirement: hints.qualityRequirement,
    complexity: hints.complexity,
    batch_size: hints.batchSize,
    session: hints.session,
    tags: hints.tags,
    model_local: hints.modelLocal,
    model_cloud: hints.modelCloud,
    model_openai: hints.modelOpenai,
  }
}
