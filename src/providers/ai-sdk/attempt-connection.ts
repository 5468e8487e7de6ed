// Owns the one HTTP exchange of one attempt: a `fetch` for the AI SDK that can reach the configured provider only.
import type { FundedAttempt } from '../../domain/attempt.ts'
import type { CancelReason, CancelSignal } from '../../domain/cancellation.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import { headerOf, type UpstreamReply } from '../transport/exchange.ts'
import type { Upstream } from '../transport/upstream.ts'
import { parseJson } from './json-reading.ts'
import { menderOf, type ReplyMender } from './missing-usage.ts'
import { refusalOf } from './refusal.ts'
import { ReplyBody } from './reply-body.ts'
import type { Wire } from './wire.ts'

/** Headers that the transport sets itself. */
const transportHeaders = new Set(['host', 'connection', 'content-length', 'accept-encoding', 'transfer-encoding'])

export interface AttemptConnectionOptions {
  readonly upstream: Upstream
  readonly wire: Wire
  readonly attempt: FundedAttempt
  readonly signal: CancelSignal
  /** Scheme, host and port of the configured address. */
  readonly origin: string
  /** When given, a body with a higher cap on its answer is not sent: see `refusedBudget`. */
  readonly outputTokenCap: number | undefined
}

/**
 * Every send passes the second lock of the transport, with its pool and time-outs. A second send is refused: the
 * packages may repeat or continue a call, and one attempt pays for one.
 */
export class AttemptConnection {
  readonly #options: AttemptConnectionOptions
  readonly #opened = Promise.withResolvers<void>()
  #body: ReplyBody | undefined
  #mender: ReplyMender | undefined
  #sent = false
  #failure: ProviderFailure | undefined
  #refusedBudget: number | undefined

  constructor(options: AttemptConnectionOptions) {
    this.#options = options
  }

  /** The request may have reached the provider. */
  get sent(): boolean {
    return this.#sent
  }

  /** Resolves when the headers of a 200 have come; the package may still wait for more. */
  get opened(): Promise<void> {
    return this.#opened.promise
  }

  /** What went wrong on the wire, whatever the package makes of it. */
  get failure(): ProviderFailure | undefined {
    return this.#failure ?? this.#body?.failure
  }

  /** The reply reported no usage; the one that the package made of it is a placeholder's. */
  get usageIsMissing(): boolean {
    return this.#mender?.filled ?? false
  }

  /** Set when the package's body allowed more than the cap and so was not sent: its budget for reasoning, or 0. */
  get refusedBudget(): number | undefined {
    return this.#refusedBudget
  }

  /** Calls `listener` when the reply's body breaks off, even if nobody is reading it. */
  onBroken(listener: () => void): void {
    this.#body?.onBroken(listener)
  }

  /** The failure of an attempt whose caller has left it. */
  left(reason: CancelReason): ProviderFailure {
    const provider = this.#options.attempt.provider.name
    const isLate = reason === 'deadline'
    const sentence = isLate ? 'did not answer before the deadline of the request' : 'was left before it answered'
    const details = { provider, message: `${provider} ${sentence}.`, dispatched: this.#sent }
    return new ProviderFailure(isLate ? 'timeout' : 'cancelled', details)
  }

  /** Gives up a reply that is not complete. */
  abort(): void {
    this.#body?.abort()
  }

  /** The rest of a reply that said all it had to say is read and dropped, so that its connection can be used again. */
  ignoreRest(): void {
    this.#body?.ignoreRest()
  }

  /** For the AI SDK. Rejects with a ProviderFailure for everything but a 200. */
  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    try {
      const reply = await this.#post(String(input instanceof Request ? input.url : input), init)
      return await this.#response(reply)
    } catch (error) {
      if (error instanceof ProviderFailure) this.#failure = error
      throw error
    }
  }

  #post(address: string, init: RequestInit | undefined): Promise<UpstreamReply> {
    const { upstream, attempt, signal, origin, wire, outputTokenCap } = this.#options
    const url = new URL(address)
    if (url.origin !== origin) throw this.#refusal('would have been asked at another address than the configured one')
    if (this.#sent) throw this.#refusal('would have to be asked a second time for one attempt')
    const { body } = init ?? {}
    if (init?.method !== 'POST' || typeof body !== 'string') throw this.#refusal('would have been asked without a body')
    if (outputTokenCap !== undefined) {
      const made = (parseJson(body) ?? {}) as Readonly<Record<string, unknown>>
      // A body without a cap has the highest there is.
      if ((wire.outputCapIn(made) ?? Number.POSITIVE_INFINITY) > outputTokenCap) {
        this.#refusedBudget = wire.reasoningBudgetIn?.(made) ?? 0
        throw this.#refusal('would have been allowed a longer answer than is paid for')
      }
    }
    this.#sent = true
    return upstream.post(attempt, url.pathname + url.search, Buffer.from(body), signal, headerList(init?.headers))
  }

  async #response(reply: UpstreamReply): Promise<Response> {
    const { attempt, wire } = this.#options
    if (reply.status !== 200) throw await refusalOf(attempt, reply, wire)
    const { usagePlaceholder } = wire
    this.#mender = usagePlaceholder && menderOf(headerOf(reply, 'content-type')?.toLowerCase(), usagePlaceholder)
    const body = new ReplyBody(attempt.provider.name, reply, this.#mender)
    this.#body = body
    this.#opened.resolve()
    const headers = new Headers()
    for (const [name, value] of Object.entries(reply.headers)) {
      for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) headers.append(name, one)
    }
    return new Response(body.stream, { status: 200, headers })
  }

  #refusal(what: string): ProviderFailure {
    const provider = this.#options.attempt.provider.name
    const kind = this.#sent ? 'truncated' : 'unsupported'
    return new ProviderFailure(kind, { provider, message: `${provider} ${what}.`, dispatched: this.#sent })
  }
}

function headerList(given: RequestInit['headers']): string[] {
  const list: string[] = []
  new Headers(given).forEach((value, name) => {
    if (!transportHeaders.has(name)) list.push(name, value)
  })
  return list
}
