// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a reference is what one of these tests is about
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fromUsd } from '../domain/money.ts'
import type { RolloutPlan } from '../domain/rollout.ts'
import { ConfigError } from './config-error.ts'
import { loadConfig, parseConfig } from './load-config.ts'

const providers = `providers:
  local: { base_url: http://127.0.0.1:11434, models: [small, large] }
  openai: { api_key: sk-do-not-print, models: [gpt-4o, gpt-4o-mini] }
`

function planOf(rollout: string): RolloutPlan {
  const plan = parseConfig(`${providers}rollout: ${rollout}`, { source: 'a.yml', env: {} }).rollout
  return plan ?? assert.fail('there is no plan')
}

function problemsOf(rollout: string): string {
  try {
    parseConfig(`${providers}rollout: ${rollout}`, { source: 'a.yml', env: {} })
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    assert.doesNotMatch(error.message, /do-not-print/)
    return error.message
  }
  return assert.fail('nothing was found wrong')
}

describe('the rollout section', () => {
  test('has stages, gates and times by default', () => {
    const { candidate, id, ...plan } = planOf('{ candidate: { routing: { default_provider: openai } } }')
    assert.deepEqual(plan, {
      by: 'user',
      stages: [10, 30, 50, 75, 100].map((percent) => ({ percent, minTimeMs: 3_600_000, minRequests: 100 })),
      gates: { errorRatePercent: 5, p95Ms: 1000, monthlyCost: fromUsd(300), privacyViolations: 0 },
      checkEveryMs: 5000,
    })
    assert.equal(candidate.source, 'rollout.candidate')
    assert.match(id, /^[0-9a-f]{12}$/)
  })

  test('takes all of them as they are written', () => {
    const plan = planOf(`
  by: session
  candidate: { models: { openai: [gpt-4o-mini] } }
  stages: [5, { percent: 50, min_time: 2d, min_requests: 9 }, 100]
  min_time: 90s
  min_requests: 7
  gates: { error_rate_percent: 0.5, p95_ms: 20000, monthly_cost: 12.5, privacy_violations: 3 }
  check_every: 30s`)
    assert.deepEqual(plan.stages, [
      { percent: 5, minTimeMs: 90_000, minRequests: 7 },
      { percent: 50, minTimeMs: 172_800_000, minRequests: 9 },
      { percent: 100, minTimeMs: 90_000, minRequests: 7 },
    ])
    assert.deepEqual(plan.gates, {
      ...{ errorRatePercent: 0.5, p95Ms: 20_000, monthlyCost: fromUsd(12.5), privacyViolations: 3 },
    })
    assert.deepEqual([plan.by, plan.checkEveryMs], ['session', 30_000])
    assert.deepEqual(plan.candidate.models, { openai: ['gpt-4o-mini', 'gpt-4o'] })
  })

  test('is not there when it is not written', () => {
    assert.equal(parseConfig(providers, { source: 'a.yml', env: {} }).rollout, undefined)
  })

  test('puts the rule for restricted data before every rule of the candidate', () => {
    const { rules } = planOf(
      '{ candidate: { routing: { rules: [{ use: openai }], default_provider: openai } } }',
    ).candidate
    assert.deepEqual(rules.map(({ name, use }) => [name, use]).slice(0, 2), [
      ['sensitive_data_local_only', 'local'],
      ['rule_1', 'openai'],
    ])
  })

  test('has a name for what the candidate decides, wherever it is written', () => {
    const one = planOf('{ candidate: { routing: { default_provider: openai } } }')
    const same = planOf('{ by: key, candidate: { routing: { default_provider: openai } }, stages: [100] }')
    const other = planOf('{ candidate: { routing: { default_provider: local } } }')
    assert.equal(one.id, same.id)
    assert.notEqual(one.id, other.id)
  })

  for (const [rollout, problem] of [
    ['{}', /rollout\.candidate: must be the name of a file, or a mapping/],
    ['{ candidate: {}, gate: {} }', /rollout\.gate: unknown key, did you mean gates\?/],
    ['{ candidate: {}, by: tag }', /rollout\.by: must be one of key, user, session/],
    ['{ candidate: {}, stages: [] }', /rollout\.stages: must have at least one entry/],
    ['{ candidate: {}, stages: [10, 50] }', /^a\.yml:4:\d+ rollout\.stages\[1\]: the last stage must be 100$/],
    ['{ candidate: {}, stages: [50, 10, 100] }', /rollout\.stages\[1\]: must be above the stage before it/],
    ['{ candidate: {}, stages: [0, 100] }', /rollout\.stages\[0\]: must be a whole number from 1 to 100/],
    ['{ candidate: {}, min_time: 5 }', /rollout\.min_time: must be text/],
    ['{ candidate: {}, min_time: 5w }', /rollout\.min_time: must be a time such as 90s, 30m, 12h or 2d/],
    ['{ candidate: {}, min_requests: 0 }', /rollout\.min_requests: must be a whole number from 1/],
    ['{ candidate: {}, gates: { error_rate_percent: 101 } }', /error_rate_percent: must be a number from 0 to 100/],
    ['{ candidate: {}, gates: { monthly_cost: -1 } }', /gates\.monthly_cost: must be an amount in US dollars/],
    ['{ candidate: 7 }', /rollout\.candidate: must be the name of a file, or a mapping with routing and models/],
    ['{ candidate: { budgets: {} } }', /rollout\.candidate\.budgets: unknown key; known here: routing, models/],
    ['{ candidate: { routing: { max_attempts: 2 } } }', /rollout\.candidate\.routing\.max_attempts: unknown key/],
    [
      '{ candidate: { routing: { default_provider: opnai } } }',
      /^a\.yml:4:\d+ rollout\.candidate\.routing\.default_provider: no provider has this name, did you mean openai\?$/,
    ],
    ['{ candidate: { routing: { fallback: [local, local] } } }', /candidate\.routing\.fallback\[1\]: is named twice/],
    [
      '{ candidate: { routing: { rules: [{ use: local, model: smal }] } } }',
      /rules\[0\]\.model: local has no such model/,
    ],
    ['{ candidate: { models: { opnai: [gpt-4o] } } }', /candidate\.models\.opnai: no provider has this name/],
    ['{ candidate: { models: { openai: [gpt-5] } } }', /models\.openai\[0\]: openai has no such model; .*add it to/],
    ['{ candidate: { models: { openai: [gpt-4o, gpt-4o] } } }', /models\.openai\[1\]: is named twice/],
    ['{ candidate: none.yml }', /rollout\.candidate: there is no such file beside this one/],
  ] as const) {
    test(`says what is wrong with ${rollout}`, () => {
      assert.match(problemsOf(rollout), problem)
    })
  }
})

describe('a candidate in a file of its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-candidate-'))
  after(() => rmSync(folder, { recursive: true }))
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  const load = (env = {}) => loadConfig({ path: 'aegis.yml', env, cwd: folder })

  test('is found beside the configuration, and may name variables', async () => {
    write('aegis.yml', `${providers}rollout: { candidate: next.yml }`)
    write('next.yml', 'routing: { default_provider: "${WHO}" }')
    const { rollout } = await load({ WHO: 'openai' })
    assert.equal(rollout?.candidate.source, 'next.yml')
    assert.equal(rollout.candidate.rules.at(-1)?.use, 'openai')
    const inline = planOf('{ candidate: { routing: { default_provider: openai } } }')
    assert.equal(rollout.id, inline.id, 'it is the same candidate as one that is written in the configuration')
  })

  for (const [what, text, problem] of [
    ['a misspelt key', 'routin: {}', /^next\.yml:1:1 routin: unknown key, did you mean routing\?$/],
    ['a provider that is none', 'routing:\n  fallback: [locl]', /^next\.yml:2:14 routing\.fallback\[0\]: no provider/],
    [
      'a whole configuration',
      `${providers}routing: {}`,
      /^next\.yml:1:1 providers: a candidate changes routing and the/,
    ],
    ['no mapping', '- a', /^next\.yml:1:1: must be a mapping with routing: and models:$/],
    ['broken YAML', 'routing: {', /^next\.yml:\d/],
    ['nothing', '', /^next\.yml: the file is empty/],
  ] as const) {
    test(`with ${what} is told with its own line`, async () => {
      write('aegis.yml', `${providers}rollout: { candidate: next.yml }`)
      write('next.yml', text)
      await assert.rejects(load(), (error) => error instanceof ConfigError && problem.test(error.message))
    })
  }
})

test('decisions are kept for thirty days unless told', () => {
  const days = (more: string) =>
    parseConfig(providers + more, { source: 'a.yml', env: {} }).telemetry.decisions.keepDays
  assert.equal(days(''), 30)
  assert.equal(days('telemetry: { decisions: { keep_days: 0 } }'), 0)
  assert.throws(() => days('telemetry: { decisions: { keep_days: -1 } }'), /keep_days: must be a whole number from 0/)
})
