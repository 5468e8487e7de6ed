// Proves what spans hold of messages and answers: nothing unless that is switched on, then what the GenAI conventions name, of a
// bounded size, and of a request that is restricted or cannot be judged no span at all, also where only a search shows it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ConfigInput } from '../../src/config/schema.ts'
import type { JsonObject } from '../../src/testing/index.ts'
import { type Collector, startCollector } from '../make/collector.ts'
import { ask } from './client.ts'
import { critical, question, startWorld, type World } from './world.ts'

interface Span {
  readonly name: string
  readonly kind: number
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[]
}

const CLIENT = 3

function spansOf(collector: Collector): Span[] {
  type Body = { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] }
  return collector
    .bodies<Body>('/v1/traces')
    .flatMap(({ resourceSpans }) => resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)))
}

/** Runs requests before a collector that wants content, and stops, which sends what waits. */
async function exported(run: (world: World) => Promise<unknown>, privacy: ConfigInput['privacy'] = {}) {
  await using collector = await startCollector()
  const otel = { endpoint: collector.url, content: true }
  {
    await using world = await startWorld({ config: { telemetry: { otel }, privacy } })
    await run(world)
  }
  const spans = spansOf(collector)
  return { spans, text: collector.received.map(({ text }) => text).join('\n'), calls: spans.filter(isCall) }
}

const isCall = ({ kind }: Span) => kind === CLIENT
const json = (span: Span | undefined, name: string) => {
  const text = span?.attributes.find(({ key }) => key === `gen_ai.${name}`)?.value.stringValue
  return text === undefined ? undefined : (JSON.parse(text) as unknown)
}

const words = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: [{ type: 'text', text: 'What is the weather?' }] },
]
const card = 'My card is 4111 1111 1111 1111, please check it.'
const sentence = 'the weather stays dry until noon.\n'
const said = (content: string) => [{ role: 'user', content }]

describe('the span of a call, where content is switched on', () => {
  test('has the messages and the answer, whole or as a stream, and the span of its request has neither', async () => {
    const { spans, calls } = await exported(async (world) => {
      world.openai.always({ chunks: ['It is ', 'sunny.'] })
      await world.chat(critical({ messages: words }))
      await world.chat(critical({ messages: words, stream: true }))
    })
    assert.equal(calls.length, 2)
    for (const call of calls) {
      assert.deepEqual(json(call, 'input.messages'), [
        { role: 'system', parts: [{ type: 'text', content: 'Be brief.' }] },
        { role: 'user', parts: [{ type: 'text', content: 'What is the weather?' }] },
      ])
      assert.deepEqual(json(call, 'output.messages'), [
        { role: 'assistant', parts: [{ type: 'text', content: 'It is sunny.' }], finish_reason: 'stop' },
      ])
    }
    for (const span of spans.filter((one) => !isCall(one))) assert.equal(json(span, 'input.messages'), undefined)
  })

  test('has calls of tools and what they answered', async () => {
    const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"day":"today"}' } }
    const messages: JsonObject[] = [
      ...said('And today?'),
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'call_1', content: 'rain' },
    ]
    const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }]
    const { calls } = await exported(async (world) => {
      world.openai.always({ toolCalls: [{ name: 'weather', arguments: { day: 'tomorrow' } }] })
      await world.chat(critical({ messages, tools }))
      await world.chat(critical({ messages, tools, stream: true }))
    })
    assert.equal(calls.length, 2)
    for (const one of calls) {
      assert.partialDeepStrictEqual(json(one, 'input.messages'), [
        {},
        { parts: [{ type: 'tool_call', id: 'call_1', name: 'weather', arguments: '{"day":"today"}' }] },
        { role: 'tool', parts: [{ type: 'tool_call_response', id: 'call_1', response: 'rain' }] },
      ])
      assert.partialDeepStrictEqual(json(one, 'output.messages'), [
        {
          parts: [{ type: 'tool_call', name: 'weather', arguments: '{"day":"tomorrow"}' }],
          finish_reason: 'tool_call',
        },
      ])
    }
  })

  test('has instructions apart where the dialect has them apart', async () => {
    const { calls } = await exported(async (world) => {
      const body = { model: 'openai/gpt-4o', max_tokens: 100, system: 'Be brief.', messages: said('Hello') }
      assert.equal((await ask(`${world.gateway.url}/v1/messages`, body)).status, 200)
    })
    assert.deepEqual(json(calls[0], 'system_instructions'), [{ type: 'text', content: 'Be brief.' }])
    assert.deepEqual(json(calls[0], 'input.messages'), [{ role: 'user', parts: [{ type: 'text', content: 'Hello' }] }])
  })

  test('has no more of them than a collector takes: the newest, and the last in part', async () => {
    const messages = [
      ...said(`oldest ${sentence.repeat(900)}`),
      ...said(`older ${sentence.repeat(900)}`),
      ...said('newest'),
    ]
    const { calls, text } = await exported(async (world) => {
      world.openai.always({ text: sentence.repeat(3_000) })
      await world.chat(critical({ messages }))
    })
    const input = json(calls[0], 'input.messages') as { parts: { content: string }[] }[]
    assert.equal(input.at(-1)?.parts[0]?.content, 'newest')
    assert.match(String(input[0]?.parts[0]?.content), /^oldest the weather .*…$/s)
    const [answer] = json(calls[0], 'output.messages') as { parts: { content: string }[] }[]
    assert.match(String(answer?.parts[0]?.content), /^the weather .*…$/s)
    assert.ok(text.length < 90_000, String(text.length))
  })

  test('has them once, on the last of its calls', async () => {
    const { calls } = await exported(async (world) => {
      world.openai.always({ status: 500 })
      await world.chat(critical({ messages: words }))
    })
    const withContent = calls.filter((call) => json(call, 'input.messages') !== undefined)
    assert.ok(calls.length > 1)
    assert.equal(withContent.length, 1)
    assert.notEqual(json(withContent[0], 'output.messages'), undefined)
  })
})

const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${'iVBORw0KGgo'.repeat(4)}` } }
const restricted: readonly (readonly [says: string, ask: (world: World) => Promise<unknown>])[] = [
  ['declared', (world) => world.chat(question({ messages: said('CANARY'), aegis: { data_classification: 'hipaa' } }))],
  ['found on its way to a cloud', (world) => world.chat(critical({ messages: said(card) }))],
  ['that stayed here unsearched', (world) => world.chat(question({ messages: said(card) }))],
  [
    'that stayed here unsearched, as a stream of another dialect',
    (world) => {
      const body = { model: 'auto', max_tokens: 100, stream: true, system: card, messages: said('Hello') }
      return ask(`${world.gateway.url}/v1/messages`, body)
    },
  ],
  [
    'as nobody can judge it',
    (world) =>
      world.chat(question({ messages: [{ role: 'user', content: [{ type: 'text', text: 'CANARY' }, image] }] })),
  ],
  [
    'by what the answer says',
    (world) => {
      world.openai.always({ text: card })
      return world.chat(critical({ messages: words }))
    },
  ],
  [
    'by what the events of an answer say together',
    (world) => {
      world.openai.always({ chunks: ['My card is 4111 11', '11 1111 1111, please check it.'] })
      return world.chat(critical({ messages: words, stream: true }))
    },
  ],
  [
    'by the arguments of a call',
    (world) => {
      world.openai.always({ toolCalls: [{ name: 'pay', arguments: { card: '4111 1111 1111 1111' } }] })
      return world.chat(critical({ messages: words, stream: true }))
    },
  ],
  ['as a text to embed', (world) => ask(`${world.gateway.url}/v1/embeddings`, { model: 'auto:local', input: card })],
]

for (const [says, run] of restricted) {
  test(`a request that is restricted, ${says}, has no span where content is switched on`, async () => {
    const { spans, text } = await exported(run)
    assert.deepEqual(spans, [])
    assert.doesNotMatch(text, /CANARY|4111|My card/)
  })
}

test('where nothing is searched, only what was declared has a span', async () => {
  const { calls, text } = await exported(
    async (world) => {
      await world.chat(critical({ messages: said('CANARY') }))
      await world.chat(critical({ messages: said('declared words'), aegis: { data_classification: 'public' } }))
    },
    { detect: { enabled: false } },
  )
  assert.deepEqual(
    calls.map((call) => json(call, 'input.messages')),
    [[{ role: 'user', parts: [{ type: 'text', content: 'declared words' }] }]],
  )
  assert.doesNotMatch(text, /CANARY/)
})
