// Owns every upstream that speaks the OpenAI wire: the caller's bytes go in, the upstream's bytes come out.
import type { FundedAttempt } from '../../domain/attempt.ts'
import type { CancelSignal } from '../../domain/cancellation.ts'
import type { Completion, CompletionStream } from '../../domain/completion.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import type { ProviderRef } from '../../domain/provider-ref.ts'
import type { Provider, ProviderHealth } from '../provider.ts'
import { headerOf } from '../transport/exchange.ts'
import { statusFailure } from '../transport/status-failure.ts'
import type { Upstream } from '../transport/upstream.ts'
import { OpenAIStream } from './openai-stream.ts'
import { readUsage } from './read-usage.ts'
import { reportedError } from './reported-error.ts'
import { type OpenAIWireQuirks, requestBody } from './request-body.ts'

/** No chat completion is longer. */
const MAX_REPLY_BYTES = 64 * 1024 * 1024

export class OpenAIProvider implements Provider {
  readonly ref: ProviderRef
  readonly #upstream: Upstream
  readonly #quirks: OpenAIWireQuirks

  constructor(ref: ProviderRef, upstream: Upstream, quirks: OpenAIWireQuirks) {
    this.ref = ref
    this.#upstream = upstream
    this.#quirks = quirks
  }

  async execute(attempt: FundedAttempt, signal: CancelSignal): Promise<Completion | CompletionStream> {
    const reply = await this.#upstream.post(attempt, '/chat/completions', requestBody(attempt, this.#quirks), signal)
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

  async probe(signal: CancelSignal): Promise<ProviderHealth> {
    try {
      const reply = await this.#upstream.ask('GET', '/models', undefined, signal)
      if (reply.status !== 200) return { reachable: false, detail: (await statusFailure(this.ref.name, reply)).message }
      const listed: unknown = JSON.parse((await reply.collect(MAX_REPLY_BYTES)).toString('utf8'))
      const models = modelIds(listed)
      return { reachable: true, models, detail: `${models.length} models` }
    } catch (error) {
      return {
        reachable: false,
        detail: error instanceof ProviderFailure ? error.message : 'answered, but not with a list of models',
      }
    }
  }

  close(): Promise<void> {
    return this.#upstream.close()
  }

  #completion(body: Buffer): Completion {
    let parsed: unknown
    try {
      parsed = JSON.parse(body.toString('utf8'))
    } catch {
      throw this.#malformed('sent an answer that is not JSON')
    }
    if (typeof parsed !== 'object' || parsed === null) throw this.#malformed('sent an answer that is not an object')
    if (reportedError(parsed)) {
      throw new ProviderFailure('in_band_error', {
        provider: this.ref.name,
        message: `${this.ref.name} reported an error inside its answer.`,
        dispatched: true,
      })
    }
    if (!('choices' in parsed) || !Array.isArray(parsed.choices))
      throw this.#malformed('sent an answer without choices')
    return { kind: 'completion', body, usage: 'usage' in parsed ? readUsage(parsed.usage) : undefined }
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

function modelIds(listed: unknown): string[] {
  const data = typeof listed === 'object' && listed !== null && 'data' in listed ? listed.data : undefined
  if (!Array.isArray(data)) return []
  return data.flatMap((one: unknown) =>
    typeof one === 'object' && one !== null && 'id' in one && typeof one.id === 'string' ? [one.id] : [],
  )
}
