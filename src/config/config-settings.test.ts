import assert from 'node:assert/strict'
import { test } from 'node:test'
import { format, inspect } from 'node:util'
import { plainTraits } from '../domain/openai-wire-traits.ts'
import type { AegisConfig } from './aegis-config.ts'
import { parseConfig } from './load-config.ts'

function provider(config: AegisConfig, name: string) {
  const found = config.providers.find((candidate) => candidate.name === name)
  assert.ok(found)
  return found
}

function parse(text: string, env: Readonly<Record<string, string>> = {}): AegisConfig {
  return parseConfig(text, { source: 'aegis.yml', env })
}

test('a file of a provider alone gets every default', () => {
  const config = parse('providers: { ollama: { base_url: http://127.0.0.1:11434, models: [llama3.2] } }')
  const { providers, budgets, pricing, ...rest } = config
  assert.deepEqual(providers, [
    {
      name: 'ollama',
      kind: 'ollama',
      location: 'local',
      role: 'local',
      models: ['llama3.2'],
      modelFacts: Object.create(null),
      simulated: false,
      responses: false,
      baseUrl: 'http://127.0.0.1:11434',
      preset: undefined,
      keyHeader: { name: 'authorization', scheme: 'Bearer' },
      traits: plainTraits,
      apiKey: undefined,
      apiKeys: [],
      closedBecause: undefined,
      organization: undefined,
      headers: {},
      timeouts: { connectMs: 2000, firstByteMs: 300_000, idleMs: 120_000 },
      maxConnections: 1024,
      weight: undefined,
      slots: { maxConcurrent: 16, maxQueue: 512, queueTimeoutMs: 60_000 },
      keepAlive: undefined,
      maxContextTokens: 32_768,
      where: 'aegis.yml:1',
    },
  ])
  assert.deepEqual(
    { ...budgets, monthlyLimits: { ...budgets.monthlyLimits } },
    {
      monthlyLimits: {},
      all: [],
      alertAtPercent: [80, 90, 100],
      webhook: undefined,
      timeZone: 'UTC',
      onExceeded: 'fallback',
      exceededStatus: 402,
      minOutputTokens: 64,
    },
  )
  assert.deepEqual(Object.keys(pricing), [])
  assert.deepEqual(rest.privacy, {
    defaultClassification: 'internal',
    onExplicitCloudModel: 'reroute',
    detect: {
      enabled: true,
      names: 'balanced',
      trustsDeclared: false,
      acceptsDeclaredBinary: true,
      ignoredTypes: [],
      dictionaries: [],
      patterns: [],
    },
    localNetworks: [],
    rememberMs: 30 * 86_400_000,
    exceptions: [],
    audit: { folder: './aegis.db-audit', restrictedOnly: false },
  })
  assert.deepEqual(rest.server, {
    ...{ host: '127.0.0.1', port: 8080, maxBodyBytes: 67_108_864, drainMs: 30_000 },
    ...{ livenessPort: undefined, hangAfterMs: 60_000, log: 'auto', logLevel: 'info' },
  })
  assert.deepEqual(rest.ledger, { kind: 'sqlite', path: './aegis.db', journal: './aegis.db-leases', fsync: false })
  assert.equal(rest.auth.masterKey, undefined)
  const none = { requestsPerMinute: null, tokensPerMinute: null, parallelRequests: null }
  assert.deepEqual(rest.limits, { perKey: none, perUser: none })
  assert.deepEqual([rest.cache, rest.compat], [undefined, undefined])
  assert.equal(rest.source, 'aegis.yml')
  assert.deepEqual(rest.notices, [])
})

test('every setting of a full file arrives', () => {
  const config = parse(
    `
providers:
  gpu:
    base_url: http://10.1.0.7:11434
    models: [a, b]
    headers: { X-Team: \${TEAM} }
    connect_timeout_ms: \${CONNECT:-10}
    first_byte_timeout_ms: 20
    idle_timeout_ms: 30
    max_connections: 2
    keep_alive: -1
    max_context_tokens: 8192
    simulated: \${SIMULATED}
  main: { kind: openai, api_key: " \${KEY}\\n", models: [m], organization: o }
budgets: { monthly_limits: { main: \${LIMIT} }, time_zone: Europe/Berlin, on_exceeded: reject, exceeded_status: \${STATUS}, min_output_tokens: 1 }
routing: { fallback: [gpu], max_attempts: 1, timeout_ms: 5000, default_provider: main }
pricing: { main: { m: { input_per_million: 2.5, output_per_million: 10, cached_input_per_million: 1.25 }, all: { input_per_million: 1, output_per_million: 2, cache_write_per_million: 3, audio_input_per_million: 4, audio_output_per_million: 5, per_request: 0.012, max_output_tokens: 900 }, "*": { free: true } }, gpu: { free: true } }
privacy: { default_classification: public, on_explicit_cloud_model: reject, local_networks: [10.1.0.0/16] }
ledger: "memory:"
auth: { master_key: \${MASTER} }
server: { host: 0.0.0.0, port: \${PORT}, max_body_bytes: 1024, drain_ms: 0 }
`,
    {
      TEAM: 'blue',
      SIMULATED: 'true',
      KEY: 'sk-1',
      LIMIT: '0.1',
      STATUS: '429',
      MASTER: 'master-key',
      PORT: '9',
      AEGIS_MASTER_KEY: 'another-key',
    },
  )
  const gpu = provider(config, 'gpu')
  assert.deepEqual(gpu.timeouts, { connectMs: 10, firstByteMs: 20, idleMs: 30 })
  const headers = Object.entries(gpu.headers).map(([name, value]) => [name, value.reveal()])
  assert.deepEqual(headers, [['X-Team', 'blue']])
  assert.deepEqual(
    [gpu.location, gpu.keepAlive, gpu.maxContextTokens, gpu.maxConnections, gpu.simulated],
    ['local', '-1', 8192, 2, true],
  )
  assert.equal(provider(config, 'main').apiKey?.reveal(), 'sk-1')
  assert.deepEqual({ ...config.budgets.monthlyLimits }, { main: 100_000_000 })
  assert.deepEqual(
    [config.budgets.exceededStatus, config.budgets.timeZone, config.budgets.onExceeded],
    [429, 'Europe/Berlin', 'reject'],
  )
  assert.deepEqual(
    { ...config.pricing.main },
    {
      m: { free: false, input: 2_500_000_000, output: 10_000_000_000, cachedInput: 1_250_000_000 },
      all: {
        free: false,
        input: 1_000_000_000,
        output: 2_000_000_000,
        cachedInput: undefined,
        cacheWrite: 3_000_000_000,
        audioInput: 4_000_000_000,
        audioOutput: 5_000_000_000,
        perRequest: 12_000_000,
        maxOutputTokens: 900,
      },
      '*': { free: true, input: 0, output: 0, cachedInput: 0 },
    },
  )
  assert.equal(config.pricing.gpu?.['*']?.free, true)
  assert.deepEqual(config.privacy, {
    defaultClassification: 'public',
    onExplicitCloudModel: 'reject',
    detect: {
      enabled: true,
      names: 'balanced',
      trustsDeclared: false,
      acceptsDeclaredBinary: true,
      ignoredTypes: [],
      dictionaries: [],
      patterns: [],
    },
    localNetworks: ['10.1.0.0/16'],
    rememberMs: 30 * 86_400_000,
    exceptions: [],
    audit: undefined,
  })
  assert.deepEqual(config.ledger, { kind: 'memory' })
  assert.equal(config.auth.masterKey?.reveal(), 'master-key')
  const { host, port, maxBodyBytes, drainMs } = config.server
  assert.deepEqual({ host, port, maxBodyBytes, drainMs }, { host: '0.0.0.0', port: 9, maxBodyBytes: 1024, drainMs: 0 })
  assert.deepEqual([config.routing.maxAttempts, config.routing.timeoutMs, config.routing.fallback], [1, 5000, ['gpu']])
})

test('a key cannot be printed by accident, whether it is the api_key, the master key or a header', () => {
  const config = parse(
    `providers:
  azure:
    base_url: https://aegis.openai.azure.com/openai/v1
    api_key: "\${API_KEY}"
    headers: { api-key: "\${AZURE_KEY}" }
    models: [gpt-4o]
auth: { master_key: "\${MASTER_KEY}" }
`,
    { API_KEY: 'visible-1', AZURE_KEY: 'visible-2', MASTER_KEY: 'visible-master-key' },
  )
  const azure = provider(config, 'azure')
  assert.equal(azure.headers['api-key']?.reveal(), 'visible-2')
  const printed = [
    inspect(config, { depth: null, showHidden: true }),
    JSON.stringify(config),
    format('%o %O %j %s', config, config, config, azure.headers['api-key']),
    `${azure.headers['api-key']} ${azure.apiKey}`,
  ].join('\n')
  assert.match(printed, /\[secret\]/)
  assert.doesNotMatch(printed, /visible/)
})

test('a model is a name, or a mapping that says what it reads, writes and can do', () => {
  const text = `providers:
  vllm:
    models:
      - qwen3
      - { name: llava, context_tokens: 8192, output_tokens: 1024, capabilities: [vision] }
      - { name: bge-m3, capabilities: [embeddings] }`
  const { models, modelFacts } = provider(parse(text), 'vllm')
  assert.deepEqual(models, ['qwen3', 'llava', 'bge-m3'])
  assert.equal(modelFacts.qwen3, undefined)
  assert.deepEqual(modelFacts.llava, {
    contextTokens: 8192,
    outputTokens: 1024,
    capabilities: { chat: true, tools: false, vision: true, audio: false, embeddings: false },
  })
  assert.equal(modelFacts['bge-m3']?.capabilities?.chat, false)
  assert.equal(modelFacts.toString, undefined)
})

test('limits, the response cache and compatibility arrive, and compat changes the status of an exhausted budget', () => {
  const provider = 'providers: { ollama: { base_url: http://127.0.0.1:11434, models: [llama3.2] } }'
  const config = parse(
    `${provider}
limits: { per_key: { requests_per_minute: \${RPM}, parallel_requests: 2 }, per_user: { tokens_per_minute: 5000 } }
cache: { enabled: true, ttl_seconds: 60, max_bytes: 1048576, only_deterministic: false }
compat: any_llm
`,
    { RPM: '7' },
  )
  assert.deepEqual(config.limits, {
    perKey: { requestsPerMinute: 7, tokensPerMinute: null, parallelRequests: 2 },
    perUser: { requestsPerMinute: null, tokensPerMinute: 5000, parallelRequests: null },
  })
  assert.deepEqual(config.cache, { ttlMs: 60_000, maxBytes: 1_048_576, onlyDeterministic: false })
  assert.deepEqual([config.compat, config.budgets.exceededStatus], ['any_llm', 403])
  const stated = parse(`${provider}\ncompat: any_llm\nbudgets: { exceeded_status: 429 }\ncache: { enabled: false }`)
  assert.deepEqual([stated.budgets.exceededStatus, stated.cache], [429, undefined])
})
