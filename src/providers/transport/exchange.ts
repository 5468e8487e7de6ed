// Owns one request and its reply on a pooled connection: abort at every stage, backpressure, no chunk lost.
import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { CancelSignal } from '../../domain/cancellation.ts'
import { ProviderFailure } from '../../domain/provider-failure.ts'
import { connectionFailure } from './connection-failure.ts'
import type { KeysState } from './key-ring.ts'

/** Takes a reply's body as it comes. `end` is called exactly once, last. */
export interface BodyReceiver {
  /** Returns false to ask for a pause until `UpstreamReply.resume`. */
  data(chunk: Buffer): boolean
  end(failure: ProviderFailure | undefined): void
}

/** A reply whose headers have come. */
export interface UpstreamReply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Of a provider with several keys, when this reply is about the one that was used. */
  readonly keys?: KeysState | undefined
  /** The whole body. @throws ProviderFailure `malformed` over `maxBytes`, or what cut it short. */
  collect(maxBytes: number): Promise<Buffer>
  /** Hands the body over piece by piece, the same buffers that came from the socket. */
  receive(receiver: BodyReceiver): void
  resume(): void
  /** Gives the reply up and closes its connection. */
  abort(): void
}

/** A header by its name in lower case. One that stands twice comes as a list whatever its type says; the first counts. */
export function headerOf(reply: Pick<UpstreamReply, 'headers'>, name: string): string | undefined {
  const value = reply.headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** The handler that undici drives. One object a request; no closure and no promise per chunk. */
export class Exchange implements Dispatcher.DispatchHandler, UpstreamReply {
  status = 0
  headers: IncomingHttpHeaders = {}
  keys: KeysState | undefined
  readonly #provider: string
  #unsubscribe: (() => void) | undefined
  #controller: Dispatcher.DispatchController | undefined
  #resolve: ((reply: UpstreamReply) => void) | undefined
  #reject: ((failure: ProviderFailure) => void) | undefined
  #receiver: BodyReceiver | undefined
  /** Chunks that came before there was a receiver. */
  #early: Buffer[] = []
  #finished = false
  #failure: ProviderFailure | undefined

  constructor(
    provider: string,
    signal: CancelSignal,
    resolve: (reply: UpstreamReply) => void,
    reject: (failure: ProviderFailure) => void,
  ) {
    this.#provider = provider
    this.#resolve = resolve
    this.#reject = reject
    this.#unsubscribe = signal.onCancel((reason) => {
      const sentence =
        reason === 'deadline' ? 'did not answer before the deadline of the request' : 'was left before it answered'
      const details = { provider, message: `${provider} ${sentence}.`, dispatched: this.#controller !== undefined }
      this.#fail(new ProviderFailure(reason === 'deadline' ? 'timeout' : 'cancelled', details))
    })
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#finished) controller.abort(new Error('cancelled'))
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return
    this.status = status
    this.headers = headers
    const resolve = this.#resolve
    this.#resolve = undefined
    this.#reject = undefined
    resolve?.(this)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#finished) return
    if (!this.#receiver) this.#early.push(chunk)
    else if (!this.#receiver.data(chunk)) controller.pause()
  }

  onResponseEnd(): void {
    this.#finish(undefined)
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const stage = { dispatched: this.#controller !== undefined, answered: this.status !== 0 }
    this.#finish(connectionFailure(this.#provider, error, stage))
  }

  receive(receiver: BodyReceiver): void {
    const early = this.#early
    const endedBefore = this.#finished
    this.#early = []
    this.#receiver = receiver
    for (const chunk of early) {
      // A receiver that gives the reply up at one chunk has been told its end, and hears nothing more.
      if (this.#finished && !endedBefore) return
      if (!receiver.data(chunk)) this.#controller?.pause()
    }
    if (endedBefore) receiver.end(this.#failure)
  }

  collect(maxBytes: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      let bytes = 0
      this.receive({
        data: (chunk) => {
          bytes += chunk.length
          if (bytes <= maxBytes) chunks.push(chunk)
          else this.#fail(this.#tooLong(maxBytes))
          return true
        },
        end: (failure) => {
          if (failure) reject(failure)
          else if (bytes > maxBytes) reject(this.#tooLong(maxBytes))
          else resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes))
        },
      })
    })
  }

  resume(): void {
    this.#controller?.resume()
  }

  abort(): void {
    const details = {
      provider: this.#provider,
      message: `${this.#provider} was left before its answer was complete.`,
      dispatched: true,
    }
    this.#fail(new ProviderFailure('cancelled', details))
  }

  #tooLong(maxBytes: number): ProviderFailure {
    const message = `${this.#provider} sent an answer of over ${maxBytes} bytes.`
    return new ProviderFailure('malformed', { provider: this.#provider, message, dispatched: true })
  }

  #fail(failure: ProviderFailure): void {
    if (this.#finished) return
    this.#finish(failure)
    this.#controller?.abort(failure)
  }

  #finish(failure: ProviderFailure | undefined): void {
    if (this.#finished) return
    this.#finished = true
    this.#failure = failure
    this.#unsubscribe?.()
    const reject = this.#reject
    this.#resolve = undefined
    this.#reject = undefined
    if (failure && reject) reject(failure)
    else this.#receiver?.end(failure)
  }
}
