// Proves that a task's fields reach Aegis from the constructor, a binding and a call, and what the answer says of it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { BaseCallbackHandler } from '@langchain/core/callbacks/base'
import type { RunnableConfig } from '@langchain/core/runnables'
import * as z from 'zod'
import { AegisError } from '../../src/index.ts'
import { ChatAegis } from '../../src/langchain/index.ts'
import {
  arrived,
  type ConnectedWorld,
  connectionKinds,
  lastBody,
  localChatModel,
  startConnected,
} from '../make/connection.ts'

const modelIn = ({ connection }: ConnectedWorld, more: object = {}) => new ChatAegis({ ...connection, ...more })
const critical = { qualityRequirement: 'critical', complexity: 'high', dataClassification: 'public' } as const
async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = []
  for await (const item of items) list.push(item)
  return list
}
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => assert.fail('it did not fail'),
    (error: unknown) => error,
  )

for (const kind of connectionKinds) {
  describe(`the fields of a task over ${kind}`, () => {
    test('choose the provider from the constructor, a binding and a call alike', async () => {
      await using world = await startConnected(kind)
      const answers = [
        await modelIn(world, critical).invoke('Why?'),
        await modelIn(world).withConfig(critical).invoke('Why?'),
        await modelIn(world).invoke('Why?', critical),
      ]
      for (const { response_metadata: told } of answers) {
        assert.deepEqual([told.provider, told.location, told.reason], ['openai', 'cloud', 'critical_quality'])
      }
    })

    test('say in the answer who gave it, what it was treated as, and what it cost', async () => {
      await using world = await startConnected(kind)
      const { response_metadata: told } = await modelIn(world).invoke('Why?', critical)
      assert.equal(told.model_provider, 'aegis')
      assert.deepEqual([told.model_name, told.classification, told.attempts], ['gpt-4o', 'public', 1])
      assert.ok(Number(told.cost_usd) > 0)
      assert.match(String(told.request_id), /^req_/)
      const streamed = (await all(await modelIn(world).stream('Why?', critical))).at(-1)?.response_metadata
      const { tokenUsage: _, request_id: __, ...same } = told
      assert.deepEqual({ ...streamed, request_id: undefined }, { ...same, request_id: undefined })
    })

    test('keep a restricted question at home, whatever model was named', async () => {
      await using world = await startConnected(kind)
      const { response_metadata: told } = await modelIn(world, { model: 'gpt-4o' }).invoke('Why?', {
        dataClassification: 'hipaa',
      })
      assert.deepEqual([told.location, told.reason], ['local', 'sensitive_data_local_only'])
      assert.equal(arrived(world.openai).length, 0)
    })

    test('raise a classification and never lower one that was made or bound with', async () => {
      await using world = await startConnected(kind)
      const lowered = [
        modelIn(world, { dataClassification: 'hipaa' }).invoke('Why?', critical),
        modelIn(world).withConfig({ dataClassification: 'pii' }).invoke('Why?', critical),
        modelIn(world).withConfig({ dataClassification: 'pii' }).withConfig(critical).invoke('Why?'),
      ]
      assert.deepEqual(
        (await Promise.all(lowered)).map((answer) => answer.response_metadata.classification),
        ['hipaa', 'pii', 'pii'],
      )
      assert.equal(arrived(world.openai).length, 0)
    })

    test('of a call reach the model through chains, bound tools and structured output', async () => {
      await using world = await startConnected(kind)
      const model = modelIn(world, critical)
      const schema = z.object({ a: z.string() })
      const chains = [
        model.withStructuredOutput(schema),
        model.withStructuredOutput(schema, { method: 'functionCalling' }),
        model.withStructuredOutput(schema, { includeRaw: true }),
        model.bindTools([]).pipe((answer) => answer.content),
      ]
      for (const chain of chains) await chain.invoke('Why?', { dataClassification: 'hipaa' } as RunnableConfig)
      assert.deepEqual([arrived(world.local).length, arrived(world.openai).length], [chains.length, 0])
    })

    test('that are misspelt or unknown are an error that names the field', async () => {
      await using world = await startConnected(kind)
      const error = await failure(modelIn(world).invoke('Why?', { dataClassification: 'Hipaa' as 'hipaa' }))
      assert.ok(error instanceof AegisError)
      assert.deepEqual([error.code, error.param], ['invalid_request', 'dataClassification'])
      assert.equal(arrived(world.local).length + arrived(world.openai).length, 0)
    })

    test('pass on the generation: limit, temperature, stops, and members of OpenAI’s own', async () => {
      await using world = await startConnected(kind)
      const model = modelIn(world, {
        model: 'gpt-4o',
        dataClassification: 'public',
        temperature: 0.2,
        parameters: { seed: 7 },
      })
      await model.invoke('Why?', { maxTokens: 33, stop: ['END'], parameters: { top_p: 0.5 } })
      const { temperature, max_tokens, stop, seed, top_p } = lastBody(world.openai)
      assert.deepEqual([temperature, max_tokens, stop, seed, top_p], [0.2, 33, ['END'], 7, 0.5])
    })

    for (const [choice, sent] of [
      ['any', 'required'],
      ['none', 'none'],
      ['adder', { type: 'function', function: { name: 'adder' } }],
    ] as const) {
      test(`send the choice of tools ${choice} as OpenAI has it`, async () => {
        await using world = await startConnected(kind)
        const adder = { type: 'function', function: { name: 'adder', parameters: { type: 'object' } } }
        await modelIn(world, { model: 'gpt-4o', dataClassification: 'public' })
          .bindTools([adder], { tool_choice: choice })
          .invoke('Add')
        assert.deepEqual(lastBody(world.openai).tool_choice, sent)
      })
    }

    test('belong to the budget of their tags, which LangChain’s own tags have no part in', async () => {
      const limit = { tag: 'reports', per: 'month', limit: 0.000001 }
      await using world = await startConnected(kind, { budgets: { limits: [limit] } })
      const held = await modelIn(world).invoke('Why?', { ...critical, taskTags: ['reports'] })
      assert.equal(held.response_metadata.provider, 'local')
      const free = await modelIn(world).invoke('Why?', { ...critical, tags: ['reports'] })
      assert.equal(free.response_metadata.provider, 'openai')
    })

    test('end with a signal: LangChain’s caller gets its reason and the upstream is let go', async () => {
      await using world = await startConnected(kind)
      world.local.next({ hang: 'before_headers' })
      const controller = new AbortController()
      const asked = failure(modelIn(world).invoke('Why?', { signal: controller.signal }))
      await world.local.journal.waitFor(({ path }) => path === '/api/chat', 60_000)
      controller.abort()
      assert.equal(((await asked) as Error).name, 'AbortError')
      await world.local.journal.waitFor(({ ended }) => ended === 'client_closed', 60_000)
    })

    test('a stream that its reader leaves is ended upstream', async () => {
      await using world = await startConnected(kind)
      world.local.next({ chunks: Array.from({ length: 20_000 }, (_, index) => `word${index} `), chunkGapMs: 2 })
      for await (const chunk of await modelIn(world).stream('Why?')) if (chunk.content !== '') break
      await world.local.journal.waitFor(({ ended }) => ended === 'client_closed', 60_000)
    })

    test('a stream that breaks off is an error, not the end of an answer', async () => {
      await using world = await startConnected(kind)
      world.local.next({ chunks: ['one ', 'two ', 'three'], disconnectAfter: 2 })
      const error = await failure(all(await modelIn(world).stream('Why?')))
      assert.ok(error instanceof AegisError)
      assert.equal(error.code, 'upstream_error')
    })

    test('with nobody at home a restricted question fails with the code that says so', async () => {
      await using world = await startConnected(kind)
      await world.local.stopListening()
      const error = await failure(modelIn(world).invoke('Why?', { dataClassification: 'pii' }))
      assert.ok(error instanceof AegisError)
      assert.deepEqual(
        [error.code, error.status, arrived(world.openai).length],
        ['local_unavailable_for_restricted_data', 503, 0],
      )
    })

    test('over a budget the error has the figures’ code and status', async () => {
      await using world = await startConnected(kind, {
        budgets: { monthly_limits: { openai: 0.000001 } },
        routing: { fallback: ['openai'] },
      })
      const error = await failure(
        modelIn(world).invoke('Why?', { model: 'openai/gpt-4o', dataClassification: 'public' }),
      )
      assert.ok(error instanceof AegisError)
      assert.deepEqual([error.code, error.status], ['budget_exceeded', 402])
    })
  })
}

class Seen extends BaseCallbackHandler {
  readonly name = 'seen'
  readonly calls: string[] = []
  override handleChatModelStart() {
    this.calls.push('start')
  }
  override handleLLMNewToken(token: string) {
    if (token !== '') this.calls.push('token')
  }
  override handleLLMEnd() {
    this.calls.push('end')
  }
  override handleLLMError() {
    this.calls.push('error')
  }
}

describe('callbacks', () => {
  test('see the start, the pieces and the end of a call', async () => {
    await using world = await startConnected('a proxy in process')
    const seen = new Seen()
    await modelIn(world, { streaming: true }).invoke('Why?', { callbacks: [seen] })
    assert.deepEqual([seen.calls[0], seen.calls[1], seen.calls.at(-1)], ['start', 'token', 'end'])
    const failed = new Seen()
    await failure(modelIn(world).invoke('Why?', { model: 'no-such-model', callbacks: [failed] }))
    assert.deepEqual(failed.calls, ['start', 'error'])
  })
})

test('a reply that does not fit its schema is an error without a word of the reply', async () => {
  await using world = await startConnected('a proxy in process')
  world.local.next({ text: 'patient-canary is no JSON' })
  const schema = { title: 'person', type: 'object', properties: { name: { type: 'string' } } }
  const error = await failure(modelIn(world).withStructuredOutput(schema).invoke('Who?'))
  assert.ok(error instanceof AegisError)
  assert.doesNotMatch(inspect(error, { depth: 9 }), /canary/)
  assert.equal(lastBody(world.local).model, localChatModel)
})
