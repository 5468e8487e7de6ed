import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Discovery, discover } from './discover.ts'
import type { Environment } from './env-reference.ts'
import { parseConfig } from './load-config.ts'
import { otherPresets } from './presets/presets.ts'

type Answers = Readonly<Record<string, readonly string[]>>

function look(env: Environment, answers: Answers = {}): Promise<Discovery> {
  return discover({ env, probe: async (url) => answers[url] })
}

async function discovered(env: Environment, answers?: Answers) {
  const { config, notices } = await look(env, answers)
  assert.ok(config)
  return parseConfig(config, { source: 'discovered', env, notices })
}

function messages({ notices }: Pick<Discovery, 'notices'>): string {
  return notices.map(({ level, message }) => `${level}: ${message}`).join('\n')
}

const usual = 'http://127.0.0.1:11434'

test('with nothing there is no configuration, and the lines that would add one are named', async () => {
  const discovery = await look({})
  assert.equal(discovery.config, undefined)
  const text = messages(discovery)
  assert.match(text, /info: no Ollama answers at http:\/\/127\.0\.0\.1:11434: start one with `ollama serve`/)
  assert.match(text, /info: OpenAI is not used: export OPENAI_API_KEY=sk-\.\.\./)
  assert.match(text, /info: Ollama Cloud is not used: export OLLAMA_API_KEY=/)
  assert.match(text, /MISTRAL_API_KEY, GROQ_API_KEY/)
})

test('a local Ollama is used with the models it has, those that can chat first', async () => {
  const config = await discovered(
    {},
    { [usual]: ['nomic-embed-text:latest', 'llama3.2:latest', 'kimi-k2:1t-cloud', 'gpt-oss:cloud'] },
  )
  const [ollama] = config.providers
  assert.deepEqual(
    [ollama?.name, ollama?.kind, ollama?.location, ollama?.baseUrl],
    ['local_ollama', 'ollama', 'local', usual],
  )
  assert.deepEqual(ollama?.models, ['llama3.2:latest', 'nomic-embed-text:latest'])
  assert.match(messages(config), /found Ollama at http:\/\/127\.0\.0\.1:11434 with llama3\.2:latest/)
})

test('an Ollama without a model of its own is not used', async () => {
  const discovery = await look({}, { [usual]: ['gpt-oss:120b-cloud'] })
  assert.equal(discovery.config, undefined)
  assert.match(messages(discovery), /warning: Ollama at .* has no model that runs there: `ollama pull llama3\.2`/)
})

test('OLLAMA_HOST is asked instead of the usual address', async () => {
  const config = await discovered({ OLLAMA_HOST: '0.0.0.0:9000' }, { 'http://127.0.0.1:9000': ['m'] })
  assert.equal(config.providers[0]?.baseUrl, 'http://127.0.0.1:9000')
})

test('an Ollama on another machine counts as cloud until its network is listed', async () => {
  const config = await discovered({ OLLAMA_HOST: '192.168.1.9' }, { 'http://192.168.1.9:11434': ['m'] })
  assert.deepEqual([config.providers[0]?.name, config.providers[0]?.location], ['ollama', 'cloud'])
  assert.match(messages(config), /add privacy: \{ local_networks: \[192\.168\.1\.9\/32\] \}/)
})

test('an OLLAMA_HOST that is no address is told, without its text', async () => {
  const discovery = await look({ OLLAMA_HOST: 'http://u:secret@h' })
  assert.match(messages(discovery), /warning: OLLAMA_HOST is not an address/)
  assert.doesNotMatch(messages(discovery), /secret/)
})

test('an OLLAMA_HOST at Ollama Cloud is no local Ollama', async () => {
  const discovery = await look({ OLLAMA_HOST: 'https://ollama.com', OLLAMA_API_KEY: 'k' })
  assert.deepEqual(Object.keys(discovery.config?.providers ?? {}), ['ollama_cloud'])
})

test('a probe that fails counts as no answer', async () => {
  const probe = () => Promise.reject(new Error('refused'))
  assert.equal((await discover({ env: {}, probe })).config, undefined)
})

for (const variable of ['OLLAMA_API_KEY', 'OLLAMA_CLOUD_API_KEY']) {
  test(`Ollama Cloud is used by ${variable}, and its missing price is told once`, async () => {
    const config = await discovered({ [variable]: 'key' })
    const [cloud] = config.providers
    assert.deepEqual(
      [cloud?.name, cloud?.kind, cloud?.location, cloud?.models],
      ['ollama_cloud', 'ollama', 'cloud', ['gpt-oss:120b']],
    )
    assert.equal(cloud?.apiKey?.reveal(), 'key')
    assert.equal(messages(config).split('pricing: { ollama_cloud: { free: true } }').length, 2)
  })
}

test('OpenAI is used by its key, with address and organization of the environment', async () => {
  const plain = (await discovered({ OPENAI_API_KEY: 'k' })).providers[0]
  assert.deepEqual(
    [plain?.kind, plain?.baseUrl, plain?.organization],
    ['openai', 'https://api.openai.com/v1', undefined],
  )
  assert.deepEqual(plain?.models, ['gpt-5.4', 'gpt-5.4-mini', 'gpt-4o', 'gpt-4o-mini', 'text-embedding-3-small'])
  const env = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'https://eu.api.openai.com/v1', OPENAI_ORGANIZATION: 'org' }
  const stated = (await discovered(env)).providers[0]
  assert.deepEqual([stated?.baseUrl, stated?.organization], ['https://eu.api.openai.com/v1', 'org'])
})

test('an empty variable is no key', async () => {
  assert.equal((await look({ OPENAI_API_KEY: '', MISTRAL_API_KEY: ' ' })).config, undefined)
})

const byKey = otherPresets.filter(({ discovery }) => discovery.by === 'key')

for (const { id, variable, baseUrl } of byKey) {
  test(`${id} is used by ${variable}`, async () => {
    const [only, ...others] = (await discovered({ [variable]: 'key' })).providers
    assert.deepEqual(others, [])
    assert.deepEqual(
      [only?.name, only?.preset, only?.kind, only?.location, only?.role, only?.baseUrl, only?.closedBecause],
      [id, id, 'openai_compatible', 'cloud', 'cloud', baseUrl, undefined],
    )
    assert.equal(only?.apiKey?.reveal(), 'key')
  })
}

for (const variable of ['GITHUB_TOKEN', 'HF_TOKEN']) {
  test(`${variable}, which most machines have for other purposes, sends nothing anywhere and gives the line that would`, async () => {
    const discovery = await look({ [variable]: 'secret' })
    assert.equal(discovery.config, undefined)
    assert.match(messages(discovery), new RegExp(`info: ${variable} is set, .*api_key: \\$\\{${variable}\\}`))
    assert.doesNotMatch(messages(discovery), /secret/)
  })
}

test('Azure is used at the address and with the deployment that its variables name', async () => {
  const env = { AZURE_OPENAI_API_KEY: 'key', AZURE_OPENAI_ENDPOINT: 'https://mine.openai.azure.com/' }
  const incomplete = await look(env)
  assert.equal(incomplete.config, undefined)
  assert.match(
    messages(incomplete),
    /warning: AZURE_OPENAI_API_KEY is set, but .* needs AZURE_OPENAI_DEPLOYMENT as well/,
  )
  const [azure] = (await discovered({ ...env, AZURE_OPENAI_DEPLOYMENT: 'gpt-4o' })).providers
  assert.deepEqual(
    [azure?.name, azure?.baseUrl, azure?.models, azure?.role, azure?.keyHeader],
    ['azure_openai', 'https://mine.openai.azure.com/openai/v1', ['gpt-4o'], 'openai', { name: 'api-key', scheme: '' }],
  )
})

test('a server of one’s own is used by its variable, with the models that it lists, and is local', async () => {
  const env = { VLLM_API_KEY: 'key' }
  const config = await discovered(env, { 'http://127.0.0.1:8000/v1': ['bge-m3', 'qwen3'] })
  const [vllm] = config.providers
  assert.deepEqual([vllm?.name, vllm?.location, vllm?.models], ['vllm', 'local', ['qwen3', 'bge-m3']])
  assert.match(messages(await look(env)), /warning: VLLM_API_KEY is set, but no vLLM answers at http:/)
})

test('everything at once is one configuration, the local provider its default, and holds no key', async () => {
  const env = { OLLAMA_API_KEY: 'secret-1', OPENAI_API_KEY: 'secret-2', MISTRAL_API_KEY: 'secret-3' }
  const { config, notices } = await look(env, { [usual]: ['m'] })
  assert.doesNotMatch(JSON.stringify([config, notices]), /secret/)
  const parsed = await discovered(env, { [usual]: ['m'] })
  assert.deepEqual(
    parsed.routing.rules.map((rule) => rule.use),
    ['local_ollama', 'openai', 'ollama_cloud', 'local_ollama'],
  )
  assert.deepEqual(parsed.routing.fallback, ['openai', 'ollama_cloud', 'mistral', 'local_ollama'])
})
