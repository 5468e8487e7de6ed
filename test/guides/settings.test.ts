// Proves that the settings that the guides show are a valid configuration, each block as it stands there.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { parseConfig } from '../../src/config/load-config.ts'
import type { ConfigInput } from '../../src/config/schema.ts'
import { Guide, guideNames } from '../make/guide.ts'

/** What the blocks name and do not show. */
const providers: ConfigInput['providers'] = {
  local_ollama: { kind: 'ollama', location: 'local', base_url: 'http://127.0.0.1:11434', models: ['llama3.2'] },
  ollama_cloud: { kind: 'ollama', location: 'cloud', base_url: 'https://ollama.com', api_key: 'k', models: ['a'] },
  openai: {
    kind: 'openai',
    location: 'cloud',
    base_url: 'https://api.openai.com/v1',
    api_key: 'k',
    models: ['gpt-4o'],
  },
  gpu_one: { kind: 'ollama', location: 'local', base_url: 'http://127.0.0.1:1', models: ['llama3.2'] },
  gpu_two: { kind: 'ollama', location: 'local', base_url: 'http://127.0.0.1:2', models: ['llama3.2'] },
}
/** Every variable that a block may name has a value of its kind. */
const env = new Proxy<Record<string, string>>(
  {},
  {
    get: (_, name) => (String(name).endsWith('CONTENT_KEY') ? 'ab'.repeat(32) : `value-of-${String(name)}`),
    has: () => true,
    getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true }),
  },
)

/** Blocks that are not of `aegis.yml`, by the name of the file in their first line. */
const otherFiles = ['candidate.yml', 'policy-cases.yml', '.github/workflows/policy.yml']

/** Variables are replaced before the text is read, as the program does. */
const withValues = (block: string) => block.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => env[name] ?? '')

for (const name of guideNames) {
  for (const [index, block] of new Guide(name).blocks('yaml').entries()) {
    if (otherFiles.some((file) => block.startsWith(`# ${file}`))) continue
    const settings = parse(withValues(block)) as Partial<ConfigInput> & { readonly models?: readonly unknown[] }
    test(`the settings ${Object.keys(settings).join(', ')} of ${name} (${index + 1}) are valid`, () => {
      const { models, rollout, ...sections } = settings
      const named = { ...providers, ...settings.providers }
      if (models) Object.assign(named, { local_ollama: { ...providers.local_ollama, models } })
      // Its candidate is a file of its own, which the test of the rollout runs.
      const candidate = rollout && { rollout: { ...rollout, candidate: { routing: {} } } }
      const config = parseConfig({ ...sections, ...candidate, providers: named } as ConfigInput, { source: name, env })
      assert.ok(config.providers.length >= Object.keys(providers).length)
    })
  }
}

test('what a guide of failures says of a bound holds in the configuration that it shows', () => {
  const guide = new Guide('failing-well')
  const shown = guide.settings<ConfigInput['providers']>('providers')
  const { providers: read, routing } = parseConfig(
    { providers: shown, routing: guide.settings<NonNullable<ConfigInput['routing']>>('routing') },
    { source: 'failing-well', env },
  )
  const [local, openai] = ['local_ollama', 'openai'].map((name) => read.find((one) => one.name === name))
  assert.equal(local?.slots?.maxConcurrent, 4)
  assert.equal(openai?.slots, undefined)
  assert.equal(routing.maxAttempts, 4)
})
