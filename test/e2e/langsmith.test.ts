// Proves what LangSmith is sent: runs with tags, tokens and cost; words only where they were switched on and may leave; of
// restricted requests nothing, also of those that only a search shows to be restricted.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Collector, startCollector } from '../make/collector.ts'
import { critical, metricOf, question, startWorld, until, type World } from './world.ts'

interface Run {
  readonly session_name: string
  readonly run_type: string
  readonly name: string
  readonly inputs: object
  readonly outputs: object
  readonly tags: readonly string[]
  readonly error?: string
  readonly extra: { readonly metadata: Readonly<Record<string, unknown>> }
}

const runsOf = (collector: Collector): Run[] =>
  collector.bodies<{ post: Run[] }>('/runs/batch').flatMap(({ post }) => post)

async function told(collector: Collector, langsmith: object, run: (world: World) => Promise<void>): Promise<Run[]> {
  const api_key = 'lsv2-key-of-langsmith'
  const config = { telemetry: { langsmith: { api_key, endpoint: collector.url, ...langsmith } } }
  {
    await using world = await startWorld({ config })
    await run(world)
  }
  return runsOf(collector)
}

const words = [{ role: 'user', content: 'planted-question' }]

describe('a run at LangSmith', () => {
  test('has who answered, tokens and cost, and no word unless that is switched on', async () => {
    await using collector = await startCollector()
    const runs = await told(collector, { project: 'tests' }, async (world) => {
      world.openai.always({ text: 'planted-answer', usage: { prompt_tokens: 100, completion_tokens: 50 } })
      await world.chat(critical({ messages: words }))
      await world.chat(critical({ messages: words, stream: true }))
    })
    assert.equal(runs.length, 2)
    for (const run of runs) {
      assert.deepEqual([run.session_name, run.run_type, run.name], ['tests', 'llm', 'openai/gpt-4o'])
      assert.deepEqual([run.inputs, run.outputs], [{}, {}])
      for (const tag of ['provider:openai', 'model:gpt-4o', 'location:cloud', 'reason:critical_quality', 'status:ok']) {
        assert.ok(run.tags.includes(tag), tag)
      }
      const { usage_metadata: usage, ls_provider: provider } = run.extra.metadata as {
        usage_metadata: Record<string, number>
        ls_provider: string
      }
      assert.equal(provider, 'openai')
      assert.deepEqual([usage.input_tokens, usage.output_tokens, usage.total_cost], [100, 50, 0.00075])
    }
    const sent = collector.received.map(({ text, headers }) => text + JSON.stringify(headers)).join('\n')
    assert.doesNotMatch(sent, /planted|sk-openai-test/)
    assert.equal(collector.received[0]?.headers['x-api-key'], 'lsv2-key-of-langsmith')
  })

  test('with content has the messages and the answer, whole or as a stream', async () => {
    await using collector = await startCollector()
    const runs = await told(collector, { content: true }, async (world) => {
      world.openai.always({ chunks: ['planted-', 'answer'] })
      await world.chat(critical({ messages: words }))
      await world.chat(critical({ messages: words, stream: true }))
      await world.chat(question({ messages: words }))
    })
    assert.equal(runs.length, 3)
    for (const run of runs) assert.deepEqual(run.inputs, { messages: words })
    const answers = runs.filter(({ name }) => name.startsWith('openai')).map(({ outputs }) => JSON.stringify(outputs))
    assert.equal(answers.length, 2)
    for (const answer of answers) assert.match(answer, /planted-answer/)
  })

  test('says how a request ended that nobody answered', async () => {
    await using collector = await startCollector()
    const runs = await told(collector, {}, async (world) => {
      for (const upstream of [world.openai, world.ollama_cloud, world.local_ollama]) upstream.always({ status: 500 })
      await world.chat(critical())
    })
    assert.deepEqual(
      runs.map(({ error, tags }) => [error, tags.includes('status:failed')]),
      [['failed', true]],
    )
  })
})

const card = 'My card is 4111 1111 1111 1111, please check it.'
const restricted: readonly (readonly [says: string, ask: (world: World) => Promise<unknown>])[] = [
  ['declared', (world) => world.chat(question({ aegis: { data_classification: 'hipaa' } }))],
  ['found on its way to a cloud', (world) => world.chat(critical({ messages: [{ role: 'user', content: card }] }))],
  ['that stayed here unsearched', (world) => world.chat(question({ messages: [{ role: 'user', content: card }] }))],
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
]

for (const [says, ask] of restricted) {
  test(`of a request that is restricted, ${says}, LangSmith hears nothing with content on`, async () => {
    await using collector = await startCollector()
    const runs = await told(collector, { content: true }, async (world) => {
      await ask(world)
    })
    assert.deepEqual(runs, [])
    assert.deepEqual(collector.received, [])
  })
}

test('where nothing is searched, words go along only of what was declared', async () => {
  await using collector = await startCollector()
  const langsmith = { api_key: 'lsv2-key-of-langsmith', endpoint: collector.url, content: true }
  {
    const config = { telemetry: { langsmith }, privacy: { detect: { enabled: false } } }
    await using world = await startWorld({ config })
    await world.chat(critical({ messages: [{ role: 'user', content: 'undeclared-canary' }] }))
    await world.chat(critical({ messages: words, aegis: { data_classification: 'public' } }))
  }
  assert.deepEqual(
    runsOf(collector).map(({ inputs }) => inputs),
    [{ messages: words }],
  )
})

test('a LangSmith that is away costs no request, and the runs are counted as dropped', async () => {
  await using collector = await startCollector()
  collector.answer(403)
  const langsmith = { api_key: 'lsv2-key-of-langsmith', endpoint: collector.url }
  await using world = await startWorld({ config: { telemetry: { langsmith } } })
  assert.equal((await world.chat(critical())).status, 200)
  const page = () => world.gateway.aegis.gateway.renderMetrics()
  await until(
    () => (metricOf(page(), 'aegis_telemetry_dropped_total{exporter="langsmith"}') ?? 0) >= 1,
    'the run is given up',
  )
})
