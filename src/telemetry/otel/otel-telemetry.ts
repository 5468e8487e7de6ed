// Owns OpenTelemetry: a span for each request and one for each attempt, by the GenAI conventions, without a word of content
// unless that is switched on.
import type { Attributes, Context, Span, SpanKind, Tracer } from '@opentelemetry/api'
import { usdNumber } from '../../domain/money.ts'
import type { AttemptRecord, Outcome } from '../../domain/outcome.ts'
import type { Secret } from '../../domain/secret.ts'
import type { ExchangedContent, MayLeave, Telemetry } from '../telemetry.ts'
import { type SpanContent, spanContent } from './content-attributes.ts'
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
  readonly content: boolean
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

/** Spans whose content is being searched, at the most; what comes beyond them has a span without content. */
const MOST_JUDGED = 1000

/** A stop waits for a collector that does not answer no longer than this. */
const CLOSE_PATIENCE_MS = 3000

/**
 * Spans are made when a request has ended, from its outcome, so nothing of this is on the path of an answer. Of a restricted
 * request there is neither a span nor a point of a metric. With content a request that stayed here and was not searched
 * is, as its answer is, before they leave; of what is found to be restricted then there is no span.
 */
export class OtelTelemetry implements Telemetry {
  readonly traces: TraceBook
  readonly wantsContent: boolean
  readonly #api: OtelSdk['api']
  readonly #tracer: Tracer
  readonly #tracing
  readonly #metering
  readonly #instruments: Instruments
  readonly #ids = new NextIds()
  readonly #onDropped: OnDropped
  readonly #judging = new Set<Promise<void>>()
  /** Nothing has been judged before there is a configuration. */
  #mayLeave: MayLeave = () => Promise.resolve(false)
  #providers: ReadonlyMap<string, TracedProvider> = new Map()

  constructor(sdk: OtelSdk, options: OtelOptions) {
    const { endpoint, serviceName, version } = options
    this.#api = sdk.api
    this.wantsContent = options.content
    this.#onDropped = options.onDropped
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

  /** How the configuration that holds from now on judges what may leave. */
  judgeBy(mayLeave: MayLeave): void {
    this.#mayLeave = mayLeave
  }

  started(): void {}

  record(outcome: Outcome, content?: ExchangedContent): void {
    const trace = this.traces.taken(outcome.requestId)
    if (outcome.classification.restricted) return
    if (trace.sampled) this.#trace(outcome, trace, content)
    for (const attempt of outcome.attempts) {
      if (unsent.has(attempt.result)) continue
      this.#instruments.attempt(outcome, attempt, this.#providers.get(attempt.provider), durationOf(outcome, attempt))
    }
  }

  /** What is not exported by then is lost. */
  async close(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, CLOSE_PATIENCE_MS)
    const closing = Promise.all(this.#judging).then(() =>
      Promise.allSettled([this.#tracing.shutdown(), this.#metering.shutdown()]),
    )
    await Promise.race([closing, late])
    clearTimeout(timer)
  }

  #trace(outcome: Outcome, trace: RequestTrace, content: ExchangedContent | undefined): void {
    if (!content || this.#judging.size >= MOST_JUDGED) {
      this.#spans(outcome, trace)
      return
    }
    const judging = this.#traceJudged(outcome, trace, content).finally(() => this.#judging.delete(judging))
    this.#judging.add(judging)
  }

  async #traceJudged(outcome: Outcome, trace: RequestTrace, content: ExchangedContent): Promise<void> {
    try {
      const said = spanContent(content)
      const bodies = said ? [content.request, said.answer] : [content.request]
      const judged = await Promise.all(bodies.map((body) => this.#mayLeave(body, outcome.classification)))
      if (judged.every(Boolean)) this.#spans(outcome, trace, said)
    } catch {
      this.#onDropped(1)
    }
  }

  #spans(outcome: Outcome, trace: RequestTrace, content?: SpanContent): void {
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
    const sent = outcome.attempts.filter(({ result }) => !unsent.has(result))
    for (const attempt of sent) {
      const place = sendings.findIndex(
        ({ provider, model }) => provider === attempt.provider && model === attempt.model,
      )
      const [sending] = place < 0 ? [] : sendings.splice(place, 1)
      this.#ids.next = sending && { traceId, spanId: sending.spanId }
      // Once a request: what was said is the same in all its attempts.
      const said = attempt === sent.at(-1) ? content?.attributes : undefined
      const attributes = { ...this.#attemptAttributes(outcome, attempt), ...said }
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
