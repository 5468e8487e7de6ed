// Proves that dashboards and alert rules ask for nothing that a gateway does not show, and that the rules fire when they should.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import type { NanoUsd } from '../../src/domain/money.ts'
import { type Outcome, outcomeStatuses } from '../../src/domain/outcome.ts'
import type { ProviderRef } from '../../src/domain/provider-ref.ts'
import { PrometheusTelemetry } from '../../src/telemetry/prometheus/prometheus-telemetry.ts'
import { type Metrics, readMetrics } from '../gateway/metrics-text.ts'

const deploy = new URL('../../deploy/', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, deploy), 'utf8')

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[]
  readonly templating: { readonly list: readonly { readonly query: string | { readonly query: string } }[] }
}
interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[]
}

const dashboard = JSON.parse(read('grafana/aegis.json')) as Dashboard
const rules = (parse(read('prometheus/aegis.rules.yml')) as Rules).groups.flatMap((group) => group.rules)

/** A page on which every metric has a series. */
function fullPage(): string {
  const budget = {
    id: 'a',
    scope: 'provider',
    subject: 'openai',
    window: 'month',
    period: '2026-11',
    rule: 'r',
  } as const
  const money = { limit: 10, spent: 1, reserved: 1, leased: 0, unsettled: 0 } as Record<string, NanoUsd | number>
  const telemetry = new PrometheusTelemetry({
    version: '1',
    budgets: () => [
      {
        ...budget,
        ...(money as Record<'limit' | 'spent' | 'reserved' | 'leased' | 'unsettled', NanoUsd>),
        resetsAtMs: undefined,
        soft: false,
      },
    ],
  })
  const openai: ProviderRef = {
    name: 'openai',
    kind: 'openai',
    location: 'cloud',
    role: 'openai',
    models: ['m'],
    simulated: false,
  }
  telemetry.show({ providers: [openai], cooling: () => 1000, places: () => ({ taken: 1, waiting: 1 }) })
  const attempt = {
    provider: 'openai',
    model: 'm',
    location: 'cloud',
    reason: 'fallback',
    durationMs: 1,
    cost: 1 as NanoUsd,
  } as const
  const outcome: Outcome = {
    requestId: 'r',
    receivedAtMs: 0,
    endedAtMs: 1,
    status: 'ok',
    httpStatus: 200,
    classification: { level: 'public', undecidable: false, restricted: false, source: 'declared' },
    attempts: [
      { ...attempt, result: 'timeout' },
      { ...attempt, result: 'answered' },
    ],
    answeredBy: attempt,
    usage: { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, reasoningTokens: 0 },
    cost: 1 as NanoUsd,
    stream: false,
    firstByteMs: 1,
    overheadMs: 1,
  }
  telemetry.started()
  telemetry.record(outcome)
  telemetry.violation()
  telemetry.overrun('openai')
  telemetry.dropped('otel', 1)
  telemetry.budgetAlert({ scope: 'provider', window: 'month', percent: 80 })
  return telemetry.render()
}

const page = fullPage()
const metrics = readMetrics(page)

/** Labels of Prometheus' own, and those that a recording adds. */
const foreign = new Set(['job', 'instance'])

/** What is wrong with an expression, given a page. */
function problemsOf(expr: string, { samples }: Metrics): string[] {
  const problems: string[] = []
  const used = [...expr.matchAll(/\b((?:llm|aegis)_[a-z_]+)(?:\{([^}]*)\})?/g)]
  const labels = new Set<string>()
  for (const [, name = '', selector = ''] of used) {
    const series = samples.filter((sample) => sample.name === name)
    if (series.length === 0) problems.push(`no metric ${name}`)
    const known = new Set(series.flatMap((one) => Object.keys(one.labels)))
    for (const label of known) labels.add(label)
    for (const [, label = ''] of selector.matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)/g)) {
      if (!known.has(label)) problems.push(`${name} has no label ${label}`)
    }
  }
  for (const [, names = ''] of expr.matchAll(/\bby\s*\(([^)]*)\)/g)) {
    for (const label of names.split(',').map((one) => one.trim())) {
      if (!labels.has(label)) problems.push(`nothing here has the label ${label}`)
    }
  }
  return problems
}

describe('every name and label is on the page', () => {
  for (const { title, targets } of dashboard.panels) {
    test(`of the panel: ${title}`, () => {
      assert.ok(targets.length > 0)
      for (const { expr } of targets) assert.deepEqual(problemsOf(expr, metrics), [], expr)
    })
  }
  for (const { alert, expr } of rules) {
    test(`of the rule: ${alert}`, () => {
      if (expr.startsWith('up{'))
        assert.ok([...expr.matchAll(/([a-z]+)=/g)].every(([, label = '']) => foreign.has(label)))
      else assert.deepEqual(problemsOf(expr, metrics), [], expr)
    })
  }
  test('of the dashboard’s variables', () => {
    const queries = dashboard.templating.list.flatMap(({ query }) => (typeof query === 'string' ? [] : [query.query]))
    assert.deepEqual(queries, ['label_values(llm_requests_total, provider)'])
  })
  test('and the check would notice one that is not', () => {
    assert.deepEqual(problemsOf('sum by (modle) (rate(llm_request_total{provder="a"}[5m]))', metrics), [
      'no metric llm_request_total',
      'llm_request_total has no label provder',
      'nothing here has the label modle',
    ])
  })
})

test('statuses that rules and panels ask for exist', () => {
  const expressions = [
    ...rules.map(({ expr }) => expr),
    ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ]
  const asked = expressions.flatMap((expr) =>
    [...expr.matchAll(/status=~?"([^"]*)"/g)].flatMap(([, text = '']) => text.split('|')),
  )
  assert.ok(asked.length > 0)
  for (const status of asked)
    assert.ok(
      outcomeStatuses.some((one) => one === status),
      status,
    )
})

test('panels and rules cover what operators asked for', () => {
  const titles = dashboard.panels.map(({ title }) => title).join('\n')
  for (const wanted of [
    /distribution/,
    /Cost per provider and day/,
    /p50, p95, p99/,
    /Error rate/,
    /Fallbacks/,
    /Privacy decisions/,
    /Reserved money/,
    /Queue depth/,
  ]) {
    assert.match(titles, wanted)
  }
  const expr = Object.fromEntries(rules.map((rule) => [rule.alert, rule.expr]))
  assert.match(expr.AegisProviderDailyCost ?? '', /> 10$/)
  assert.match(expr.AegisOpenAISlow ?? '', /provider="openai".* > 0\.6$/)
  assert.match(expr.AegisErrors ?? '', /> 0\.01$/)
  assert.match(expr.AegisProjectedMonth ?? '', /> 300$/)
  assert.deepEqual(
    ['AegisBudget80', 'AegisBudget90', 'AegisBudget100', 'AegisPrivacyViolation'].filter((name) => !(name in expr)),
    [],
  )
})

describe('promtool', () => {
  const found = spawnSync('promtool', ['--version']).status === 0
  const skip = found ? false : 'promtool is not installed: apt-get install prometheus, or put it into PATH'
  const promtool = (args: readonly string[], input?: string) => {
    const cwd = fileURLToPath(new URL('prometheus/', deploy))
    return spawnSync('promtool', args, { cwd, encoding: 'utf8', ...(input === undefined ? {} : { input }) })
  }
  test('accepts the rules', { skip }, () => {
    const { status, stdout, stderr } = promtool(['check', 'rules', 'aegis.rules.yml'])
    assert.equal(status, 0, stdout + stderr)
  })
  test('sees them fire when they should, and not when they should not', { skip }, () => {
    const { status, stdout, stderr } = promtool(['test', 'rules', 'aegis.rules.test.yml'])
    assert.equal(status, 0, stdout + stderr)
  })
  test('finds nothing to say of the page', { skip }, () => {
    const { status, stdout, stderr } = promtool(['check', 'metrics'], page)
    assert.equal(status, 0, stdout + stderr)
  })
})
