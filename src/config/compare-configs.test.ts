// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are what these tests are about
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { takeOver } from './compare-configs.ts'
import { parseConfig } from './load-config.ts'

const providers =
  'providers: { a: { base_url: http://localhost:1, models: [m] }, b: { base_url: http://localhost:2, models: [m], api_key: "${KEY}" } }'
const parse = (more = '', env: Record<string, string> = { KEY: 'sk-one-key' }, first = providers) =>
  parseConfig(`${first}\n${more}`, { source: 'aegis.yml', env })
const base = parse()

const cases: readonly (readonly [
  says: string,
  next: ReturnType<typeof parse>,
  changed: string[],
  restart: string[],
])[] = [
  ['nothing', parse(), [], []],
  ['where things stand', parse('', undefined, `\n\n# moved\n${providers}`), [], []],
  ['a key', parse('', { KEY: 'sk-other-key' }), ['providers.b'], []],
  [
    'a provider that is gone',
    parse('', {}, 'providers: { a: { base_url: http://localhost:1, models: [m] } }'),
    ['providers.b', 'routing.fallback'],
    [],
  ],
  ['a price', parse('pricing: { a: { "*": { input_per_million: 1, output_per_million: 2 } } }'), ['pricing.a'], []],
  [
    'budgets',
    parse('budgets: { monthly_limits: { a: 1 }, time_zone: Europe/Berlin }'),
    ['budgets.monthly_limits', 'budgets.time_zone'],
    [],
  ],
  ['a limit', parse('budgets: { limits: [{ global: true, per: day, limit: 1 }] }'), ['budgets.limits'], []],
  ['privacy', parse('privacy: { default_classification: pii }'), ['privacy.default_classification'], []],
  [
    'keys of the gateway',
    parse('auth: { master_key: a-long-key, previous_master_key: another-key }'),
    ['auth.master_key', 'auth.previous_master_key'],
    [],
  ],
  [
    'the address',
    parse('server: { host: 127.0.0.2, port: 1, drain_ms: 1 }'),
    ['server.drain_ms'],
    ['server.host', 'server.port'],
  ],
  ['the ledger', parse('ledger: "memory:"'), [], ['ledger', 'model_listing_path', 'privacy.audit']],
  ['the log', parse('server: { log: json, log_level: warn }'), ['server.log_level'], ['server.log']],
  ['exporters', parse('telemetry: { otel: { endpoint: http://localhost:4318 } }'), [], ['telemetry.otel']],
]

for (const [says, next, changed, restartNeeded] of cases) {
  test(`a change of ${says} is told by the names of the file, and what is bound stays`, () => {
    const found = takeOver(base, next)
    assert.deepEqual(found.changed, changed)
    assert.deepEqual(found.restartNeeded, restartNeeded)
    const { server, ledger, telemetry } = found.config
    assert.deepEqual([server.host, server.port, server.log], [base.server.host, base.server.port, base.server.log])
    assert.deepEqual([ledger, telemetry], [base.ledger, base.telemetry])
    assert.doesNotMatch(JSON.stringify(found), /sk-one|sk-other|a-long-key|another-key/)
    // What has been taken over is no change any more; what needs a restart is told again.
    assert.deepEqual(takeOver(found.config, next).changed, [])
    assert.deepEqual(takeOver(found.config, next).restartNeeded, restartNeeded)
  })
}
