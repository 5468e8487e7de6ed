// Proves the table of presets: complete, reachable by kind, by name and by address, and what each means for a provider.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { publicPriceList } from '../../prices/genai-prices.ts'
import { parseConfig } from '../load-config.ts'
import type { ConfigInput } from '../schema.ts'
import { openAIPreset, otherPresets, presetIds, presetOfHost, presetOfKind, presetOfName } from './presets.ts'

type ProviderInput = ConfigInput['providers'][string]

function provider(name: string, entry: ProviderInput) {
  const { providers, notices } = parseConfig({ providers: { [name]: entry } }, { source: 'test', env: {} })
  const [found] = providers
  assert.ok(found)
  return { ...found, notices }
}

const allPresets = [openAIPreset, ...otherPresets]
const services = otherPresets.filter(({ selfHosted }) => !selfHosted)
const programs = otherPresets.filter(({ selfHosted }) => selfHosted)

test('the table has every service and program that it promises, each once', () => {
  const promised = [
    'openai azure_openai ollama_v1 vllm llama_cpp lm_studio mistral groq deepseek together fireworks openrouter xai',
    'cerebras perplexity nvidia huggingface sambanova moonshot alibaba zai github_models nebius scaleway ovhcloud ionos',
    'gemini',
  ]
  assert.deepEqual(allPresets.map(({ id }) => id).sort(), promised.join(' ').split(' ').sort())
  assert.equal(new Set(allPresets.map(({ variable }) => variable)).size, allPresets.length)
  assert.equal(new Set(allPresets.flatMap(({ domains }) => domains)).size, allPresets.flatMap((p) => p.domains).length)
})

for (const preset of allPresets) {
  const { id, title, baseUrl, sources, selfHosted } = preset
  describe(`${id}, ${title}`, () => {
    test('says where its facts are documented', () => {
      for (const source of sources) assert.equal(new URL(source).protocol, 'https:')
    })

    test('is used under any name by its kind, with its own address, key header and traits', () => {
      const base_url = baseUrl ?? 'https://mine.openai.azure.com'
      const stated = baseUrl === undefined ? { base_url } : {}
      const found = provider('any_name', { kind: id, api_key: 'k', models: ['m'], ...stated })
      assert.equal(found.preset, id)
      assert.equal(found.baseUrl, baseUrl ?? 'https://mine.openai.azure.com/openai/v1')
      assert.deepEqual([found.keyHeader, found.traits], [preset.key, preset.traits])
      assert.equal(found.location, selfHosted ? 'local' : 'cloud')
      assert.equal(presetOfKind(id), preset)
    })

    test('tells an address without a path the path of its wire', () => {
      if (baseUrl === undefined) return
      const found = provider('any_name', { kind: id, api_key: 'k', models: ['m'], base_url: new URL(baseUrl).origin })
      assert.equal(found.baseUrl, baseUrl)
    })
  })
}

for (const { id, baseUrl, variable, needsKey } of services) {
  test(`${id} is known by its own name, and by its address under any name`, () => {
    assert.equal(presetOfName(id.replaceAll('_', '-').toUpperCase())?.id, id)
    if (baseUrl === undefined) return
    assert.equal(provider(id, { api_key: 'k', models: ['m'] }).baseUrl, baseUrl)
    assert.equal(provider('any_name', { base_url: baseUrl, api_key: 'k', models: ['m'] }).preset, id)
    assert.equal(presetOfHost(`eu.${new URL(baseUrl).hostname}`)?.id, id)
    assert.equal(presetOfHost(`${new URL(baseUrl).hostname}.evil.example`), undefined)
  })

  test(`${id} without a key is ${needsKey ? 'closed, and says which variable would open it' : 'open'}`, () => {
    const base_url = baseUrl ?? 'https://mine.openai.azure.com'
    const { closedBecause } = provider('any_name', { base_url, models: ['m'] })
    if (needsKey) assert.match(closedBecause ?? '', new RegExp(`add api_key: \\$\\{${variable}\\}`))
    else assert.equal(closedBecause, undefined)
  })
}

for (const { id } of programs) {
  test(`${id} keeps its traits at any address of one's own network, where it counts as cloud until told otherwise`, () => {
    const found = provider(id, { base_url: 'http://10.1.2.3:9000', models: ['m'] })
    assert.deepEqual([found.preset, found.location, found.baseUrl], [id, 'cloud', 'http://10.1.2.3:9000/v1'])
  })
}

test("a service's name at another host means nothing: it may be a proxy or a server of one's own", () => {
  const found = provider('mistral', { base_url: 'http://127.0.0.1:8000/v1', models: ['m'] })
  assert.deepEqual([found.preset, found.kind, found.location], [undefined, 'openai_compatible', 'local'])
})

test('an address says more than a name', () => {
  assert.equal(
    provider('groq', { base_url: 'https://api.mistral.ai/v1', api_key: 'k', models: ['m'] }).preset,
    'mistral',
  )
})

test('several of one kind stand beside each other', () => {
  const entry = (api_key: string): ProviderInput => ({ kind: 'groq', api_key, models: ['m'] })
  const input = { providers: { groq: { api_key: 'a', models: ['m'] }, second: entry('b'), third: entry('c') } }
  const { providers } = parseConfig(input, { source: 'test', env: {} })
  assert.deepEqual(
    providers.map(({ name, preset, apiKey }) => [name, preset, apiKey?.reveal()]),
    [
      ['groq', 'groq', 'a'],
      ['second', 'groq', 'b'],
      ['third', 'groq', 'c'],
    ],
  )
})

test('Azure without an address is told whose address is missing', () => {
  assert.throws(
    () => provider('azure_openai', { api_key: 'k', models: ['m'] }),
    /add the address of your own Azure OpenAI/,
  )
})

test('an unknown kind is told the nearest one', () => {
  assert.throws(() => provider('x', { kind: 'grok' as 'groq', models: ['m'] }), /did you mean groq\?/)
  assert.ok(presetIds.includes('groq'))
})

for (const { id, baseUrl, isPriced, discovery } of services) {
  if (baseUrl === undefined || discovery.by === 'variables') continue
  const models = discovery.by === 'listing' ? [] : discovery.models
  test(`${id} ${isPriced ? 'has prices for' : 'has no prices in the list for'} ${models.join(' and ')}`, () => {
    const entry = provider(id, { api_key: 'k', models: [...models] })
    const list = publicPriceList(new Map([[id, baseUrl]]), () => Date.UTC(2026, 10, 27))
    for (const model of models) assert.equal(list.find(entry, model)?.price.state === 'priced', isPriced, model)
    const warned = entry.notices.some(({ message }) => message.includes('models of unknown price'))
    assert.equal(warned, !isPriced)
  })
}

test('a key that stands in the headers is a key', () => {
  const headers = { Authorization: 'Bearer k' }
  assert.equal(provider('groq', { headers, models: ['m'] }).closedBecause, undefined)
  const azure = { base_url: 'https://mine.openai.azure.com', models: ['m'] }
  assert.match(provider('x', { ...azure, headers }).closedBecause ?? '', /AZURE_OPENAI_API_KEY/)
  assert.equal(provider('x', { ...azure, headers: { 'API-Key': 'k' } }).closedBecause, undefined)
})
