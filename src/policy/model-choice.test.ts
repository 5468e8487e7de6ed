// Proves what the member `model` asks for.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cloudProvider, localProvider, openaiProvider } from '../../test/make/provider.ts'
import type { JsonValue } from '../domain/chat-body.ts'
import { AegisError } from '../domain/errors.ts'
import type { ModelChoice } from '../domain/task.ts'
import { readModel } from './model-choice.ts'

const providers = [
  localProvider({ models: ['llama3.2:8b', 'auto:own', 'openai/gpt-4o'] }),
  cloudProvider(),
  openaiProvider(),
  openaiProvider({ name: 'llama3.2', models: ['x'] }),
]
const from = (provider: string, model: string): ModelChoice => ({ by: 'provider', provider, model })

const understood: readonly (readonly [JsonValue | undefined, ModelChoice])[] = [
  [undefined, { by: 'policy' }],
  ['auto', { by: 'policy' }],
  ['aegis/auto', { by: 'policy' }],
  ['auto:local', { by: 'tier', tier: 'local' }],
  ['auto:cloud', { by: 'tier', tier: 'cloud' }],
  ['aegis/auto:local', { by: 'tier', tier: 'local' }],
  ['gpt-4o', { by: 'model', model: 'gpt-4o' }],
  ['llava-13b', { by: 'model', model: 'llava-13b' }],
  // A configured name wins over the reading as provider and model.
  ['llama3.2:8b', { by: 'model', model: 'llama3.2:8b' }],
  ['openai/gpt-4o', { by: 'model', model: 'openai/gpt-4o' }],
  ['auto:own', { by: 'model', model: 'auto:own' }],
  ['openai/gpt-4o-mini', from('openai', 'gpt-4o-mini')],
  ['openai:gpt-4o-mini', from('openai', 'gpt-4o-mini')],
  ['ollama_cloud/gpt-oss:120b', from('ollama_cloud', 'gpt-oss:120b')],
  ['ollama_cloud:gpt-oss:120b', from('ollama_cloud', 'gpt-oss:120b')],
  ['llama3.2:1b', from('llama3.2', '1b')],
  ['openai/not-configured', from('openai', 'not-configured')],
  ['openai/meta/llama:8b', from('openai', 'meta/llama:8b')],
]

const unknown = [
  'gpt-5',
  'Auto',
  'auto:',
  'auto:gpu',
  'AUTO',
  'aegis/gpt-4o',
  'nobody/gpt-4o',
  'openai',
  'openai/',
  'openai:',
  '/gpt-4o',
  ':x',
  ' gpt-4o',
  'gpt-4o ',
]

describe('the member model', () => {
  for (const [value, choice] of understood) {
    test(`${JSON.stringify(value)} asks for ${JSON.stringify(choice)}`, () => {
      assert.deepEqual(readModel(value, providers), choice)
    })
  }

  for (const value of unknown) {
    test(`${JSON.stringify(value)} is a model that nobody has`, () => {
      assert.throws(() => readModel(value, providers), { code: 'unknown_model', status: 404, param: 'model' })
    })
  }

  for (const value of [null, '', 3, true, ['auto'], { name: 'auto' }]) {
    test(`${JSON.stringify(value)} is not a model`, () => {
      assert.throws(() => readModel(value, providers), { code: 'invalid_request', status: 400, param: 'model' })
    })
  }

  test('that is unknown is answered with names that would work, a dozen at the most, and not with itself', () => {
    const many = openaiProvider({ models: Array.from({ length: 40 }, (_, index) => `m${index}`) })
    assert.throws(
      () => readModel('CANARY', [many]),
      (error: unknown) => {
        assert.ok(error instanceof AegisError)
        assert.match(error.message, /"auto".*openai\/m0, .*openai\/m11\.$/)
        assert.doesNotMatch(error.message, /CANARY|m12/)
        return true
      },
    )
  })

  test('what the error names can be asked for', () => {
    for (const { name, models } of providers.slice(1)) {
      for (const model of models) assert.deepEqual(readModel(`${name}/${model}`, providers.slice(1)), from(name, model))
    }
  })
})
