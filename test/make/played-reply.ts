// Owns an upstream reply that a test plays by hand: chunks when it says so, and an end of its choice.
import type { IncomingHttpHeaders } from 'node:http'
import type { ProviderFailure } from '../../src/domain/provider-failure.ts'
import type { BodyReceiver, UpstreamReply } from '../../src/providers/transport/exchange.ts'

export class PlayedReply implements UpstreamReply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  aborted = false
  resumed = 0
  readonly #body: Buffer
  #receiver: BodyReceiver | undefined
  #ended = false

  /** @param body what `collect` answers. */
  constructor(status = 200, headers: IncomingHttpHeaders = {}, body: string | Buffer = '') {
    this.status = status
    this.headers = headers
    this.#body = Buffer.from(body)
  }

  collect(): Promise<Buffer> {
    return Promise.resolve(this.#body)
  }

  receive(receiver: BodyReceiver): void {
    this.#receiver = receiver
  }

  resume(): void {
    this.resumed += 1
  }

  /** As the real one does it: the receiver hears of the end at once, and of nothing afterwards. */
  abort(): void {
    this.aborted = true
    this.end()
  }

  /** @returns what the receiver answered: false asks for a pause. */
  play(...chunks: readonly (string | Buffer)[]): boolean {
    let flowing = true
    for (const chunk of chunks) if (!this.#ended) flowing = this.#receiver?.data(Buffer.from(chunk)) ?? true
    return flowing
  }

  end(failure?: ProviderFailure): void {
    if (this.#ended) return
    this.#ended = true
    this.#receiver?.end(failure)
  }
}
