// Proves that models which are known not to serve a request are left out, each with its reason, and unknown ones are not.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { chatBody } from '../../test/make/chat-body.ts'
import { embeddingBody } from '../../test/make/embedding-body.ts'
import { routingPolicy } from '../../test/make/policy.ts'
import { cloudProvider, localProvider, openaiProvider } from '../../test/make/provider.ts'
import { classifiedAs, task } from '../../test/make/task.ts'
import type { DataClassification } from '../domain/data-classification.ts'
import { type ModelFacts, onlyThese } from '../domain/model-facts.ts'
import type { RequestBody } from '../domain/request-body.ts'
import type { ModelChoice } from '../domain/task.ts'
import { finalError } from './fallback.ts'
import { createModelCatalogue, type ListedModels } from './model-catalogue.ts'
import { type RoutableProvider, type RoutePlan, route } from './route.ts'

interface Asked {
  readonly body: RequestBody
  readonly listed?: ListedModels
  readonly providers?: readonly RoutableProvider[]
  readonly model?: ModelChoice
  readonly level?: DataClassification
}

function plan({ body, listed = {}, providers, model = { by: 'policy' }, level = 'public' }: Asked): RoutePlan {
  const catalogue = createModelCatalogue({ providers: [], listed, priceList: { find: () => undefined } })
  return route(task({ body, model }), classifiedAs(level), routingPolicy(providers, { catalogue }))
}

const order = ({ attempts }: RoutePlan) => attempts.map(({ provider, model }) => `${provider.name}/${model}`)
const leftOut = ({ excluded }: RoutePlan) =>
  excluded.map(({ provider, model, cause }) => `${provider}/${model} ${cause}`)

const image = [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }]
const sound = [{ type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } }]
const tools = [{ type: 'function', function: { name: 'f' } }]
const can = (...capabilities: Parameters<typeof onlyThese>[0]): ModelFacts => ({
  capabilities: onlyThese(capabilities),
})

describe('a request that needs a capability', () => {
  const cases = [
    ['images', chatBody({ messages: [{ role: 'user', content: image }] }), 'vision', 'takes no images'],
    ['audio', chatBody({ messages: [{ role: 'user', content: sound }] }), 'audio', 'takes no audio'],
    ['tools', chatBody({ tools }), 'tools', 'calls no tools'],
  ] as const
  for (const [what, body, capability, detail] of cases) {
    test(`passes over models that are known not to do ${what}, and asks those of which it is not known`, () => {
      const listed = { local_ollama: { 'gemma-3-4b': can('chat'), 'llama3.2:8b': can('chat') } }
      const found = plan({ body, listed })
      assert.deepEqual(order(found), ['openai/gpt-4o', 'ollama_cloud/gpt-oss:120b'])
      assert.deepEqual(leftOut(found), [
        'local_ollama/llama3.2:8b lacks_capability',
        'local_ollama/gemma-3-4b lacks_capability',
      ])
      assert.equal(found.excluded[0]?.detail, detail)
    })

    test(`takes the provider's next model that does ${what}`, () => {
      const listed = { local_ollama: { 'gemma-3-4b': can('chat'), 'llama3.2:8b': can(capability) } }
      assert.equal(order(plan({ body, listed }))[0], 'local_ollama/llama3.2:8b')
    })
  }

  test('tools that may not be called need no model that calls them', () => {
    const listed = { local_ollama: { 'gemma-3-4b': can('chat') } }
    assert.equal(order(plan({ body: chatBody({ tools, tool_choice: 'none' }), listed }))[0], 'local_ollama/gemma-3-4b')
    assert.equal(order(plan({ body: chatBody({ tools: [] }), listed }))[0], 'local_ollama/gemma-3-4b')
  })

  test('a chat does not go to a model that only embeds', () => {
    const local = localProvider({ models: ['nomic-embed-text', 'llama3.2'] })
    assert.deepEqual(order(plan({ body: chatBody(), providers: [local] })), ['local_ollama/llama3.2'])
  })

  test('an explicit model that cannot is passed over as well, for another one of its provider', () => {
    const model: ModelChoice = { by: 'provider', provider: 'openai', model: 'gpt-4o' }
    const listed = { openai: { 'gpt-4o': can('chat'), 'gpt-4o-mini': can('vision') } }
    const found = plan({ body: chatBody({ messages: [{ role: 'user', content: image }] }), listed, model })
    assert.deepEqual(order(found).slice(-1), ['openai/gpt-4o-mini'])
    assert.ok(leftOut(found).includes('openai/gpt-4o lacks_capability'))
  })

  test('restricted data that no local model can serve is refused for that, and goes nowhere', () => {
    const body = chatBody({ messages: [{ role: 'user', content: image }] })
    const listed = { local_ollama: { 'gemma-3-4b': can('chat'), 'llama3.2:8b': can('chat') } }
    const found = plan({ body, listed, level: 'pii' })
    assert.deepEqual(order(found), [])
    const error = finalError(found, [], [])
    assert.deepEqual([error.code, error.status], ['invalid_request', 400])
    assert.match(error.message, /gemma-3-4b at local_ollama takes no images/)
  })

  test('is not refused as impossible while a provider is closed', () => {
    const providers = [localProvider({ models: ['a'] }), openaiProvider({ closedBecause: 'it has no key' })]
    const body = chatBody({ tools })
    const found = plan({ body, providers, listed: { local_ollama: { a: can('chat') } } })
    assert.equal(finalError(found, [], []).code, 'no_candidate')
  })
})

describe('a prompt of 1000 words', () => {
  const body = chatBody({ messages: [{ role: 'user', content: 'word '.repeat(1000) }] })
  const reads = (contextTokens: number): ModelFacts => ({ contextTokens })

  test('passes over windows that are surely too small, for the next with a larger or an unknown one', () => {
    const listed = {
      local_ollama: { 'gemma-3-4b': reads(512), 'llama3.2:8b': reads(1000) },
      openai: { 'gpt-4o': reads(4096) },
    }
    const found = plan({ body, listed })
    assert.deepEqual(order(found), ['openai/gpt-4o', 'ollama_cloud/gpt-oss:120b'])
    assert.equal(found.excluded[0]?.cause, 'context_too_small')
  })

  test('is not counted out by a window that it may fit into', () => {
    const listed = { local_ollama: { 'gemma-3-4b': reads(1010) } }
    assert.equal(order(plan({ body, listed }))[0], 'local_ollama/gemma-3-4b')
  })

  test('is an error that names the largest window and the count where none is large enough', () => {
    const listed = { local_ollama: { 'gemma-3-4b': reads(512), 'llama3.2:8b': reads(700) } }
    const found = plan({ body, listed, providers: [localProvider()] })
    assert.deepEqual(order(found), [])
    const error = finalError(found, [], [])
    assert.deepEqual([error.code, error.status, error.param], ['context_length_exceeded', 400, 'messages'])
    assert.match(error.message, /at least 1001 tokens, .* has 700 \(llama3\.2:8b at local_ollama\)/)
    assert.equal(error.extra?.context_tokens, 700)
    assert.doesNotMatch(JSON.stringify([error.message, error.extra]), /word word/)
  })
})

describe('an embedding', () => {
  const body = embeddingBody({ input: ['a', 'b'] })
  const local = localProvider({ models: ['llama3.2', 'nomic-embed-text', 'bge-m3'] })
  const openai = openaiProvider({ models: ['gpt-4o', 'text-embedding-3-small'] })

  test("goes to a provider's first model that embeds", () => {
    assert.equal(order(plan({ body, providers: [local, openai] }))[0], 'local_ollama/nomic-embed-text')
  })

  test('has no second candidate of another model, since vectors of two models do not compare', () => {
    const found = plan({ body, providers: [local, openai] })
    assert.deepEqual(order(found), ['local_ollama/nomic-embed-text'])
    assert.match(found.excluded.at(-1)?.detail ?? '', /vectors of another one do not compare/)
  })

  test('falls back to another provider that has the same model', () => {
    const second = localProvider({ name: 'second', models: ['bge-m3', 'nomic-embed-text'] })
    const found = plan({ body, providers: [local, openai, second] })
    assert.deepEqual(order(found), ['local_ollama/nomic-embed-text', 'second/nomic-embed-text'])
  })

  test('goes to a named model of which nothing is known, and not to one that nobody named', () => {
    const providers = [localProvider({ models: ['mystery'] })]
    const model: ModelChoice = { by: 'model', model: 'mystery' }
    assert.deepEqual(order(plan({ body, providers, model })), ['local_ollama/mystery'])
    assert.deepEqual(order(plan({ body, providers })), [])
    assert.equal(finalError(plan({ body, providers }), [], []).code, 'invalid_request')
  })

  test('of restricted data stays on this machine, whatever model was named', () => {
    const model: ModelChoice = { by: 'model', model: 'text-embedding-3-small' }
    const found = plan({ body, providers: [openai, local, cloudProvider()], model, level: 'hipaa' })
    assert.deepEqual(order(found), ['local_ollama/nomic-embed-text'])
    assert.equal(found.reason, 'sensitive_data_local_only')
  })

  test('of a closed provider is not given to another model', () => {
    const model: ModelChoice = { by: 'model', model: 'text-embedding-3-small' }
    const closed = { ...openai, closedBecause: 'it has no key' }
    const found = plan({ body, providers: [closed, local], model })
    assert.deepEqual(order(found), [])
    assert.equal(finalError(found, [], []).code, 'no_candidate')
  })

  test('is counted by its longest text, since each is read by itself', () => {
    const listed = { local_ollama: { 'nomic-embed-text': { contextTokens: 100, capabilities: { embeddings: true } } } }
    const providers = [localProvider({ models: ['nomic-embed-text'] })]
    const many = embeddingBody({
      input: Array.from({ length: 50 }, () => 'ten words are in this text that is short enough'),
    })
    assert.equal(order(plan({ body: many, providers, listed })).length, 1)
    const long = embeddingBody({ input: ['short', 'word '.repeat(101)] })
    assert.deepEqual(leftOut(plan({ body: long, providers, listed })), [
      'local_ollama/nomic-embed-text context_too_small',
    ])
    const tokens = embeddingBody({ input: [Array.from({ length: 101 }, (_, index) => index)] })
    assert.equal(order(plan({ body: tokens, providers, listed })).length, 0)
  })
})
