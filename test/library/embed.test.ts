// `embed` in process: the same classification, routing and budgets as every other task.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ConfigInput } from '../../src/config/schema.ts'
import { AegisError, AegisLLMProxy, type EmbedTask } from '../../src/index.ts'
import { startOllamaUpstream, startOpenAIUpstream, type Upstream } from '../../src/testing/index.ts'
import { localOllama, openAIProvider } from '../make/gateway.ts'

interface World extends AsyncDisposable {
  readonly local: Upstream
  readonly openai: Upstream
  readonly aegis: AegisLLMProxy
}

async function startWorld(more: Partial<ConfigInput> = {}): Promise<World> {
  const local = await startOllamaUpstream({ label: 'local', models: ['llama3.2:8b', 'nomic-embed-text'] })
  const openai = await startOpenAIUpstream({ label: 'openai', apiKey: 'sk-openai-test' })
  const aegis = await AegisLLMProxy.create(
    {
      providers: {
        local: localOllama(local, { models: ['llama3.2:8b', 'nomic-embed-text'] }),
        openai: openAIProvider(openai, { models: ['gpt-4o', 'text-embedding-3-small'] }),
      },
      budgets: { monthly_limits: { openai: 1 } },
      ledger: 'memory:',
      ...more,
    } satisfies ConfigInput,
    { env: {} },
  )
  const close = async () => {
    await aegis.close()
    await Promise.all([local.close(), openai.close()])
  }
  return { local, openai, aegis, [Symbol.asyncDispose]: close }
}

const embedded = ({ journal }: Upstream) => journal.requests.filter(({ path }) => /embed/.test(path))
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => assert.fail('it did not fail'),
    (error: unknown) => (error instanceof AegisError ? error : assert.fail(String(error))),
  )

test('texts become vectors, with who made them and what it cost', async () => {
  await using world = await startWorld()
  const one = await world.aegis.embed({ input: 'A text.' })
  assert.deepEqual([one.provider, one.model, one.location, one.costUsd], ['local', 'nomic-embed-text', 'local', 0])
  assert.equal(one.vectors.length, 1)
  const many = await world.aegis.embed({
    input: ['A text.', 'another'],
    model: 'text-embedding-3-small',
    dimensions: 8,
  })
  assert.deepEqual([many.provider, many.vectors.length, many.vectors[0]?.length], ['openai', 2, 8])
  assert.ok(many.costUsd > 0)
  assert.deepEqual(many.usage?.outputTokens, 0)
})

describe('restricted texts', () => {
  for (const dataClassification of ['confidential', 'pii', 'hipaa'] as const) {
    test(`${dataClassification} texts embed on this machine only, whatever model was named`, async () => {
      await using world = await startWorld()
      const answer = await world.aegis.embed({
        input: 'A secret.',
        model: 'text-embedding-3-small',
        dataClassification,
      })
      assert.deepEqual(
        [answer.location, answer.model, answer.reason],
        ['local', 'nomic-embed-text', 'sensitive_data_local_only'],
      )
      assert.equal(embedded(world.openai).length, 0)
    })
  }

  test('are refused while the local provider is down, and never leave', async () => {
    await using world = await startWorld()
    await world.local.stopListening()
    const error = await failure(world.aegis.embed({ input: 'A secret.', dataClassification: 'pii' }))
    assert.deepEqual([error.code, error.status], ['local_unavailable_for_restricted_data', 503])
    assert.equal(world.openai.journal.requests.length, 0)
  })
})

describe('money', () => {
  test('is held for the worst case of all texts together and settled by the usage', async () => {
    await using world = await startWorld()
    const { costUsd, usage } = await world.aegis.embed({ input: ['one two', 'three'], model: 'text-embedding-3-small' })
    assert.equal(costUsd, ((usage?.inputTokens ?? 0) * 0.02) / 1e6)
    const budget = (await world.aegis.budgets()).find(({ subject }) => subject === 'openai')
    assert.deepEqual([Number(budget?.spent) / 1e9, budget?.reserved], [costUsd, 0])
  })

  test('that is not there stops the embedding before it is sent, and no other model steps in', async () => {
    await using world = await startWorld({ budgets: { monthly_limits: { openai: 0.000001 } } })
    const error = await failure(world.aegis.embed({ input: 'word '.repeat(100), model: 'text-embedding-3-small' }))
    assert.deepEqual([error.code, error.status], ['budget_exceeded', 402])
    assert.equal(world.openai.journal.requests.length, 0)
    assert.equal(embedded(world.local).length, 0)
  })

  test('of a batch beyond one context window is bounded by all of its windows', async () => {
    // 20 texts of 8,000 bytes: more than the 8,192 tokens of one window, by the bound of a token a byte.
    await using world = await startWorld({ budgets: { monthly_limits: { openai: 0.002 } } })
    const input = Array.from({ length: 20 }, () => 'many words '.repeat(728))
    const error = await failure(world.aegis.embed({ input, model: 'text-embedding-3-small' }))
    assert.equal(error.code, 'budget_exceeded')
  })

  test('is charged in full when no usage was reported', async () => {
    await using world = await startWorld()
    world.openai.next({ usage: 'absent' })
    const { costUsd, usage } = await world.aegis.embed({ input: 'A text.', model: 'text-embedding-3-small' })
    assert.equal(usage, undefined)
    assert.ok(costUsd > 0)
  })
})

test('a failing provider hands over to another one of the same model', async () => {
  await using first = await startOllamaUpstream({ models: ['nomic-embed-text'] })
  await using second = await startOllamaUpstream({ models: ['nomic-embed-text'] })
  const models = ['nomic-embed-text']
  await using aegis = await AegisLLMProxy.create(
    {
      providers: { first: localOllama(first, { models }), second: localOllama(second, { models }) },
      ledger: 'memory:',
    },
    { env: {} },
  )
  first.next({ status: 500 })
  const answer = await aegis.embed({ input: 'A text.' })
  assert.equal(answer.provider, 'second')
  assert.deepEqual(
    answer.attempts.map(({ provider, result }) => `${provider} ${result}`),
    ['first server_error', 'second answered'],
  )
})

test('a task can be explained before anything is sent', async () => {
  await using world = await startWorld()
  const explained = world.aegis.explain({ input: 'A text.', model: 'text-embedding-3-small' })
  assert.deepEqual(
    explained.candidates.map(({ provider, model }) => `${provider}/${model}`),
    ['openai/text-embedding-3-small'],
  )
  assert.equal(world.openai.journal.requests.length, 0)
})

const wrong: readonly (readonly [string, object])[] = [
  ['input', {}],
  ['input', { input: '' }],
  ['input[1]', { input: ['a', ''] }],
  ['dimensions', { input: 'a', dimensions: 1.5 }],
  ['prompt', { input: 'a', prompt: 'b' }],
  ['dataClassification', { input: 'a', dataClassification: 'secret' }],
]
for (const [param, task] of wrong) {
  test(`${JSON.stringify(task)} is refused for ${param}`, async () => {
    await using world = await startWorld()
    const error = await failure(world.aegis.embed(task as EmbedTask))
    assert.deepEqual([error.code, error.param], ['invalid_request', param])
  })
}

test('a signal stops an embedding', async () => {
  await using world = await startWorld()
  world.local.next({ hang: 'before_headers' })
  const stopper = new AbortController()
  const running = failure(world.aegis.embed({ input: 'A text.', signal: stopper.signal }))
  while (embedded(world.local).length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  stopper.abort()
  assert.equal((await running).code, 'client_closed')
})
