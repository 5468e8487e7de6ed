// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are what these tests are about
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import type { AegisConfig } from './aegis-config.ts'
import { ConfigError } from './config-error.ts'
import type { Environment } from './env-reference.ts'
import { loadConfig, parseConfig } from './load-config.ts'
import type { ConfigInput } from './schema.ts'

/** The sample file of the contract, verbatim. */
const contractSample = `providers:
  local_ollama: { base_url: http://localhost:11434, models: [gemma-3-4b-it-Q8_0, llama3.2:8b] }
  ollama_cloud: { base_url: https://ollama.com, api_key: \${OLLAMA_CLOUD_API_KEY}, models: [llama3-70b, llava-13b] }
  openai: { api_key: \${OPENAI_API_KEY}, organization: \${OPENAI_ORGANIZATION}, models: [gpt-4o, gpt-4o-mini] }
budgets:
  monthly_limits: { ollama_cloud: 120.0, openai: 80.0 }
routing: { default_provider: local_ollama, quality_critical_provider: openai, batch_processing_provider: ollama_cloud }
`

const sampleEnv = { OLLAMA_CLOUD_API_KEY: 'oc-key', OPENAI_API_KEY: 'sk-key', OPENAI_ORGANIZATION: 'org-1' }

function parse(input: string | ConfigInput, env: Environment = {}): AegisConfig {
  return parseConfig(input, { source: 'aegis.yml', env })
}

function provider(config: AegisConfig, name: string) {
  const found = config.providers.find((candidate) => candidate.name === name)
  assert.ok(found)
  return found
}

test("the contract's sample file works as it is", () => {
  const config = parse(contractSample, sampleEnv)
  assert.deepEqual(
    config.providers.map(({ name, kind, location, role, baseUrl }) => [name, kind, location, role, baseUrl].join(' ')),
    [
      'local_ollama ollama local local http://localhost:11434',
      'ollama_cloud ollama cloud cloud https://ollama.com',
      'openai openai cloud openai https://api.openai.com/v1',
    ],
  )
  assert.deepEqual(provider(config, 'local_ollama').models, ['gemma-3-4b-it-Q8_0', 'llama3.2:8b'])
  assert.deepEqual(
    config.providers.map(({ apiKey, closedBecause, organization, where }) => [
      apiKey?.reveal(),
      closedBecause,
      organization,
      where,
    ]),
    [
      [undefined, undefined, undefined, 'aegis.yml:2'],
      ['oc-key', undefined, undefined, 'aegis.yml:3'],
      ['sk-key', undefined, 'org-1', 'aegis.yml:4'],
    ],
  )
  assert.deepEqual({ ...config.budgets.monthlyLimits }, { ollama_cloud: 120_000_000_000, openai: 80_000_000_000 })
  assert.deepEqual(config.routing, {
    rules: [
      {
        name: 'sensitive_data_local_only',
        when: { restricted: true },
        use: 'local_ollama',
        reason: 'sensitive_data_local_only',
      },
      {
        name: 'critical_quality',
        when: { qualityAtLeast: 'critical', complexityAtLeast: 'high' },
        use: 'openai',
        reason: 'critical_quality',
      },
      {
        name: 'scale_or_quality',
        when: { any: [{ batchSizeOver: 10 }, { complexityAtLeast: 'high' }] },
        use: 'ollama_cloud',
        reason: 'scale_or_quality',
      },
      { name: 'default_local', when: {}, use: 'local_ollama', reason: 'default_local' },
    ],
    fallback: ['openai', 'ollama_cloud', 'local_ollama'],
    defaultProvider: 'local_ollama',
    maxAttempts: 4,
    maxRetries: 1,
    groups: [],
    breaker: { failures: 5, windowMs: 30_000, cooldownMs: 30_000 },
    timeoutMs: 600_000,
  })
})

test("without its variables the contract's sample file closes the cloud providers and keeps the local one", () => {
  const config = parse(contractSample)
  assert.deepEqual(
    config.providers.map((each) => each.closedBecause),
    [
      undefined,
      'OLLAMA_CLOUD_API_KEY is not set: export OLLAMA_CLOUD_API_KEY=... (aegis.yml:3)',
      'OPENAI_API_KEY is not set: export OPENAI_API_KEY=sk-... (aegis.yml:4)',
    ],
  )
  assert.equal(provider(config, 'openai').apiKey, undefined)
  assert.equal(provider(config, 'openai').organization, undefined)
  assert.deepEqual(
    config.notices.map(({ level, message }) => `${level} ${message.slice(0, 22)}`),
    ['warning ollama_cloud is closed', 'warning openai is closed: OPEN'],
  )
})

test('an object of a program is read like a file, with paths instead of lines', () => {
  const input: ConfigInput = {
    providers: { openai: { api_key: '${KEY}', models: ['m'] } },
    server: { port: 1 },
    budgets: { monthly_limits: { openai: 0.1 } },
  }
  const config = parse(input, { KEY: 'k' })
  assert.equal(provider(config, 'openai').apiKey?.reveal(), 'k')
  assert.equal(provider(config, 'openai').where, 'providers.openai')
  assert.equal(config.budgets.monthlyLimits.openai, 100_000_000)
  assert.match(provider(parse(input), 'openai').closedBecause ?? '', /\(providers\.openai\.api_key\)$/)
})

test('an object may hold undefined entries, which count as absent', () => {
  const config = parse({ providers: { openai: { api_key: undefined, models: ['m'] } }, auth: undefined })
  assert.match(provider(config, 'openai').closedBecause ?? '', /^it has no key: add api_key: \$\{OPENAI_API_KEY\}/)
})

test('a configuration is frozen to its depth', () => {
  const config = parse(contractSample, sampleEnv)
  const loose: unknown[] = []
  const visit = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return
    if (!Object.isFrozen(value)) loose.push(value)
    Object.values(value).forEach(visit)
  }
  visit(config)
  assert.deepEqual(loose, [])
})

test('printing a configuration shows no key', () => {
  const config = parse(contractSample, { ...sampleEnv, AEGIS_MASTER_KEY: 'master-secret' })
  const printed = `${inspect(config, { depth: 9, showHidden: true })}${JSON.stringify(config)}`
  for (const key of ['oc-key', 'sk-key', 'master-secret']) assert.ok(!printed.includes(key))
})

test('prices and limits have no prototype to find something in', () => {
  const config = parse(contractSample.concat('pricing: { openai: { free: true } }'), sampleEnv)
  assert.equal(config.pricing.constructor, undefined)
  assert.equal(config.pricing.openai?.toString, undefined)
  assert.equal(config.budgets.monthlyLimits.valueOf, undefined)
})

test('the master key of the environment is used when the file has none', () => {
  const text = 'providers: { x: { base_url: http://127.0.0.1:1, models: [m] } }'
  assert.equal(parse(text, { AEGIS_MASTER_KEY: ' from-the-env\n' }).auth.masterKey?.reveal(), 'from-the-env')
  assert.equal(parse(text, { AEGIS_MASTER_KEY: '' }).auth.masterKey, undefined)
  assert.throws(() => parse(text, { AEGIS_MASTER_KEY: 'short' }), /AEGIS_MASTER_KEY: must have 8 to 4096 characters/)
})

test('a file is read relative to the working directory and named as the user named it', async () => {
  const asked: string[] = []
  const readFile = async (path: string) => {
    asked.push(path)
    return contractSample
  }
  const config = await loadConfig({ path: 'config/llm.yml', env: {}, cwd: '/srv/app', readFile })
  assert.deepEqual(asked, ['/srv/app/config/llm.yml'])
  assert.equal(config.source, 'config/llm.yml')
  assert.equal(config.providers[0]?.where, 'config/llm.yml:2')
})

test('a file that cannot be read is an error with the way out', async () => {
  const load = (path: string) => loadConfig({ path, env: {}, cwd: import.meta.dirname })
  await assert.rejects(
    load('nowhere.yml'),
    (error) => error instanceof ConfigError && /^nowhere\.yml: there is no such file/.test(error.message),
  )
  await assert.rejects(load('.'), /is a directory/)
})
