// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are what these tests are about
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConfig } from './load-config.ts'

function parse(text: string) {
  return parseConfig(text, { source: 'aegis.yml', env: {} })
}

const keyCases: readonly (readonly [says: string, entry: string, open: boolean])[] = [
  ['OpenAI without a key', 'openai: { models: [m] }', false],
  ['OpenAI with an empty key', 'openai: { api_key: "", models: [m] }', false],
  ['OpenAI with a default of nothing', 'openai: { api_key: "${NOPE:-}", models: [m] }', false],
  ['Ollama Cloud without a key', 'x: { base_url: https://ollama.com, models: [m] }', false],
  ['another cloud provider without a key', 'x: { base_url: https://x.example, models: [m] }', true],
  [
    'another cloud provider with an unset key',
    'x: { base_url: https://x.example, api_key: "${NOPE}", models: [m] }',
    false,
  ],
  ['a local server with an unset key', 'x: { base_url: http://127.0.0.1:8000, api_key: "${NOPE}", models: [m] }', true],
  ['a simulated OpenAI without a key', 'openai: { base_url: http://127.0.0.1:1, simulated: true, models: [m] }', true],
]

for (const [says, entry, open] of keyCases) {
  test(`${says} is ${open ? 'open' : 'closed'}`, () => {
    const [only] = parse(`providers:\n  ${entry}`).providers
    assert.equal(only?.closedBecause === undefined, open, only?.closedBecause)
  })
}

const noticeCases: readonly (readonly [says: string, text: string, notice: RegExp])[] = [
  ['no provider is local', 'providers: { x: { base_url: https://x.example, models: [m] } }', /no provider is local/],
  [
    'Ollama Cloud has no price',
    'providers: { x: { base_url: https://ollama.com, api_key: k, models: [m] } }',
    /pricing: \{ x: \{ free: true \} \}/,
  ],
  [
    'a provider has no limit',
    'providers: { openai: { api_key: k, models: [m] } }',
    /monthly_limits: \{ openai: 50\.0 \}/,
  ],
  [
    'the host of Ollama Cloud changed',
    'providers: { x: { base_url: https://ollama.cloud, api_key: k, models: [m] } }',
    /x \(aegis\.yml:1\): Ollama Cloud is at https:\/\/ollama\.com now/,
  ],
  [
    'a name keeps a provider from being local',
    'providers: { cloud_gpu: { base_url: http://localhost:1, models: [m] } }',
    /cloud_gpu \(aegis\.yml:1\): counts as cloud/,
  ],
]

for (const [says, text, notice] of noticeCases) {
  test(`the operator is told when ${says}`, () => {
    const { notices } = parse(text)
    assert.ok(
      notices.some(({ message }) => notice.test(message)),
      JSON.stringify(notices),
    )
  })
}

test('notices from before come first and are not repeated', () => {
  const text = 'providers: { x: { base_url: http://127.0.0.1:1, models: [m] } }'
  const before = { level: 'info', message: 'found x' } as const
  assert.deepEqual(parseConfig(text, { source: 's', env: {}, notices: [before, before] }).notices, [before])
})
