import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConfig } from './load-config.ts'

const entries = {
  local: 'local: { base_url: http://127.0.0.1:1, models: [m] }',
  second: 'second: { base_url: http://127.0.0.1:2, models: [m] }',
  cloud: 'cloud: { base_url: https://c.example, models: [m] }',
  cloud2: 'cloud2: { base_url: https://d.example, models: [m] }',
  openai: 'openai: { api_key: k, models: [m] }',
  played: 'played: { base_url: https://p.example, role: openai, models: [m] }',
} as const

function routing(providers: readonly (keyof typeof entries)[], section = '{}') {
  const text = `providers:\n${providers.map((name) => `  ${entries[name]}\n`).join('')}routing: ${section}\n`
  return parseConfig(text, { source: 'a.yml', env: {} })
}

interface Choice {
  readonly says: string
  readonly providers: readonly (keyof typeof entries)[]
  readonly section?: string
  /** The providers of the four default rules, in order. */
  readonly uses: string
  readonly fallback: string
}

const choices: readonly Choice[] = [
  {
    says: 'one of each role',
    providers: ['cloud', 'local', 'openai'],
    uses: 'local openai cloud local',
    fallback: 'openai cloud local',
  },
  {
    says: 'several of each role',
    providers: ['second', 'cloud2', 'openai', 'local', 'cloud', 'played'],
    uses: 'second openai cloud2 second',
    fallback: 'openai played cloud2 cloud second local',
  },
  {
    says: 'only local ones',
    providers: ['local', 'second'],
    uses: 'local local local local',
    fallback: 'local second',
  },
  { says: 'only OpenAI', providers: ['openai'], uses: 'openai openai openai openai', fallback: 'openai' },
  {
    says: 'no OpenAI',
    providers: ['local', 'cloud2', 'cloud'],
    uses: 'local cloud2 cloud2 local',
    fallback: 'cloud2 cloud local',
  },
  {
    says: 'no other cloud',
    providers: ['local', 'openai'],
    uses: 'local openai openai local',
    fallback: 'openai local',
  },
  {
    says: 'a default at a cloud',
    providers: ['local', 'cloud', 'openai'],
    section: '{ default_provider: cloud }',
    uses: 'local openai cloud cloud',
    fallback: 'openai cloud local',
  },
  {
    says: 'a local default that is not the first',
    providers: ['local', 'second'],
    section: '{ default_provider: second }',
    uses: 'second second second second',
    fallback: 'local second',
  },
  {
    says: 'all of them named',
    providers: ['local', 'cloud', 'openai'],
    section:
      '{ default_provider: openai, quality_critical_provider: cloud, batch_processing_provider: local, fallback: [local] }',
    uses: 'local cloud local openai',
    fallback: 'local',
  },
]

for (const { says, providers, section, uses, fallback } of choices) {
  test(`the default rules with ${says}`, () => {
    const { rules, fallback: chain } = routing(providers, section).routing
    assert.equal(rules.map((rule) => rule.use).join(' '), uses)
    assert.equal(chain.join(' '), fallback)
    assert.deepEqual(
      rules.map((rule) => rule.reason),
      ['sensitive_data_local_only', 'critical_quality', 'scale_or_quality', 'default_local'],
    )
  })
}

test("the user's rules come after the one for restricted data and before the others", () => {
  const section = `
  rules:
    - { name: nightly, when: { tags: [night], batch_size_over: 0 }, use: cloud, model: m }
    - { when: { any: [{ restricted: false, classification: [public, internal] }, { quality_at_least: high, complexity_at_least: low }] }, use: local }
    - { use: cloud }`
  const { rules } = routing(['local', 'cloud'], section).routing
  assert.deepEqual(
    rules.map((rule) => rule.name),
    [
      'sensitive_data_local_only',
      'nightly',
      'rule_2',
      'rule_3',
      'critical_quality',
      'scale_or_quality',
      'default_local',
    ],
  )
  assert.deepEqual(rules.slice(1, 4), [
    { name: 'nightly', when: { tags: ['night'], batchSizeOver: 0 }, use: 'cloud', model: 'm', reason: 'rule' },
    {
      name: 'rule_2',
      when: {
        any: [
          { restricted: false, classification: ['public', 'internal'] },
          { qualityAtLeast: 'high', complexityAtLeast: 'low' },
        ],
      },
      use: 'local',
      reason: 'rule',
    },
    { name: 'rule_3', when: {}, use: 'cloud', reason: 'rule' },
  ])
})

for (const when of ['{ restricted: true }', '{ classification: pii }', '{ classification: [hipaa, confidential] }']) {
  test(`a rule for ${when} never applies, and the operator is told`, () => {
    const { notices } = routing(['local', 'cloud'], `{ rules: [{ when: ${when}, use: cloud }] }`)
    assert.ok(
      notices.some(({ level, message }) => level === 'warning' && /^rule_1 \(a\.yml:4\) never applies/.test(message)),
    )
  })
}

test('a rule that can hold for other data is no reason for a notice', () => {
  const { notices } = routing(
    ['local', 'cloud'],
    '{ rules: [{ when: { classification: [public, pii] }, use: cloud }] }',
  )
  assert.ok(!notices.some(({ message }) => message.includes('never applies')))
})
