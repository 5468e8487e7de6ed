// Which thresholds are passed, and when the same threshold is a new alert.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Budget, BudgetStatus } from '../domain/budget.ts'
import { nanoUsd, ZERO_USD } from '../domain/money.ts'
import { budgetOf } from '../ledger/contract/ledger-world.ts'
import { passedThresholds, thresholdAlert } from './passed-thresholds.ts'

const NOW_MS = Date.parse('2026-11-27T12:00:00Z')

function statusOf(budget: Budget, spent: number, changes: Partial<BudgetStatus> = {}): BudgetStatus {
  const { id, scope, subject, window, limit, soft, rule } = budget
  const base = { id, scope, subject, window: window.kind, limit, soft, rule, spent: nanoUsd(spent) }
  const nothing = { reserved: ZERO_USD, leased: ZERO_USD, unsettled: ZERO_USD }
  return { ...base, ...nothing, period: '2026-11', resetsAtMs: undefined, ...changes }
}

function percents(budget: Budget, spent: number): number[] {
  return passedThresholds([statusOf(budget, spent)], [budget], NOW_MS).map(({ labels }) => labels.percent)
}

function idOf(budget: Budget, changes: Partial<BudgetStatus> = {}, wallMs = NOW_MS): string | undefined {
  return passedThresholds([statusOf(budget, 1000, changes)], [{ ...budget, alertAtPercent: [100] }], wallMs)[0]?.id
}

test('a threshold is passed when that part of the limit is spent, not a nano-dollar before', () => {
  const budget = budgetOf(1000)
  assert.deepEqual(percents(budget, 799), [])
  assert.deepEqual(percents(budget, 800), [80])
  assert.deepEqual(percents(budget, 999), [80, 90])
  assert.deepEqual(percents(budget, 5000), [80, 90, 100])
})

test('money that is reserved or leased has not been spent', () => {
  const budget = budgetOf(1000)
  const status = statusOf(budget, 10, { reserved: nanoUsd(900), leased: nanoUsd(90) })
  assert.deepEqual(passedThresholds([status], [budget], NOW_MS), [])
})

test('a limit of nothing is passed by the first nano-dollar', () => {
  assert.deepEqual(percents(budgetOf(0), 0), [])
  assert.deepEqual(percents(budgetOf(0), 1), [80, 90, 100])
})

test('a soft limit alerts like any other, and says so', () => {
  const budget = budgetOf(1000, { soft: true, alertAtPercent: [100] })
  const [passed] = passedThresholds([statusOf(budget, 1000)], [budget], NOW_MS)
  assert.equal(passed && thresholdAlert(passed).data.soft, true)
})

test('the next period and another limit are told anew, the same ones are not', () => {
  const budget = budgetOf(1000)
  const first = idOf(budget)
  assert.equal(idOf(budget, { spent: nanoUsd(2000) }, NOW_MS + 86_400_000), first)
  assert.notEqual(idOf(budget, { period: '2026-12' }), first)
  assert.notEqual(idOf(budget, { limit: nanoUsd(999) }), first)
})

test('each subject of a budget for each is told on its own', () => {
  const budget = budgetOf(1000, { scope: 'user', subject: '*' })
  const ids = ['ann', 'bob', 'a:b', 'a%3Ab', '\ud800'].map((subject) => idOf(budget, { subject }))
  assert.equal(new Set(ids).size, 5)
})

test('a rolling window is told anew after its own length, a short one after an hour', () => {
  const startMs = Date.parse('2026-11-27T00:00:00Z')
  const day = budgetOf(1000, { window: { kind: 'rolling', seconds: 86_400 } })
  assert.equal(idOf(day, {}, startMs + 86_399_999), idOf(day, {}, startMs))
  assert.notEqual(idOf(day, {}, startMs + 86_400_000), idOf(day, {}, startMs))
  const minute = budgetOf(1000, { window: { kind: 'rolling', seconds: 60 } })
  assert.equal(idOf(minute, {}, startMs + 3_599_999), idOf(minute, {}, startMs))
  assert.notEqual(idOf(minute, {}, startMs + 3_600_000), idOf(minute, {}, startMs))
})
