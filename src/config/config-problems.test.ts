// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are what these tests are about
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from './config-error.ts'
import { parseConfig } from './load-config.ts'
import type { ConfigInput } from './schema.ts'

function problemsOf(input: string | object): readonly string[] {
  try {
    parseConfig(input as string | ConfigInput, { source: 'a.yml', env: { SECRET: 'sk-do-not-print', WORD: 'lots' } })
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    assert.equal(error.problems.length, error.message.split('\n').length)
    assert.doesNotMatch(error.message, /do-not-print/)
    return error.message.split('\n')
  }
  return []
}

const gpu = '  gpu: { base_url: http://127.0.0.1:8000, models: [m] }\n'

/** Each of these, below a sound provider, is one problem. */
const sectionProblems: readonly (readonly [section: string, problem: RegExp])[] = [
  ['budget: {}', /^a\.yml:3:1 budget: unknown key, did you mean budgets\?$/],
  [
    'privacy: { detect: { dictionaries: { a: [ab] } } }',
    /privacy\.detect\.dictionaries\.a\[0\]: must have at least three/,
  ],
  ['privacy: { detect: { dictionaries: { a: ["-abc"] } } }', /dictionaries\.a\[0\]: must begin with a letter/],
  ['privacy: { detect: { dictionaries: { "a b": [abc] } } }', /dictionaries.*is no name of a rule/],
  [
    'privacy: { detect: { patterns: { id: "do-not-print(" } } }',
    /^a\.yml:3:\d+ privacy\.detect\.patterns\.id: is no regular expression that RE2 reads \(missing closing \)\)/,
  ],
  ['privacy: { detect: { patterns: { id: "(?=a)" } } }', /patterns\.id: is no regular expression/],
  ['quotas: {}', /quotas: unknown key; known here: providers, budgets/],
  ['telemetri: {}', /telemetri: unknown key/],
  ['telemetry: { otel: {} }', /telemetry\.otel\.endpoint: is missing/],
  [
    'telemetry: { langsmith: { api_key: do-not-print, conten: true } }',
    /langsmith\.conten: unknown key, did you mean content/,
  ],
  ['server: { log: loud }', /server\.log: must be one of auto, json, pretty, silent/],
  ['storage: {}', /storage: unknown key/],
  [
    'budgets: { monthly_limits: { gp: 1 } }',
    /^a\.yml:3:30 budgets\.monthly_limits\.gp: no provider has this name, did you mean gpu\?$/,
  ],
  ['budgets: { monthly_limits: { gpu: -1 } }', /monthly_limits\.gpu: must be an amount in US dollars/],
  ['budgets: { monthly_limits: { gpu: ten } }', /must be an amount in US dollars/],
  ['budgets: { monthly_limits: { gpu: .inf } }', /must be an amount in US dollars/],
  ['budgets: { monthly_limits: { gpu: } }', /monthly_limits\.gpu: must be an amount|has no value/],
  ['budgets: { monthly_limits: }', /monthly_limits: has no value/],
  ['budgets: { time_zone: Europe/Berln }', /time_zone: must be an IANA time zone.*did you mean Europe\/Berlin\?/],
  ['budgets: { time_zone: "+02:00" }', /time_zone: must be an IANA time zone/],
  ['budgets: { on_exceeded: stop }', /on_exceeded: must be one of fallback, reject/],
  ['budgets: { exceeded_status: 500 }', /exceeded_status: must be one of 402, 403, 429/],
  ['budgets: { min_output_tokens: 0 }', /min_output_tokens: must be a whole number from 1/],
  ['routing: { default_provider: gpuu }', /routing\.default_provider: no provider has this name, did you mean gpu\?/],
  [
    'routing: { quality_critical_provider: openai }',
    /quality_critical_provider: no provider has this name; configured: gpu/,
  ],
  ['routing: { batch_processing_provider: openai }', /batch_processing_provider: no provider/],
  ['routing: { fallback: [gpu, other] }', /routing\.fallback\[1\]: no provider/],
  ['routing: { fallback: [gpu, gpu] }', /routing\.fallback\[1\]: is named twice/],
  ['routing: { fallback: [] }', /routing\.fallback: must have at least one entry/],
  ['routing: { groups: [[gpu, other]] }', /routing\.groups\[0\]\[1\]: no provider/],
  ['routing: { groups: [[gpu, gpu]] }', /routing\.groups\[0\]\[1\]: is in a group already/],
  ['routing: { breaker: { failures: 0 } }', /breaker\.failures: must be a whole number from 1 to 1000/],
  ['routing: { max_attempts: 21 }', /max_attempts: must be a whole number from 1 to 20/],
  ['routing: { timeout_ms: 1e9 }', /timeout_ms: must be a whole number from 100 to 86400000/],
  ['routing: { rules: [{ when: {} }] }', /rules\[0\]\.use: is missing/],
  ['routing: { rules: [{ use: gpx }] }', /rules\[0\]\.use: no provider has this name, did you mean gpu/],
  ['routing: { rules: [{ use: gpu, model: x }] }', /rules\[0\]\.model: gpu has no such model, did you mean m\?|has m$/],
  ['routing: { rules: [{ use: gpu, name: default_local }] }', /rules\[0\]\.name: another rule has this name/],
  ['routing: { rules: [{ use: gpu, name: a }, { use: gpu, name: a }] }', /rules\[1\]\.name: another rule/],
  [
    'routing: { rules: [{ use: gpu, when: { clasification: pii } }] }',
    /when\.clasification: unknown key, did you mean classification/,
  ],
  [
    'routing: { rules: [{ use: gpu, when: { classification: secret } }] }',
    /when\.classification: must be one of, or a list of, public/,
  ],
  [
    'routing: { rules: [{ use: gpu, when: { classification: [] } }] }',
    /when\.classification: must have at least one entry/,
  ],
  [
    'routing: { rules: [{ use: gpu, when: { quality_at_least: hihg } }] }',
    /quality_at_least: must be one of low, medium, high, critical, did you mean high/,
  ],
  [
    'routing: { rules: [{ use: gpu, when: { any: [{ tags: [] }] } }] }',
    /when\.any\[0\]\.tags: must have at least one entry/,
  ],
  ['routing: { rules: [{ use: gpu, when: { any: [] } }] }', /when\.any: must have at least one entry/],
  [
    'routing: { rules: [{ use: gpu, when: { batch_size_over: -1 } }] }',
    /batch_size_over: must be a whole number from 0/,
  ],
  ['pricing: { gp: { free: true } }', /pricing\.gp: no provider has this name/],
  ['pricing: { gpu: { free: true, "*": { free: true } } }', /pricing\.gpu: says free: true and prices "\*"/],
  [
    'pricing: { gpu: { m: { input_per_million: 1 } } }',
    /pricing\.gpu\.m: needs input_per_million and output_per_million/,
  ],
  ['pricing: { gpu: { m: { free: true, input_per_million: 1 } } }', /pricing\.gpu\.m: says free: true and a price/],
  [
    'pricing: { gpu: { m.1: { input_per_million: x, output_per_million: 1 } } }',
    /pricing\.gpu\["m\.1"\]\.input_per_million: must be a price/,
  ],
  ['pricing: { gpu: { m: { input: 1, free: true } } }', /pricing\.gpu\.m\.input: unknown key/],
  ['privacy: { default_classification: secret }', /default_classification: must be one of public, internal/],
  ['privacy: { on_explicit_cloud_model: ignore }', /on_explicit_cloud_model: must be one of reroute, reject/],
  ['privacy: { local_networks: [8.8.8.0/24] }', /local_networks\[0\]: is not inside a private range/],
  ['privacy: { local_networks: 10.0.0.0/8 }', /local_networks: must be a list/],
  ['auth: { master_key: do-not-print but spaces }', /auth\.master_key: must have 8 to 4096/],
  ['auth: { master_key: short }', /auth\.master_key: must have 8 to 4096/],
  ['auth: { master_key: "${NOPE}" }', /^a\.yml:3:21 auth\.master_key: NOPE is not set/],
  ['ledger: "postgres://u:do-not-print@h:port/db"', /^a\.yml:3:9 ledger: must be an address such as postgres:/],
  ['ledger: mysql:x', /ledger: must be sqlite: and a path/],
  ['ledger: sqlite://aegis.db', /ledger: must be sqlite: and a path/],
  ['ledger: "sqlite:"', /ledger: must be sqlite: and a path/],
  ['ledger: ":memory:"', /ledger: must be sqlite: and a path/],
  ['ledger: 5', /ledger: must be text/],
  ['server: { port: 70000 }', /server\.port: must be a whole number from 0 to 65535/],
  ['server: { host: "http://x" }', /server\.host: must be an IP address or a host name/],
  ['server: { max_body_bytes: 5 }', /max_body_bytes: must be a whole number from 1024/],
  ['server: { drain_ms: -5 }', /drain_ms: must be a whole number from 0/],
  ['server: [1]', /server: must be a mapping/],
]

for (const [section, problem] of sectionProblems) {
  test(`one problem is found in ${section}`, () => {
    const found = problemsOf(`providers:\n${gpu}${section}\n`)
    assert.equal(found.length, 1, found.join('\n'))
    assert.match(found[0] ?? '', problem)
  })
}

const wholeProblems: readonly (readonly [says: string, input: string | object, problem: RegExp])[] = [
  ['no providers at all', 'server: { port: 1 }', /^a\.yml providers: name at least one provider, such as/],
  ['an empty mapping of providers', 'providers: {}', /^a\.yml:1:12 providers: name at least one/],
  ['providers without entries', 'providers:', /providers: name at least one/],
  ['a list of providers', 'providers: [a]', /providers: must be a mapping of names/],
  ['a list', '[1]', /^a\.yml:1:1: must be a mapping that starts with providers:/],
  ['one word', 'hello', /^a\.yml:1:1: must be a mapping/],
  ['an object without providers', {}, /^a\.yml providers: name at least one/],
  ['an object with a class instance', { providers: { x: new Date(0) } }, /^a\.yml providers\.x: must be plain data/],
  [
    'an object with a function',
    { providers: { x: { models: () => [] } } },
    /^a\.yml providers\.x\.models: must be plain data/,
  ],
  [
    'an object with camelCase keys',
    { providers: { openai: { apiKey: 'sk-do-not-print', models: ['m'] } } },
    /^a\.yml providers\.openai\.apiKey: unknown key, did you mean api_key\?/,
  ],
]

for (const [says, input, problem] of wholeProblems) {
  test(`${says} is one problem`, () => {
    const found = problemsOf(input)
    assert.equal(found.length, 1, found.join('\n'))
    assert.match(found[0] ?? '', problem)
  })
}

test('an object that contains itself is a problem', () => {
  const input: Record<string, unknown> = {}
  input.providers = input
  assert.match(problemsOf(input)[0] ?? '', /contains itself/)
})

test('all problems are told at once, in the order of the file', () => {
  const found = problemsOf(`providers:
  openai: { base_ur: 1, models: [] }
  gpu: { base_url: http://203.0.113.1, location: local, modls: [m], models: [m] }
budgets: { monthly_limits: { opena: 5, openai: -1 }, exceeded_status: 500 }
routing: { default_provider: gpuu, max_attempts: 99, rules: [{ use: gpx }, {}] }
auth: { master_key: \${NOPE} }
serve: 1
`)
  assert.deepEqual(
    found.map((line) => line.split(': ')[0]),
    [
      'a.yml:2:13 providers.openai.base_ur',
      'a.yml:2:33 providers.openai.models',
      'a.yml:3:50 providers.gpu.location',
      'a.yml:3:57 providers.gpu.modls',
      'a.yml:4:30 budgets.monthly_limits.opena',
      'a.yml:4:48 budgets.monthly_limits.openai',
      'a.yml:4:71 budgets.exceeded_status',
      'a.yml:5:30 routing.default_provider',
      'a.yml:5:50 routing.max_attempts',
      'a.yml:5:69 routing.rules[0].use',
      'a.yml:5:76 routing.rules[1].use',
      'a.yml:6:21 auth.master_key',
      'a.yml:7:1 serve',
    ],
  )
})

test('a value that an environment variable supplies cannot add structure', () => {
  const text = 'providers:\n  gpu: { base_url: "${URL}", models: [${MODEL}] }\n'
  const env = { URL: 'http://127.0.0.1:1', MODEL: 'm], location: local }\nauth: {' }
  assert.throws(() => parseConfig(text, { source: 'a.yml', env }), /models\[0\]: must be text of one line/)
  const config = parseConfig(text, { source: 'a.yml', env: { ...env, MODEL: 'a, b' } })
  assert.deepEqual(config.providers[0]?.models, ['a, b'])
})
