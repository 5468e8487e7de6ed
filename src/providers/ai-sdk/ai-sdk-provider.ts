// Owns every upstream that is reached through a provider package of the Vercel AI SDK: OpenAI's wire in and out, theirs in between.
import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import type { FundedAttempt } from '../../domain/attempt.ts'
import type { CancelSignal } from '../../domain/cancellation.ts'
import type { Clock } from '../../domain/clock.ts'
import type { Completion, CompletionStream } from '../../domain/completion.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import type { ProviderRef } from '../../domain/provider-ref.ts'
import type { Provider, ProviderHealth } from '../provider.ts'
import { statusFailure } from '../transport/status-failure.ts'
import type { Upstream } from '../transport/upstream.ts'
import { AiSdkStream } from './ai-sdk-stream.ts'
import { AttemptConnection } from './attempt-connection.ts'
import { callFailure } from './call-failure.ts'
import { type Call, callOptions } from './call-options.ts'
import { type AnswerContext, completionOf } from './completion-body.ts'
import { embedTexts } from './embed-texts.ts'
import { assertAddressesServed } from './message-file.ts'
import { Notes } from './notes.ts'
import { withinCap } from './reasoning-room.ts'
import { unsupported } from './unsupported.ts'
import type { WireOf } from './wire.ts'

/** Some wires have the model in their path: a name must not lead to another one, nor end it. */
const NOT_A_MODEL = /(?:^|\/)\.{1,2}(?:\/|:|$)|\/\/|[?#\\%\s\p{Cc}]/u

const MAX_LISTING_BYTES = 16 * 1024 * 1024

export interface AiSdkProviderDeps {
  /** Connects to the address's root: the packages make the whole path. */
  readonly upstream: Upstream
  readonly wireOf: WireOf
  /** The configured address. */
  readonly baseUrl: string
  readonly clock: Clock
  /** Closes what the wire has opened for itself. */
  readonly closeWire?: () => Promise<void>
}

export class AiSdkProvider implements Provider {
  readonly ref: ProviderRef
  readonly #deps: AiSdkProviderDeps

  constructor(ref: ProviderRef, deps: AiSdkProviderDeps) {
    this.ref = ref
    this.#deps = deps
  }

  async execute(attempt: FundedAttempt, signal: CancelSignal): Promise<Completion | CompletionStream> {
    this.#deps.upstream.assertMaySend(attempt)
    if (NOT_A_MODEL.test(attempt.model)) throw this.#noModel()
    const wire = this.#deps.wireOf(attempt.model)
    const notes = new Notes()
    const call = callOptions(attempt, wire, notes)
    const context: AnswerContext = { attempt, wire, notes, identity: this.#identity(attempt) }
    const first = await this.#send(call.options, call, context, signal)
    if (!('refusedBudget' in first)) return first
    const options = withinCap(call.options, call.outputTokenCap ?? 0, first.refusedBudget, wire, notes)
    const second = await this.#send(options, call, context, signal)
    if (!('refusedBudget' in second)) return second
    throw unsupported(attempt, 'would have been allowed a longer answer than is paid for')
  }

  async embed(attempt: FundedAttempt, signal: CancelSignal): Promise<Completion> {
    const { upstream, baseUrl } = this.#deps
    upstream.assertMaySend(attempt)
    if (NOT_A_MODEL.test(attempt.model)) throw this.#noModel()
    const wire = this.#deps.wireOf(attempt.model)
    const { origin } = new URL(baseUrl)
    return embedTexts(attempt, {
      wire,
      connect: () => new AttemptConnection({ upstream, wire, attempt, signal, origin, outputTokenCap: undefined }),
      unlessLeft: (work, connection) => unlessLeft(work, signal, connection),
    })
  }

  async probe(signal: CancelSignal): Promise<ProviderHealth> {
    const { prepare, path, headers, models } = this.#deps.wireOf(this.ref.models[0] ?? '').probe
    try {
      await prepare?.()
      const reply = await this.#deps.upstream.ask('GET', path, undefined, signal, Object.entries(headers).flat())
      if (!models && reply.status < 500) {
        reply.abort()
        return { reachable: true, models: [], detail: 'it answers; its models cannot be listed' }
      }
      if (reply.status !== 200) return { reachable: false, detail: (await statusFailure(this.ref.name, reply)).message }
      const names = models?.(JSON.parse((await reply.collect(MAX_LISTING_BYTES)).toString('utf8'))) ?? []
      return { reachable: true, models: names, detail: `${names.length} models` }
    } catch (error) {
      const detail = error instanceof ProviderFailure ? error.message : 'answered, but not with a list of models'
      return { reachable: false, detail }
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#deps.upstream.close(), this.#deps.closeWire?.()])
  }

  /** One call of the package, which sends at most once; or nothing was sent, since it allowed more than the cap. */
  async #send(
    options: LanguageModelV4CallOptions,
    { outputTokenCap, mayExceedCap }: Call,
    context: AnswerContext,
    signal: CancelSignal,
  ): Promise<Completion | CompletionStream | { readonly refusedBudget: number }> {
    const { upstream, baseUrl } = this.#deps
    const { attempt, wire } = context
    const { stream } = attempt.task.body
    const connection = new AttemptConnection({
      upstream,
      wire,
      attempt,
      signal,
      origin: new URL(baseUrl).origin,
      outputTokenCap: mayExceedCap ? outputTokenCap : undefined,
    })
    try {
      const model = wire.model(attempt.model, connection.fetch)
      await assertAddressesServed(options.prompt, model, attempt)
      if (!stream) {
        const result = await unlessLeft(model.doGenerate(options), signal, connection)
        return completionOf(result, context, connection.usageIsMissing)
      }
      // Some packages wait for the first event, which is the stream's matter and not the call's.
      const parts = Promise.resolve(model.doStream(options)).then((result) => result.stream)
      await unlessLeft(Promise.race([connection.opened, parts]), signal, connection)
      return new AiSdkStream(parts, connection, context, signal)
    } catch (error) {
      if (connection.refusedBudget !== undefined) return { refusedBudget: connection.refusedBudget }
      const failure = callFailure(error, connection, attempt, stream)
      connection.abort()
      throw failure
    }
  }

  #noModel(): ProviderFailure {
    const provider = this.ref.name
    const message = `${provider} does not have this model: its name cannot be one.`
    return new ProviderFailure('model_missing', { provider, message, dispatched: false })
  }

  #identity(attempt: FundedAttempt): AnswerContext['identity'] {
    return {
      id: `chatcmpl-${attempt.task.id}`,
      created: Math.floor(this.#deps.clock.wallMs() / 1000),
      model: attempt.model,
      simulated: this.ref.simulated,
    }
  }
}

/** A caller may leave while a package is still preparing its request, which no connection would tell. */
function unlessLeft<Result>(
  work: PromiseLike<Result>,
  signal: CancelSignal,
  connection: AttemptConnection,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const unsubscribe = signal.onCancel((reason) => reject(connection.left(reason)))
    work.then(resolve, reject).then(unsubscribe)
  })
}
