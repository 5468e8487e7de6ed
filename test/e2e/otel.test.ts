// Proves what OpenTelemetry is sent: spans and metrics by the GenAI conventions, one trace from the caller to the provider,
// no word of content, and of restricted requests nothing.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Collector, startCollector } from '../make/collector.ts'
import { critical, metricOf, question, startWorld, until, type World } from './world.ts'

interface KeyValue {
  readonly key: string
  readonly value: {
    readonly stringValue?: string
    readonly intValue?: number
    readonly doubleValue?: number
    readonly boolValue?: boolean
  }
}
interface ExportedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly attributes: readonly KeyValue[]
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly status: { readonly code?: number }
}
interface Point {
  readonly attributes: readonly KeyValue[]
  readonly count?: string | number
  readonly sum?: number
  readonly asDouble?: number
}
interface Metric {
  readonly name: string
  readonly unit: string
  readonly histogram?: { readonly dataPoints: readonly Point[] }
  readonly sum?: { readonly dataPoints: readonly Point[] }
}

const plain = ({ value }: KeyValue) =>
  value.stringValue ?? value.boolValue ?? Number(value.intValue ?? value.doubleValue)
const attributesOf = ({ attributes }: { readonly attributes: readonly KeyValue[] }) =>
  Object.fromEntries(attributes.map((one) => [one.key, plain(one)]))

function spansOf(collector: Collector): ExportedSpan[] {
  type Body = { resourceSpans: { scopeSpans: { spans: ExportedSpan[] }[] }[] }
  return collector
    .bodies<Body>('/v1/traces')
    .flatMap(({ resourceSpans }) => resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)))
}

function metricsOf(collector: Collector): Metric[] {
  type Body = { resourceMetrics: { scopeMetrics: { metrics: Metric[] }[] }[] }
  const all = collector
    .bodies<Body>('/v1/metrics')
    .flatMap((body) => body.resourceMetrics.flatMap((one) => one.scopeMetrics.flatMap(({ metrics }) => metrics)))
  return [...new Map(all.map((metric) => [metric.name, metric])).values()]
}

/** Runs requests before a collector, and stops, which sends what waits. */
async function exported(collector: Collector, run: (world: World) => Promise<void>, otel = {}): Promise<void> {
  const headers = { 'x-collector-key': 'key-of-the-collector' }
  const config = { telemetry: { otel: { endpoint: `${collector.url}/`, headers, ...otel } } }
  await using world = await startWorld({ config })
  await run(world)
}

const SERVER = 2
const CLIENT = 3
const theirTrace = '0af7651916cd43dd8448eb211c80319c'
const theirSpan = 'b7ad6b7169203331'

describe('a traced request', () => {
  test('is a span of the server and one of each attempt, in the trace of the caller, which the provider gets as well', async () => {
    await using collector = await startCollector()
    let sent: unknown
    await exported(collector, async (world) => {
      world.openai.always({
        usage: { prompt_tokens: 120, completion_tokens: 30, prompt_tokens_details: { cached_tokens: 20 } },
      })
      const headers = {
        traceparent: `00-${theirTrace}-${theirSpan}-01`,
        tracestate: 'vendor=planted-state',
        baggage: 'patient=planted-baggage',
      }
      const reply = await world.chat(critical(), { headers })
      assert.equal(reply.status, 200)
      sent = world.openai.journal.requests.at(-1)?.headers
    })
    const [root, call, ...more] = spansOf(collector).sort((left, right) => left.kind - right.kind)
    assert.ok(root && call)
    assert.deepEqual(more, [])
    assert.deepEqual([root.traceId, root.parentSpanId, root.kind], [theirTrace, theirSpan, SERVER])
    assert.deepEqual([call.traceId, call.parentSpanId, call.kind], [theirTrace, root.spanId, CLIENT])
    assert.equal(call.name, 'chat gpt-4o')
    const { hostname, ...named } = { hostname: '127.0.0.1', ...attributesOf(call) } as Record<string, unknown>
    assert.equal(named['server.address'], hostname)
    assert.equal(typeof named['server.port'], 'number')
    assert.deepEqual(Object.fromEntries(Object.entries(named).filter(([key]) => key.startsWith('gen_ai.'))), {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.request.stream': false,
      'gen_ai.usage.input_tokens': 120,
      'gen_ai.usage.output_tokens': 30,
      'gen_ai.usage.cache_read.input_tokens': 20,
      'gen_ai.usage.reasoning.output_tokens': 0,
    })
    const { baggage, tracestate } = sent as Record<string, unknown>
    assert.deepEqual([baggage, tracestate], [undefined, undefined])
    assert.equal((sent as { traceparent: string }).traceparent, `00-${theirTrace}-${call.spanId}-01`)
    const { headers } = collector.received[0] ?? {}
    assert.equal(headers?.['x-collector-key'], 'key-of-the-collector')
  })

  test('shows attempts that failed, with why, and those that were never sent not at all', async () => {
    await using collector = await startCollector()
    await exported(collector, async (world) => {
      world.openai.always({ status: 500 })
      const reply = await world.chat(critical({ stream: true }))
      assert.equal(reply.headers['x-aegis-provider'], 'ollama_cloud')
    })
    const calls = spansOf(collector).filter(({ kind }) => kind === CLIENT)
    const told = calls.map((span) => [
      attributesOf(span)['gen_ai.provider.name'],
      attributesOf(span)['error.type'],
      span.status.code,
    ])
    assert.deepEqual(told, [
      ['openai', 'server_error', 2],
      ['ollama', undefined, 0],
    ])
    const [failed, answered] = calls
    assert.ok(failed && answered && BigInt(failed.endTimeUnixNano) <= BigInt(answered.startTimeUnixNano) + 5_000_000n)
    const [root] = spansOf(collector).filter(({ kind }) => kind === SERVER)
    assert.equal(root?.parentSpanId, undefined)
  })

  test('is measured by the metrics of the conventions', async () => {
    await using collector = await startCollector()
    await exported(collector, async (world) => {
      world.openai.always({ usage: { prompt_tokens: 100, completion_tokens: 50 } })
      await world.chat(critical())
      await world.chat(critical({ stream: true }))
    })
    const metrics = new Map(metricsOf(collector).map((metric) => [metric.name, metric]))
    const ofOpenai = (name: string, more = {}) =>
      (metrics.get(name)?.histogram ?? metrics.get(name)?.sum)?.dataPoints.find((point) => {
        const found = attributesOf(point)
        return Object.entries({ 'gen_ai.provider.name': 'openai', ...more }).every(
          ([key, value]) => found[key] === value,
        )
      })
    assert.equal(Number(ofOpenai('gen_ai.client.operation.duration')?.count), 2)
    assert.equal(Number(ofOpenai('gen_ai.client.operation.time_to_first_chunk')?.count), 1)
    assert.equal(ofOpenai('gen_ai.client.token.usage', { 'gen_ai.token.type': 'input' })?.sum, 200)
    assert.equal(ofOpenai('gen_ai.client.token.usage', { 'gen_ai.token.type': 'output' })?.sum, 100)
    assert.ok(Math.abs((ofOpenai('aegis.cost')?.asDouble ?? 0) - 2 * (100 * 2.5e-6 + 50 * 10e-6)) < 1e-9)
    assert.equal(metrics.get('gen_ai.client.operation.duration')?.unit, 's')
  })

  test('of a model that a client made up is no series of a metric', async () => {
    await using collector = await startCollector()
    await exported(collector, async (world) => {
      await world.chat(question({ model: 'local_ollama/made-up-by-a-client' }))
    })
    assert.match(JSON.stringify(metricsOf(collector)), /_OTHER/)
    assert.doesNotMatch(JSON.stringify(metricsOf(collector)), /made-up-by-a-client/)
  })

  test('has no word of what was said, nor a key, in what is exported', async () => {
    await using collector = await startCollector()
    await exported(collector, async (world) => {
      const body = critical({ messages: [{ role: 'user', content: 'planted-prompt' }], user: 'planted-user' })
      world.openai.always({ text: 'planted-answer' })
      await world.chat(body)
      await world.chat({ ...body, stream: true })
      world.openai.always({ status: 400 })
      await world.chat(body)
    })
    assert.ok(collector.received.length >= 2)
    const text = collector.received.map((one) => one.text).join('\n')
    assert.doesNotMatch(text, /planted|sk-openai-test/)
  })
})

test('a restricted request leaves nothing at a collector and takes no trace along, declared or found', async () => {
  await using collector = await startCollector()
  let sent: string | string[] | undefined
  await exported(collector, async (world) => {
    const headers = { traceparent: `00-${theirTrace}-${theirSpan}-01` }
    await world.chat(question({ aegis: { data_classification: 'pii' } }), { headers })
    sent = world.local_ollama.journal.requests.findLast(({ path }) => path === '/api/chat')?.headers.traceparent
    const card = [{ role: 'user', content: 'My card is 4111 1111 1111 1111.' }]
    const found = await world.chat(critical({ messages: card }), { headers })
    assert.equal(found.headers['x-aegis-location'], 'local')
  })
  assert.equal(sent, undefined)
  assert.deepEqual(spansOf(collector), [])
  assert.deepEqual(metricsOf(collector), [])
})

test('a caller that does not sample its trace is not traced, nor is anybody at 0 per cent', async () => {
  for (const [otel, flags] of [
    [{}, '00'],
    [{ sample_percent: 0 }, undefined],
  ] as const) {
    await using collector = await startCollector()
    await exported(
      collector,
      async (world) => {
        const headers = flags === undefined ? {} : { traceparent: `00-${theirTrace}-${theirSpan}-${flags}` }
        await world.chat(critical(), { headers })
        const { traceparent } = world.openai.journal.requests.at(-1)?.headers ?? {}
        assert.match(String(traceparent), /-00$/)
      },
      otel,
    )
    assert.deepEqual(spansOf(collector), [])
  }
})

for (const wrong of [
  '00-0-0-01',
  `ff-${theirTrace}-${theirSpan}-01`,
  `00-${'0'.repeat(32)}-${theirSpan}-01`,
  'planted words',
]) {
  test(`a traceparent that is none is not passed on: ${wrong}`, async () => {
    await using collector = await startCollector()
    let sent = ''
    await exported(collector, async (world) => {
      await world.chat(critical(), { headers: { traceparent: wrong } })
      sent = String(world.openai.journal.requests.at(-1)?.headers.traceparent)
    })
    assert.match(sent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
    assert.equal(sent.includes(theirTrace), false)
    const root = spansOf(collector).find(({ kind }) => kind === SERVER)
    assert.ok(root && root.parentSpanId === undefined)
  })
}

test('without OpenTelemetry no traceparent goes anywhere', async () => {
  await using world = await startWorld()
  await world.chat(critical(), { headers: { traceparent: `00-${theirTrace}-${theirSpan}-01` } })
  assert.equal(world.openai.journal.requests.at(-1)?.headers.traceparent, undefined)
})

test('a collector that is away costs no request, and what is lost is counted', async () => {
  await using collector = await startCollector()
  collector.answer(400)
  await using world = await startWorld({ config: { telemetry: { otel: { endpoint: collector.url } } } })
  assert.equal((await world.chat(critical())).status, 200)
  await until(
    () =>
      (metricOf(world.gateway.aegis.gateway.renderMetrics(), 'aegis_telemetry_dropped_total{exporter="otel"}') ?? 0) >=
      2,
    'the spans are given up',
  )
})
