// Owns the end of a stream: whatever happens to it, its reservation is settled once and its outcome is recorded.
import type { CompletionStream, FrameSink, NativeWire, StreamEnd } from '../domain/completion.ts'
import type { NanoUsd } from '../domain/money.ts'
import type { OutcomeStatus } from '../domain/outcome.ts'
import type { Usage } from '../domain/usage.ts'
import type { SettledCompletionStream } from './answer.ts'
import type { Funding } from './fund-attempt.ts'
import type { ProxyDeps } from './proxy-deps.ts'
import type { RequestRecord } from './request-record.ts'
import { chargeOf, settleAttempt } from './settle-attempt.ts'
import { eventWithCost } from './usage-cost.ts'

/** Of an answer that telemetry wants, at the most. */
const MOST_KEPT_BYTES = 256 * 1024

export class SettledStream implements SettledCompletionStream, FrameSink {
  readonly kind = 'stream'
  readonly #stream: CompletionStream
  readonly #funding: Funding
  readonly #record: RequestRecord
  readonly #deps: ProxyDeps
  readonly #mints: boolean
  #sink: FrameSink | undefined
  #cost: NanoUsd | undefined
  /** Only where somebody wants the answer. */
  readonly #kept: Buffer[] | undefined
  #keptBytes = 0

  constructor(stream: CompletionStream, funding: Funding, record: RequestRecord, deps: ProxyDeps) {
    this.#stream = stream
    this.#funding = funding
    this.#record = record
    this.#deps = deps
    this.#mints = record.isRemembered
    this.#kept = record.keepsContent ? [] : undefined
  }

  get wire(): NativeWire | undefined {
    return this.#stream.wire
  }

  get cost(): NanoUsd | undefined {
    return this.#cost
  }

  start(sink: FrameSink): void {
    this.#sink = sink
    this.#stream.start(this)
  }

  resume(): void {
    this.#stream.resume()
  }

  frames(bytes: Buffer): boolean {
    if (this.#mints) this.#record.mints(bytes)
    if (this.#kept) this.#keep(bytes, this.#kept)
    return this.#sink?.frames(bytes) ?? true
  }

  usageFrame(bytes: Buffer, usage: Usage): boolean {
    const { cost } = chargeOf(this.#funding, { usage, failure: undefined, deliveredTokens: 0 })
    return this.#sink?.usageFrame(eventWithCost(bytes, cost), usage) ?? true
  }

  end(end: StreamEnd): void {
    this.#settle(end)
    this.#sink?.end(end)
  }

  #keep(bytes: Buffer, kept: Buffer[]): void {
    if (this.#keptBytes > MOST_KEPT_BYTES) return
    this.#keptBytes += bytes.length
    kept.push(Buffer.from(bytes))
  }

  #settle(end: StreamEnd): void {
    const { attempt } = this.#funding
    const { cost, usage, quality } = settleAttempt(this.#funding, end, this.#deps)
    this.#cost = cost
    this.#record.addCost(cost)
    const { failure } = end
    const status: OutcomeStatus = failure ? (failure.kind === 'cancelled' ? 'client_closed' : 'interrupted') : 'ok'
    this.#record.finish({
      status,
      httpStatus: status === 'client_closed' ? 499 : 200,
      answeredBy: attempt,
      usage,
      usageQuality: quality,
      reply: this.#kept,
    })
  }
}
