// Owns every upstream that speaks the OpenAI wire: the caller's bytes go in, the upstream's bytes come out.
import type { FundedAttempt } from '../../domain/attempt.ts'
import type { CancelSignal } from '../../domain/cancellation.ts'
import type { Completion, CompletionStream } from '../../domain/completion.ts'
import type { ListedFacts } from '../../domain/model-facts.ts'
import type { OpenAIWireTraits } from '../../domain/openai-wire-traits.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import type { ProviderRef } from '../../domain/provider-ref.ts'
import type { ResponsesBody } from '../../domain/responses-body.ts'
import type { Provider, ProviderHealth } from '../provider.ts'
import { headerOf } from '../transport/exchange.ts'
import { statusFailure } from '../transport/status-failure.ts'
import type { Upstream } from '../transport/upstream.ts'
import { inAskedEncoding } from './embedding-encoding.ts'
import { OpenAIStream } from './openai-stream.ts'
import { readListing } from './read-listing.ts'
import { readEmbeddingUsage, readResponseUsage, readUsage } from './read-usage.ts'
import { reportedError } from './reported-error.ts'
import { embeddingRequestBody, requestBody } from './request-body.ts'
import { responsesRequest } from './responses-request.ts'
import { ResponsesStream } from './responses-stream.ts'

/** No chat completion is longer. */
const MAX_REPLY_BYTES = 64 * 1024 * 1024

/** Proves that a model runs on the server that is asked for it, where `mayForward` says that it might not. */
export interface ForwardingProof {
  /** The name under which the model may be asked for. @throws ProviderFailure of kind `privacy_refused` */
  provenModel(model: string, signal: CancelSignal): Promise<string>
  close(): Promise<void>
}

export class OpenAIProvider implements Provider {
  readonly ref: ProviderRef
  readonly #upstream: Upstream
  readonly #traits: OpenAIWireTraits
  readonly #proof: ForwardingProof | undefined

  constructor(ref: ProviderRef, upstream: Upstream, traits: OpenAIWireTraits, proof?: ForwardingProof) {
    this.ref = ref
    this.#upstream = upstream
    this.#traits = traits
    this.#proof = proof
  }

  async execute(attempt: FundedAttempt, signal: CancelSignal): Promise<Completion | CompletionStream> {
    const wireModel = await this.#wireModel(attempt, signal)
    const { native } = attempt.task.body
    if (native?.wire === 'responses' && this.ref.responses) return this.#respond(attempt, wireModel, native, signal)
    const sent = requestBody(attempt, wireModel, this.#traits)
    const reply = await this.#upstream.post(attempt, '/chat/completions', sent, signal)
    if (reply.status !== 200) throw await statusFailure(this.ref.name, reply)
    const { body } = attempt.task
    if (body.stream && isEventStream(headerOf(reply, 'content-type'))) {
      const countDelivered = attempt.reservation.amount > 0
      return new OpenAIStream({ provider: this.ref.name, reply, wantsUsage: body.wantsStreamUsage, countDelivered })
    }
    const bytes = await reply.collect(MAX_REPLY_BYTES)
    if (body.stream) throw this.#malformed('answered a streaming request with something that is not an event stream')
    return this.#completion(bytes)
  }

  /** A request for a response that came as one: its bytes go in, and the route's come out. */
  async #respond(
    attempt: FundedAttempt,
    wireModel: string,
    native: ResponsesBody,
    signal: CancelSignal,
  ): Promise<Completion | CompletionStream> {
    const sent = responsesRequest(attempt, wireModel, native)
    const reply = await this.#upstream.post(attempt, '/responses', sent, signal)
    if (reply.status !== 200) throw await statusFailure(this.ref.name, reply)
    if (native.view.stream === true) {
      if (isEventStream(headerOf(reply, 'content-type'))) {
        const countDelivered = attempt.reservation.amount > 0
        return new ResponsesStream({ provider: this.ref.name, reply, countDelivered })
      }
      reply.abort()
      throw this.#malformed('answered a streaming request with something that is not an event stream')
    }
    const body = await reply.collect(MAX_REPLY_BYTES)
    const answer = this.#answerObject(body)
    if (!('output' in answer) || !Array.isArray(answer.output)) throw this.#malformed('sent an answer without output')
    const usage = 'usage' in answer ? readResponseUsage(answer.usage) : undefined
    return { kind: 'completion', wire: 'responses', body, usage }
  }

  async embed(attempt: FundedAttempt, signal: CancelSignal): Promise<Completion> {
    const sent = embeddingRequestBody(attempt, await this.#wireModel(attempt, signal))
    const reply = await this.#upstream.post(attempt, '/embeddings', sent, signal)
    if (reply.status !== 200) throw await statusFailure(this.ref.name, reply)
    const body = await reply.collect(MAX_REPLY_BYTES)
    const answer = this.#answerObject(body)
    if (!('data' in answer) || !Array.isArray(answer.data)) throw this.#malformed('sent an answer without embeddings')
    const { encoding_format: asked } = attempt.task.body.view
    return {
      kind: 'completion',
      body: inAskedEncoding(body, { ...answer, data: answer.data }, asked),
      usage: 'usage' in answer ? readEmbeddingUsage(answer.usage) : undefined,
    }
  }

  async describe(signal: CancelSignal): Promise<readonly ListedFacts[]> {
    if (!this.#traits.listsModels) return []
    const reply = await this.#upstream.ask('GET', '/models', undefined, signal)
    if (reply.status !== 200) throw await statusFailure(this.ref.name, reply)
    const models = readListing(parsedJson(await reply.collect(MAX_REPLY_BYTES)))
    if (!models) throw this.#malformed('answered, but not with a list of models')
    return models
  }

  async probe(signal: CancelSignal): Promise<ProviderHealth> {
    try {
      if (!this.#traits.listsModels) return await this.#probeWithoutList(signal)
      const models = (await this.describe(signal)).map(({ name }) => name)
      return { reachable: true, models, detail: `${models.length} models` }
    } catch (error) {
      const detail = error instanceof ProviderFailure ? error.message : 'could not be asked'
      return { reachable: false, detail }
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#upstream.close(), this.#proof?.close()])
  }

  /** Any answer of the server shows that it is there; one that refuses the key shows that, too. */
  async #probeWithoutList(signal: CancelSignal): Promise<ProviderHealth> {
    const reply = await this.#upstream.ask('GET', '/models', undefined, signal)
    const { kind, message } = await statusFailure(this.ref.name, reply)
    if (kind === 'account' || reply.status >= 500) return { reachable: false, detail: message }
    return { reachable: true, models: [], detail: 'it lists no models' }
  }

  async #wireModel({ model, classification }: FundedAttempt, signal: CancelSignal): Promise<string> {
    if (!this.#traits.mayForward || !classification.restricted) return model
    if (this.#proof) return this.#proof.provenModel(model, signal)
    const message = `${this.ref.name} may forward its models, so restricted data was not sent to it.`
    throw new ProviderFailure('privacy_refused', { provider: this.ref.name, message, dispatched: false })
  }

  #completion(body: Buffer): Completion {
    const answer = this.#answerObject(body)
    if (!('choices' in answer) || !Array.isArray(answer.choices))
      throw this.#malformed('sent an answer without choices')
    return { kind: 'completion', body, usage: 'usage' in answer ? readUsage(answer.usage) : undefined }
  }

  /** @throws ProviderFailure for what is no object, and for one that reports an error. */
  #answerObject(body: Buffer): object {
    const parsed = parsedJson(body)
    if (parsed === undefined) throw this.#malformed('sent an answer that is not JSON')
    if (typeof parsed !== 'object' || parsed === null) throw this.#malformed('sent an answer that is not an object')
    if (reportedError(parsed)) {
      throw new ProviderFailure('in_band_error', {
        provider: this.ref.name,
        message: `${this.ref.name} reported an error inside its answer.`,
        dispatched: true,
      })
    }
    return parsed
  }

  #malformed(what: string): ProviderFailure {
    return new ProviderFailure('malformed', {
      provider: this.ref.name,
      message: `${this.ref.name} ${what}.`,
      dispatched: true,
    })
  }
}

function isEventStream(contentType: string | undefined): boolean {
  return contentType?.toLowerCase().startsWith('text/event-stream') ?? false
}

function parsedJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
