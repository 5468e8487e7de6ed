// The promises of LangChain's ChatModelUnitTests (langchainjs, libs/langchain-standard-tests). That package is not
// published on npm, so these are tests of our own after its list, in its order and for the same inputs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StructuredTool } from '@langchain/core/tools'
import * as z from 'zod'
import { AegisError } from '../../src/index.ts'
import { ChatAegis } from '../../src/langchain/index.ts'

const person = z.object({ name: z.string(), age: z.int().positive() }).describe('A person')

class PersonTool extends StructuredTool {
  name = 'PersonTool'
  description = 'A person'
  schema = person
  async _call(input: z.infer<typeof person>) {
    return JSON.stringify(input)
  }
}

const baseURL = 'http://127.0.0.1:8080'
/** The suite's standard parameters. */
const standard = { baseURL, temperature: 0, maxTokens: 100, timeout: 60, stopSequences: [], maxRetries: 2 }

test('a model is made from the standard parameters [testChatModelInit]', () => {
  assert.equal(new ChatAegis(standard)._llmType(), 'aegis')
})

test('a model is made with a key [testChatModelInitApiKey]', () => {
  assert.ok(new ChatAegis({ ...standard, apiKey: 'sk-aegis-x-y' }))
})

test('a model is made to stream [testChatModelInitStreaming]', () => {
  assert.ok(new ChatAegis({ ...standard, streaming: true }))
})

test('tools can be bound to it [testChatModelWithBindTools]', () => {
  assert.equal(typeof new ChatAegis(standard).bindTools([new PersonTool()]).invoke, 'function')
})

test('it can be held to a schema [testChatModelWithStructuredOutput]', () => {
  assert.equal(typeof new ChatAegis(standard).withStructuredOutput(person).invoke, 'function')
})

test('it tells tracers its provider, model, temperature, limit and stops [testStandardParams]', () => {
  const model = new ChatAegis({ ...standard, model: 'gpt-4o', stop: ['END'] })
  assert.deepEqual(model.getLsParams({}), {
    ls_provider: 'aegis',
    ls_model_name: 'gpt-4o',
    ls_model_type: 'chat',
    ls_temperature: 0,
    ls_max_tokens: 100,
    ls_stop: ['END'],
  })
})

test('neither a proxy nor an address, or both, is an error that names the way out', () => {
  const proxy = {} as never
  for (const fields of [{}, { proxy, baseURL }])
    assert.throws(() => new ChatAegis(fields), { code: 'invalid_request', param: 'proxy' })
  assert.throws(() => new ChatAegis({ baseURL: 'localhost' }), { code: 'invalid_request', param: 'baseURL' })
})

test('what LangChain keeps of the constructor has neither the key nor the proxy', () => {
  const model = new ChatAegis({ baseURL, apiKey: 'sk-aegis-id-secret', headers: { 'x-secret': 'hidden' } })
  const kept = JSON.stringify([model.lc_kwargs, model.toJSON(), model.serialize(), model._identifyingParams()])
  assert.doesNotMatch(kept, /sk-aegis|hidden/)
})

test('tokens are estimated without the network', async (context) => {
  const fetch = context.mock.method(globalThis, 'fetch', () => assert.fail('a request'))
  const model = new ChatAegis({ baseURL })
  assert.equal(await model.getNumTokens('four characters a token'), 6)
  assert.equal(await model.getNumTokens([{ type: 'text', text: 'eight ch' }]), 2)
  assert.equal(fetch.mock.callCount(), 0)
})

test('a tool of no known shape is refused by its place', () => {
  const model = new ChatAegis({ baseURL })
  assert.throws(
    () => model.bindTools([{ anything: true }]),
    (error) => error instanceof AegisError && error.param === 'tools[0]',
  )
})
