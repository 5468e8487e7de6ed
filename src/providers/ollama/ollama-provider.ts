// Owns Ollama's native wire, local and cloud: /api/chat, because its /v1 cannot set the context window.
import type { FundedAttempt } from '../../domain/attempt.ts'
import type { CancelSignal } from '../../domain/cancellation.ts'
import type { Clock } from '../../domain/clock.ts'
import type { Completion, CompletionStream } from '../../domain/completion.ts'
import type { ListedFacts } from '../../domain/model-facts.ts'
import type { OnViolation } from '../../domain/privacy-violation.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import type { ProviderRef } from '../../domain/provider-ref.ts'
import type { Provider, ProviderHealth } from '../provider.ts'
import type { UpstreamReply } from '../transport/exchange.ts'
import type { RestrictedDoors } from '../transport/restricted-doors.ts'
import { statusFailure } from '../transport/status-failure.ts'
import type { Upstream } from '../transport/upstream.ts'
import { type AnswerIdentity, chatCompletion, namesRemoteHost, usageOf, wasCut } from './chat-reply.ts'
import { type OllamaSettings, ollamaRequest } from './chat-request.ts'
import { embeddingList, embedRequest } from './embed.ts'
import { LocalProof } from './local-proof.ts'
import { ollamaFailure } from './ollama-failure.ts'
import { OllamaStream, parseReply } from './ollama-stream.ts'
import { describeModels } from './read-listing.ts'

const MAX_REPLY_BYTES = 64 * 1024 * 1024

export interface OllamaProviderDeps {
  readonly upstream: Upstream
  readonly settings: OllamaSettings
  readonly clock: Clock
  readonly onViolation: OnViolation
  readonly doors?: RestrictedDoors | undefined
}

export class OllamaProvider implements Provider {
  readonly ref: ProviderRef
  readonly #deps: OllamaProviderDeps
  readonly #proof: LocalProof

  constructor(ref: ProviderRef, deps: OllamaProviderDeps) {
    this.ref = ref
    this.#deps = deps
    this.#proof = new LocalProof(ref.name, deps.upstream, () => deps.clock.monotonicMs(), deps.doors)
  }

  async execute(attempt: FundedAttempt, signal: CancelSignal): Promise<Completion | CompletionStream> {
    const { upstream, settings } = this.#deps
    const wireModel = await this.#wireModel(attempt, signal)
    const { body, uncertainWindow, certainlyFits } = ollamaRequest(attempt, wireModel, settings)
    const reply = await upstream.post(attempt, '/api/chat', body, signal)
    if (reply.status !== 200) throw await ollamaFailure(this.ref.name, reply, certainlyFits)
    const identity = this.#identity(attempt)
    if (attempt.task.body.stream) return this.#stream(attempt, reply, identity, uncertainWindow)
    const answer = parseReply((await reply.collect(MAX_REPLY_BYTES)).toString('utf8'))
    if (answer && namesRemoteHost(answer)) this.#forwarded(attempt)
    if (!answer?.message) throw this.#failure('malformed', 'sent an answer without a message')
    if (answer.done !== true) throw this.#failure('truncated', 'stopped before its answer was complete')
    if (wasCut(answer, uncertainWindow)) throw this.#failure('context_exceeded', 'cut the prompt to its context window')
    const completion = Buffer.from(JSON.stringify(chatCompletion(answer, identity)))
    return { kind: 'completion', body: completion, usage: usageOf(answer) }
  }

  async embed(attempt: FundedAttempt, signal: CancelSignal): Promise<Completion> {
    const { upstream, settings } = this.#deps
    const wireModel = await this.#wireModel(attempt, signal)
    const { body, certainlyFits } = embedRequest(attempt, wireModel, settings)
    const reply = await upstream.post(attempt, '/api/embed', body, signal)
    if (reply.status !== 200) throw await ollamaFailure(this.ref.name, reply, certainlyFits)
    const answer = parseReply((await reply.collect(MAX_REPLY_BYTES)).toString('utf8'))
    if (answer && namesRemoteHost(answer)) this.#forwarded(attempt)
    const list = answer && embeddingList(answer, attempt)
    if (!answer || !list) throw this.#failure('malformed', 'sent an answer without the embeddings that were asked for')
    return { kind: 'completion', body: Buffer.from(JSON.stringify(list)), usage: usageOf(answer) }
  }

  async describe(signal: CancelSignal): Promise<readonly ListedFacts[]> {
    return describeModels(await this.#tags(signal), this.#deps.upstream, signal)
  }

  /** A cloud's models are loaded for everybody and nobody. */
  async loaded(signal: CancelSignal): Promise<readonly object[]> {
    if (this.ref.location !== 'local') return []
    const reply = await this.#deps.upstream.ask('GET', '/api/ps', undefined, signal)
    if (reply.status !== 200) throw await statusFailure(this.ref.name, reply)
    const listed: unknown = parseReply((await reply.collect(MAX_REPLY_BYTES)).toString('utf8'))
    return modelEntries(listed)
  }

  async probe(signal: CancelSignal): Promise<ProviderHealth> {
    try {
      const models = await this.#tags(signal)
      return { reachable: true, models, detail: `${models.length} models` }
    } catch (error) {
      const detail = error instanceof ProviderFailure ? error.message : 'could not be asked'
      return { reachable: false, detail }
    }
  }

  close(): Promise<void> {
    return this.#deps.upstream.close()
  }

  /** Restricted data needs the proof that the model runs here. */
  #wireModel({ model, classification }: FundedAttempt, signal: CancelSignal): Promise<string> | string {
    return classification.restricted ? this.#proof.provenModel(model, signal) : model
  }

  async #tags(signal: CancelSignal): Promise<string[]> {
    const reply = await this.#deps.upstream.ask('GET', '/api/tags', undefined, signal)
    if (reply.status !== 200) throw await statusFailure(this.ref.name, reply)
    const listed = parseReply((await reply.collect(MAX_REPLY_BYTES)).toString('utf8'))
    if (!listed) throw this.#failure('malformed', 'answered, but not with a list of models')
    return modelNames(listed)
  }

  #stream(
    attempt: FundedAttempt,
    reply: UpstreamReply,
    identity: AnswerIdentity,
    uncertainWindow: number | undefined,
  ): OllamaStream {
    return new OllamaStream({
      provider: this.ref.name,
      reply,
      identity,
      wantsUsage: attempt.task.body.wantsStreamUsage,
      onRemoteHost: () => this.#forwarded(attempt),
      uncertainWindow,
    })
  }

  /** A local server that names a remote host in its answer has forwarded the request. */
  #forwarded(attempt: FundedAttempt): void {
    if (this.ref.location !== 'local') return
    this.#proof.close()
    if (attempt.classification.restricted) {
      this.#deps.onViolation({ provider: this.ref.name, cause: 'remote_model_answered', requestId: attempt.task.id })
    }
  }

  #failure(kind: 'malformed' | 'truncated' | 'context_exceeded', what: string): ProviderFailure {
    return new ProviderFailure(kind, {
      provider: this.ref.name,
      message: `${this.ref.name} ${what}.`,
      dispatched: true,
    })
  }

  #identity(attempt: FundedAttempt): AnswerIdentity {
    return {
      id: `chatcmpl-${attempt.task.id}`,
      created: Math.floor(this.#deps.clock.wallMs() / 1000),
      model: attempt.model,
      simulated: this.ref.simulated,
    }
  }
}

function modelNames(listed: unknown): string[] {
  return modelEntries(listed).flatMap((one) => ('name' in one && typeof one.name === 'string' ? [one.name] : []))
}

function modelEntries(listed: unknown): readonly object[] {
  const models = typeof listed === 'object' && listed !== null && 'models' in listed ? listed.models : undefined
  if (!Array.isArray(models)) return []
  return models.filter((one: unknown) => typeof one === 'object' && one !== null)
}
