// Owns a stream that is given again: the same events, as fast as they are read.
import type { CancelSignal } from '../domain/cancellation.ts'
import type { FrameSink } from '../domain/completion.ts'
import type { KeptEvents } from '../domain/kept-answer.ts'
import { ZERO_USD } from '../domain/money.ts'
import { ProviderFailure } from '../domain/provider-failure.ts'
import type { Usage } from '../domain/usage.ts'
import type { SettledCompletionStream } from './answer.ts'
import { eventWithCost } from './usage-cost.ts'

export class ReplayedStream implements SettledCompletionStream {
  readonly kind = 'stream'
  readonly cost = ZERO_USD
  readonly #events: readonly KeptEvents[]
  readonly #usage: Usage | undefined
  readonly #provider: string
  readonly #signal: CancelSignal
  #unsubscribe = () => {}
  #sink: FrameSink | undefined
  #next = 0

  constructor(events: readonly KeptEvents[], usage: Usage | undefined, provider: string, signal: CancelSignal) {
    this.#events = events
    this.#usage = usage
    this.#provider = provider
    this.#signal = signal
  }

  start(sink: FrameSink): void {
    this.#sink = sink
    this.#unsubscribe = this.#signal.onCancel(() => this.#end(true))
    this.resume()
  }

  resume(): void {
    while (this.#sink !== undefined && this.#next < this.#events.length) {
      const { bytes, usage } = this.#events[this.#next++] as KeptEvents
      const more = usage ? this.#sink.usageFrame(eventWithCost(bytes, ZERO_USD), usage) : this.#sink.frames(bytes)
      if (!more && this.#next < this.#events.length) return
    }
    this.#end(false)
  }

  /** Once. */
  #end(cancelled: boolean): void {
    const sink = this.#sink
    this.#sink = undefined
    this.#unsubscribe()
    const message = 'The caller left before the answer was written.'
    const failure = cancelled
      ? new ProviderFailure('cancelled', { provider: this.#provider, message, dispatched: false })
      : undefined
    sink?.end({ failure, usage: this.#usage, deliveredTokens: 0 })
  }
}
