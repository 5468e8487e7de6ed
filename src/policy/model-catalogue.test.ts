// Proves the order of sources of what is known of a model.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { localProvider, openaiProvider } from '../../test/make/provider.ts'
import { onlyThese } from '../domain/model-facts.ts'
import { createModelCatalogue } from './model-catalogue.ts'

const priceList = {
  find: (_: unknown, model: string) =>
    model === 'gpt-4o'
      ? ({
          price: { state: 'unknown' },
          contextTokens: 128_000,
          outputTokens: 16_384,
          capabilities: { audio: true },
        } as const)
      : undefined,
}
const openai = { name: 'openai', stated: {}, mostContextTokens: undefined, cannot: [] }

test('of a model of which nobody said anything nothing is known', () => {
  const catalogue = createModelCatalogue({ providers: [], listed: {}, priceList })
  assert.deepEqual(catalogue.facts(openaiProvider(), 'constructor'), {
    contextTokens: undefined,
    outputTokens: undefined,
    capabilities: {},
  })
})

test('the configuration is better than the listing, the listing than the price list, each fact by itself', () => {
  const catalogue = createModelCatalogue({
    providers: [{ ...openai, stated: { 'gpt-4o': { contextTokens: 8000 } } }],
    listed: { openai: { 'gpt-4o': { contextTokens: 64_000, outputTokens: 4096, capabilities: { vision: true } } } },
    priceList,
  })
  assert.deepEqual(catalogue.facts(openaiProvider(), 'gpt-4o'), {
    contextTokens: 8000,
    outputTokens: 4096,
    capabilities: { audio: true, vision: true },
  })
})

test('facts of one provider say nothing of a model of the same name elsewhere', () => {
  const stated = { 'gpt-4o': { contextTokens: 8000 } }
  const catalogue = createModelCatalogue({ providers: [{ ...openai, stated }], listed: {}, priceList })
  assert.equal(catalogue.facts(openaiProvider({ name: 'other' }), 'gpt-4o').contextTokens, 128_000)
})

test('the window that is asked of a server bounds what its models can read', () => {
  const local = {
    name: 'local_ollama',
    stated: { long: { contextTokens: 131_072 } },
    mostContextTokens: 32_768,
    cannot: [],
  }
  const catalogue = createModelCatalogue({ providers: [local], listed: {}, priceList })
  assert.equal(catalogue.facts(localProvider(), 'long').contextTokens, 32_768)
  assert.equal(catalogue.facts(localProvider(), 'unknown').contextTokens, 32_768)
})

test('what a wire cannot say none of its models can do, whatever else is said', () => {
  const stated = { m: { capabilities: onlyThese(['tools']) } }
  const catalogue = createModelCatalogue({
    providers: [{ ...openai, stated, cannot: ['tools'] }],
    listed: {},
    priceList,
  })
  assert.deepEqual(catalogue.facts(openaiProvider(), 'm').capabilities, {
    chat: true,
    tools: false,
    vision: false,
    audio: false,
    embeddings: false,
  })
})

for (const name of [
  'nomic-embed-text',
  'text-embedding-3-small',
  'bge-m3',
  'BAAI/bge-multilingual-gemma2',
  'all-minilm:33m',
]) {
  test(`${name} embeds by its name and does not chat, until somebody says otherwise`, () => {
    const { capabilities } = createModelCatalogue({ providers: [], listed: {}, priceList }).facts(
      openaiProvider(),
      name,
    )
    assert.deepEqual([capabilities?.embeddings, capabilities?.chat], [true, false])
    const listed = { openai: { [name]: { capabilities: onlyThese(['chat']) } } }
    const told = createModelCatalogue({ providers: [], listed, priceList }).facts(openaiProvider(), name)
    assert.deepEqual([told.capabilities?.embeddings, told.capabilities?.chat], [false, true])
  })
}
