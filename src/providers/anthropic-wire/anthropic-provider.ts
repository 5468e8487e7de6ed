// Owns an Anthropic upstream: a request of its own wire passes through as bytes, any other one is translated.
import type { AnthropicBody, AnthropicHeaders } from '../../domain/anthropic-body.ts'
import type { FundedAttempt } from '../../domain/attempt.ts'
import type { CancelSignal } from '../../domain/cancellation.ts'
import type { Completion, CompletionStream } from '../../domain/completion.ts'
import { type FailureKind, ProviderFailure } from '../../domain/provider-failure.ts'
import type { ProviderRef } from '../../domain/provider-ref.ts'
import { isTokenCount } from '../../domain/usage.ts'
import type { Provider, ProviderHealth } from '../provider.ts'
import { headerOf, type UpstreamReply } from '../transport/exchange.ts'
import { failureOfStatus, kindOfStatus, MAX_ERROR_BYTES } from '../transport/status-failure.ts'
import type { Upstream } from '../transport/upstream.ts'
import { countRequest, messagesRequest } from './messages-request.ts'
import { MessagesStream } from './messages-stream.ts'
import { type MessageUsage, readMessageUsage } from './read-usage.ts'

const MAX_REPLY_BYTES = 64 * 1024 * 1024

/** What is asked for when the caller names none (https://platform.claude.com/docs/en/api/versioning). */
const USUAL_VERSION = '2023-06-01'

export interface AnthropicProviderDeps {
  /** Connects to the root of the address's host. */
  readonly upstream: Upstream
  /** The configured address, with its path. */
  readonly baseUrl: string
  readonly apiKey: string
  /** Extra request headers of the configuration. */
  readonly headers: Readonly<Record<string, string>>
  /** Answers what did not come in this wire, over the same upstream, which it closes. */
  readonly translated: Provider
}

export class AnthropicProvider implements Provider {
  readonly ref: ProviderRef
  readonly #deps: AnthropicProviderDeps
  readonly #path: string

  constructor(ref: ProviderRef, deps: AnthropicProviderDeps) {
    this.ref = ref
    this.#deps = deps
    this.#path = `${new URL(deps.baseUrl).pathname.replace(/\/$/, '')}/messages`
  }

  execute(attempt: FundedAttempt, signal: CancelSignal): Promise<Completion | CompletionStream> {
    const { native } = attempt.task.body
    return native?.wire === 'anthropic'
      ? this.#pass(attempt, native, signal)
      : this.#deps.translated.execute(attempt, signal)
  }

  async countTokens(attempt: FundedAttempt, signal: CancelSignal): Promise<number> {
    const { native } = attempt.task.body
    if (native?.wire !== 'anthropic') throw this.#failure('unsupported', 'counts requests of its own wire only')
    const { upstream } = this.#deps
    const path = `${this.#path}/count_tokens`
    const sent = countRequest(attempt, native)
    const reply = await upstream.post(attempt, path, sent, signal, this.#headers(native.headers))
    if (reply.status !== 200) throw await this.#refused(reply)
    const counted = parsedJson(await reply.collect(MAX_ERROR_BYTES)) as { input_tokens?: unknown } | null | undefined
    if (isTokenCount(counted?.input_tokens)) return counted.input_tokens
    throw this.#failure('malformed', 'sent an answer without a count')
  }

  probe(signal: CancelSignal): Promise<ProviderHealth> {
    return this.#deps.translated.probe(signal)
  }

  close(): Promise<void> {
    return this.#deps.translated.close()
  }

  async #pass(
    attempt: FundedAttempt,
    native: AnthropicBody,
    signal: CancelSignal,
  ): Promise<Completion | CompletionStream> {
    const sent = messagesRequest(attempt, native)
    const reply = await this.#deps.upstream.post(attempt, this.#path, sent, signal, this.#headers(native.headers))
    if (reply.status !== 200) throw await this.#refused(reply)
    if (!attempt.task.body.stream) return this.#message(await reply.collect(MAX_REPLY_BYTES))
    if (!headerOf(reply, 'content-type')?.toLowerCase().startsWith('text/event-stream')) {
      reply.abort()
      throw this.#failure('malformed', 'answered a streaming request with something that is not an event stream')
    }
    const countDelivered = attempt.reservation.amount > 0
    return new MessagesStream({ provider: this.ref.name, reply, countDelivered })
  }

  #headers({ version, betas }: AnthropicHeaders): string[] {
    const { apiKey, headers } = this.#deps
    const { 'anthropic-beta': ownBetas, 'anthropic-version': ownVersion, ...others } = lowerCased(headers)
    const asked = [...new Set([...(ownBetas?.split(',').map((one) => one.trim()) ?? []), ...betas])]
    return [
      ...['content-type', 'application/json', 'anthropic-version', version ?? ownVersion ?? USUAL_VERSION],
      ...(apiKey === '' || 'x-api-key' in others ? [] : ['x-api-key', apiKey]),
      ...(asked.length > 0 ? ['anthropic-beta', asked.join(',')] : []),
      ...Object.entries(others).flat(),
    ]
  }

  #message(body: Buffer): Completion {
    const message = parsedJson(body) as { type?: unknown; content?: unknown; usage?: MessageUsage } | null | undefined
    if (message?.type === 'error') throw this.#failure('in_band_error', 'reported an error inside its answer')
    if (message === undefined) throw this.#failure('malformed', 'sent an answer that is not JSON')
    if (!Array.isArray(message?.content)) throw this.#failure('malformed', 'sent an answer without content')
    return { kind: 'completion', wire: 'anthropic', body, usage: readMessageUsage(message?.usage) }
  }

  async #refused(reply: UpstreamReply): Promise<ProviderFailure> {
    const body = await reply.collect(MAX_ERROR_BYTES)
    const type = errorType(body)
    const kind: FailureKind =
      reply.status === 413 || type === 'request_too_large' ? 'context_exceeded' : kindOfStatus(reply.status, body)
    const failure = failureOfStatus(this.ref.name, reply, kind, body, 'anthropic')
    // What is no error of Anthropic's, such as a page of a proxy, is not passed on as one.
    if (!failure.reply || type !== undefined) return failure
    return failureOfStatus(this.ref.name, reply, kind, envelope(failure), 'anthropic')
  }

  #failure(kind: FailureKind, what: string): ProviderFailure {
    const provider = this.ref.name
    return new ProviderFailure(kind, { provider, message: `${provider} ${what}.`, dispatched: true })
  }
}

function envelope({ message }: ProviderFailure): Buffer {
  return Buffer.from(JSON.stringify({ type: 'error', error: { type: 'invalid_request_error', message } }))
}

function errorType(body: Buffer): string | undefined {
  const parsed = parsedJson(body) as { error?: { type?: unknown } | null } | null | undefined
  return typeof parsed?.error?.type === 'string' ? parsed.error.type : undefined
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

function parsedJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
