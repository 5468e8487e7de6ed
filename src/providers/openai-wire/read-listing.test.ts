// Proves the reading of model lists as their servers document them, and that what is not said stays unknown.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ModelFacts } from '../../domain/model-facts.ts'
import { readListing } from './read-listing.ts'

const entries: readonly (readonly [server: string, entry: object, facts: ModelFacts])[] = [
  ['OpenAI', { id: 'm', object: 'model', created: 1, owned_by: 'system' }, {}],
  ['vLLM', { id: 'm', object: 'model', max_model_len: 32_768 }, { contextTokens: 32_768 }],
  [
    'Groq',
    { id: 'm', context_window: 131_072, max_completion_tokens: 65_536 },
    { contextTokens: 131_072, outputTokens: 65_536 },
  ],
  [
    'Mistral',
    {
      id: 'm',
      max_context_length: 32_768,
      capabilities: { completion_chat: true, function_calling: true, vision: false },
    },
    { contextTokens: 32_768, capabilities: { chat: true, tools: true, vision: false } },
  ],
  [
    'OpenRouter',
    {
      id: 'm',
      context_length: 1_048_576,
      top_provider: { max_completion_tokens: 8192 },
      architecture: { input_modalities: ['text', 'image'] },
      supported_parameters: ['max_tokens', 'tools'],
    },
    { contextTokens: 1_048_576, outputTokens: 8192, capabilities: { tools: true, vision: true, audio: false } },
  ],
  [
    'Together',
    { id: 'm', type: 'embedding', context_length: 512 },
    { contextTokens: 512, capabilities: { chat: false, embeddings: true } },
  ],
  [
    'Fireworks',
    { id: 'm', context_length: 131_072, supports_chat: true, supports_image_input: false, supports_tools: true },
    { contextTokens: 131_072, capabilities: { chat: true, tools: true, vision: false } },
  ],
  ['llama.cpp', { id: 'm', meta: { n_ctx: 4096, n_ctx_train: 131_072 } }, { contextTokens: 4096 }],
  ['a server that says nonsense', { id: 'm', context_length: -1, max_model_len: 'long', capabilities: 7 }, {}],
]

for (const [server, entry, facts] of entries) {
  test(`a model of ${server}`, () => {
    const expected = { contextTokens: undefined, outputTokens: undefined, capabilities: {}, ...facts }
    assert.deepEqual(readListing({ object: 'list', data: [entry] }), [{ name: 'm', facts: expected }])
  })
}

test('a bare list is a list, and what has no id is no model', () => {
  assert.deepEqual(
    readListing([{ id: 'a' }, { id: 7 }, null, 'x'])?.map(({ name }) => name),
    ['a'],
  )
})

test('what is no list is none', () => {
  for (const value of [undefined, null, 'x', {}, { data: {} }, { error: { message: 'no' } }]) {
    assert.equal(readListing(value), undefined)
  }
})
