// Owns the traces of the requests that run: what came in, and which ids were given to what was sent.
import { randomBytes } from 'node:crypto'
import type { FundedAttempt } from '../../domain/attempt.ts'
import type { Traces } from '../traces.ts'

/** One request's place in a trace. */
export interface RequestTrace {
  readonly traceId: string
  /** The caller's span; undefined when the trace begins here. */
  readonly parentSpanId: string | undefined
  readonly sampled: boolean
  readonly spanId: string
  /** In the order of sending. */
  readonly sendings: { readonly provider: string; readonly model: string; readonly spanId: string }[]
}

/** Requests that end without an outcome leave theirs here until as many others have come. */
const MOST_REMEMBERED = 10_000

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/
const ZEROS = /^0+$/

export class TraceBook implements Traces {
  readonly #traces = new Map<string, RequestTrace>()
  readonly #random: () => number
  readonly #sampleRatio: number

  /** @param random from 0 up to 1, to choose which requests without a trace are sampled. */
  constructor(sampleRatio: number, random: () => number) {
    this.#sampleRatio = sampleRatio
    this.#random = random
  }

  received(requestId: string, traceparent: string | undefined): void {
    if (traceparent === undefined) return
    const [, traceId = '', parentSpanId = '', flags = ''] = TRACEPARENT.exec(traceparent) ?? []
    if (ZEROS.test(traceId) || ZEROS.test(parentSpanId) || traceId === '') return
    const sampled = (Number.parseInt(flags, 16) & 1) === 1
    this.#keep(requestId, { traceId, parentSpanId, sampled, spanId: newSpanId(), sendings: [] })
  }

  traceparentOf({ task, provider, model, classification }: FundedAttempt): string | undefined {
    if (classification.restricted) return undefined
    const { traceId, sampled, sendings } = this.#of(task.id)
    const spanId = newSpanId()
    sendings.push({ provider: provider.name, model, spanId })
    return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`
  }

  /** The trace of a request that has ended. */
  taken(requestId: string): RequestTrace {
    const trace = this.#of(requestId)
    this.#traces.delete(requestId)
    return trace
  }

  #of(requestId: string): RequestTrace {
    const known = this.#traces.get(requestId)
    if (known) return known
    const sampled = this.#sampleRatio >= 1 || this.#random() < this.#sampleRatio
    const traceId = randomBytes(16).toString('hex')
    return this.#keep(requestId, { traceId, parentSpanId: undefined, sampled, spanId: newSpanId(), sendings: [] })
  }

  #keep(requestId: string, trace: RequestTrace): RequestTrace {
    this.#traces.set(requestId, trace)
    if (this.#traces.size > MOST_REMEMBERED) {
      const [oldest = ''] = this.#traces.keys()
      this.#traces.delete(oldest)
    }
    return trace
  }
}

/** Never zero: W3C calls that invalid. */
function newSpanId(): string {
  return (randomBytes(8).readBigUInt64BE() | 1n).toString(16).padStart(16, '0')
}
