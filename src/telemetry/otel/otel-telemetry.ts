// Owns OpenTelemetry: a span for each request and one for each attempt, by the GenAI conventions, and never a word of content.
import type { Attributes, Context, Span, SpanKind, Tracer } from '@opentelemetry/api'
import { usdNumber } from '../../domain/money.ts'
import type { AttemptRecord, Outcome } from '../../domain/outcome.ts'
import type { Secret } from '../../domain/secret.ts'
import type { Telemetry } from '../telemetry.ts'
import { CountingExporter, type OnDropped } from './counting-exporter.ts'
import { Instruments } from './instruments.ts'
import type { OtelSdk } from './load-sdk.ts'
import { providerAttributes, type TracedProvider } from './provider-facts.ts'
import { type RequestTrace, TraceBook } from './trace-book.ts'

export interface OtelOptions {
  readonly endpoint: string
  readonly headers: Readonly<Record<string, Secret>>
  readonly serviceName: string
  readonly sampleRatio: number
  readonly metricsEveryMs: number
  readonly version: string
  /** From 0 up to 1. */
  readonly random: () => number
  readonly onDropped: OnDropped
}

/** Attempts that were never sent, so that no call is shown for them. */
const unsent: ReadonlySet<AttemptRecord['result']> = new Set([
  'budget_exceeded',
  'price_unknown',
  'ledger_unavailable',
  'cooling_down',
  'queue_full',
])

/** A stop waits for a collector that does not answer no longer than this. */
const CLOSE_PATIENCE_MS = 3000

/**
 * Spans are made when a request has ended, from its outcome, so nothing of this is on the path of an answer. Of a restricted
 * request there is neither a span nor a point of a metric.
 */
export class OtelTelemetry implements Telemetry {
  readonly traces: TraceBook
  readonly #api: OtelSdk['api']
  readonly #tracer: Tracer
  readonly #tracing
  readonly #metering
  readonly #instruments: Instruments
  readonly #ids = new NextIds()
  #providers: ReadonlyMap<string, TracedProvider> = new Map()

  constructor(sdk: OtelSdk, options: OtelOptions) {
    const { endpoint, serviceName, version } = options
    this.#api = sdk.api
    this.traces = new TraceBook(options.sampleRatio, options.random)
    const headers = Object.fromEntries(Object.entries(options.headers).map(([name, key]) => [name, key.reveal()]))
    const resource = sdk.resources.resourceFromAttributes({
      'service.name': serviceName,
      'service.version': version,
      'service.instance.id': String(process.pid),
    })
    const spans = new sdk.traceExporter.OTLPTraceExporter({ url: `${endpoint}/v1/traces`, headers })
    const exporter = new CountingExporter(spans, options.onDropped)
    this.#tracing = new sdk.sdkTrace.TracerProvider({
      resource,
      idGenerator: this.#ids,
      sampler: new sdk.sdkTrace.AlwaysOnSampler(),
      spanProcessors: [new sdk.sdkTrace.BatchSpanProcessor({ exporter })],
    })
    const metrics = new sdk.metricExporter.OTLPMetricExporter({ url: `${endpoint}/v1/metrics`, headers })
    const every = { exportIntervalMillis: options.metricsEveryMs, exportTimeoutMillis: options.metricsEveryMs }
    const reader = new sdk.sdkMetrics.PeriodicExportingMetricReader({ exporter: metrics, ...every })
    this.#metering = new sdk.sdkMetrics.MeterProvider({ resource, readers: [reader] })
    this.#tracer = this.#tracing.getTracer('aegis', version)
    this.#instruments = new Instruments(this.#metering.getMeter('aegis', version))
  }

  /** The providers of the configuration that holds from now on. */
  show(providers: readonly TracedProvider[]): void {
    this.#providers = new Map(providers.map((provider) => [provider.name, provider]))
  }

  started(): void {}

  record(outcome: Outcome): void {
    const trace = this.traces.taken(outcome.requestId)
    if (outcome.classification.restricted) return
    if (trace.sampled) this.#spans(outcome, trace)
    for (const attempt of outcome.attempts) {
      if (unsent.has(attempt.result)) continue
      this.#instruments.attempt(outcome, attempt, this.#providers.get(attempt.provider), durationOf(outcome, attempt))
    }
  }

  /** What is not exported by then is lost. */
  async close(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, CLOSE_PATIENCE_MS)
    const closing = Promise.allSettled([this.#tracing.shutdown(), this.#metering.shutdown()])
    await Promise.race([closing, late])
    clearTimeout(timer)
  }

  #spans(outcome: Outcome, trace: RequestTrace): void {
    const { SpanKind, ROOT_CONTEXT, trace: api } = this.#api
    const traceFlags = this.#api.TraceFlags.SAMPLED
    const { traceId, parentSpanId } = trace
    const remote = parentSpanId && { traceId, spanId: parentSpanId, traceFlags, isRemote: true }
    const parent = remote ? api.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT
    this.#ids.next = { traceId, spanId: trace.spanId }
    const operation = outcome.operation ?? 'chat'
    const name = `${operation} ${outcome.answeredBy?.model ?? 'none'}`
    const root = this.#start(name, SpanKind.SERVER, requestAttributes(outcome), outcome.receivedAtMs, parent)
    const context = api.setSpan(ROOT_CONTEXT, root)
    const sendings = [...trace.sendings]
    for (const attempt of outcome.attempts) {
      if (unsent.has(attempt.result)) continue
      const place = sendings.findIndex(
        ({ provider, model }) => provider === attempt.provider && model === attempt.model,
      )
      const [sent] = place < 0 ? [] : sendings.splice(place, 1)
      this.#ids.next = sent && { traceId, spanId: sent.spanId }
      const attributes = this.#attemptAttributes(outcome, attempt)
      const beganMs = outcome.receivedAtMs + (attempt.beganAfterMs ?? 0)
      const span = this.#start(`${operation} ${attempt.model}`, SpanKind.CLIENT, attributes, beganMs, context)
      if (attempt.result !== 'answered')
        span.setStatus({ code: this.#api.SpanStatusCode.ERROR, message: attempt.result })
      span.end(beganMs + durationOf(outcome, attempt))
    }
    if (outcome.status === 'failed' || outcome.status === 'interrupted') {
      root.setStatus({ code: this.#api.SpanStatusCode.ERROR, message: outcome.status })
    }
    root.end(outcome.endedAtMs)
  }

  #start(name: string, kind: SpanKind, attributes: Attributes, startTime: number, parent: Context): Span {
    return this.#tracer.startSpan(name, { kind, attributes, startTime }, parent)
  }

  #attemptAttributes(outcome: Outcome, attempt: AttemptRecord): Attributes {
    const answered = attempt.result === 'answered'
    return {
      'gen_ai.operation.name': outcome.operation ?? 'chat',
      'gen_ai.request.model': attempt.model,
      'gen_ai.request.stream': outcome.stream,
      ...providerAttributes(this.#providers.get(attempt.provider)),
      ...(answered ? usageAttributes(outcome) : { 'error.type': attempt.result }),
      'aegis.provider': attempt.provider,
      'aegis.location': attempt.location,
      'aegis.reason': attempt.reason,
      'aegis.cost_usd': usdNumber(attempt.cost),
    }
  }
}

/** A stream's attempt counts as answered when it begins; it ends with the request. */
function durationOf(outcome: Outcome, attempt: AttemptRecord): number {
  if (!outcome.stream || attempt.result !== 'answered') return attempt.durationMs
  return Math.max(attempt.durationMs, outcome.endedAtMs - outcome.receivedAtMs - (attempt.beganAfterMs ?? 0))
}

function usageAttributes({ usage }: Outcome): Attributes {
  if (!usage) return {}
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, reasoningTokens } = usage
  return {
    'gen_ai.usage.input_tokens': inputTokens,
    'gen_ai.usage.output_tokens': outputTokens,
    'gen_ai.usage.cache_read.input_tokens': cachedInputTokens,
    'gen_ai.usage.reasoning.output_tokens': reasoningTokens,
    ...(cacheWriteTokens === undefined ? {} : { 'gen_ai.usage.cache_creation.input_tokens': cacheWriteTokens }),
  }
}

function requestAttributes(outcome: Outcome): Attributes {
  const { answeredBy: by, keyId, firstByteMs } = outcome
  return {
    'gen_ai.operation.name': outcome.operation ?? 'chat',
    'http.response.status_code': outcome.httpStatus,
    ...usageAttributes(outcome),
    'aegis.request_id': outcome.requestId,
    'aegis.status': outcome.status,
    'aegis.classification': outcome.classification.level,
    'aegis.attempts': outcome.attempts.length,
    'aegis.cost_usd': usdNumber(outcome.cost),
    ...(by && { 'aegis.provider': by.provider, 'aegis.reason': by.reason, 'gen_ai.response.model': by.model }),
    ...(keyId === undefined ? {} : { 'aegis.key_id': keyId }),
    ...(firstByteMs === undefined ? {} : { 'gen_ai.response.time_to_first_chunk': firstByteMs / 1000 }),
    ...(outcome.status === 'ok' ? {} : { 'error.type': outcome.status }),
  }
}

/** Ids that were given out before their span is made. */
class NextIds {
  next: { readonly traceId: string; readonly spanId: string } | undefined

  generateTraceId(): string {
    return this.next?.traceId ?? hex(16)
  }

  generateSpanId(): string {
    const spanId = this.next?.spanId ?? hex(8)
    this.next = undefined
    return spanId
  }
}

function hex(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex')
}
