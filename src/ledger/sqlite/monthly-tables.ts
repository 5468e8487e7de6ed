// Owns the step from a file of version 1, which had budgets by provider and calendar month, to the tables of today.
import type { DatabaseSync } from 'node:sqlite'
import { nanoUsd } from '../../domain/money.ts'
import { spendOf } from '../charge.ts'
import type { UsageRow } from '../ledger.ts'
import type { UsageEntry, UsagePart } from '../usage-row.ts'
import { MoneyTables } from './money-tables.ts'
import { Statements } from './statements.ts'
import { UsageWriter } from './usage-writer.ts'

/** Tables whose names the tables of today have too, and those that have nobody to follow them. */
const RENAMED = ['usage', 'usage_elsewhere', 'spend', 'owner', 'reservation'] as const
const DROPPED = ['charge', 'usage_by_day'] as const
const ROWS_AT_ONCE = 500

/** Puts the old tables out of the way. */
export function moveMonthlyTables(database: DatabaseSync): void {
  for (const table of RENAMED) database.exec(`ALTER TABLE ${table} RENAME TO monthly_${table}`)
  for (const index of ['usage_by_time', 'usage_elsewhere_by_time']) database.exec(`DROP INDEX IF EXISTS ${index}`)
  for (const table of DROPPED) database.exec(`DROP TABLE ${table}`)
}

/**
 * Copies money and usage, and drops the old tables. A month's spending counts from noon of its first day in UTC, which
 * lies in that month in every time zone. Reservations that nobody settled are charged in full.
 */
export function copyMonthlyTables(database: DatabaseSync): void {
  copySpend(database)
  copyUsage(database)
  for (const table of RENAMED) database.exec(`DROP TABLE monthly_${table}`)
}

function copySpend(database: DatabaseSync): void {
  const rows = database
    .prepare(
      `SELECT provider, period, amount, 0 AS unsettled FROM monthly_spend
       UNION ALL SELECT provider, period, amount, 1 FROM monthly_reservation`,
    )
    .all()
  const charges = rows.map(({ provider, period, amount, unsettled }) => ({
    subjects: [
      { scope: 'provider' as const, name: String(provider), fineGrains: [] },
      { scope: 'global' as const, name: '', fineGrains: [] },
    ],
    madeAtMs: Date.parse(`${period}-01T12:00:00Z`),
    cost: Number(amount),
    unsettled: unsettled === 1,
  }))
  new MoneyTables(new Statements(database)).addSpend(spendOf(charges))
}

function copyUsage(database: DatabaseSync): void {
  const writer = new UsageWriter(database)
  const elsewhere = database.prepare(
    'SELECT provider, model, cost FROM monthly_usage_elsewhere WHERE received_at_ms = ? AND cost <= ?',
  )
  const next = database.prepare(`
    SELECT seq, request_id AS requestId, received_at_ms AS receivedAtMs, duration_ms AS durationMs, status,
      http_status AS httpStatus, provider, model, reason, classification, input_tokens AS inputTokens,
      output_tokens AS outputTokens, cached_input_tokens AS cachedInputTokens, usage_quality AS usageQuality, cost,
      answer_cost AS answerCost, key_id AS keyId, user, attempts
    FROM monthly_usage WHERE seq > ? ORDER BY seq LIMIT ${ROWS_AT_ONCE}`)
  for (let after = 0; ; ) {
    const rows = next.all(after) as unknown as MonthlyRow[]
    if (rows.length === 0) return
    writer.write(rows.map((row) => entryOf(row, elsewhere.all(row.receivedAtMs, row.cost - row.answerCost))))
    after = rows.at(-1)?.seq ?? after
  }
}

type MonthlyRow = Omit<UsageRow, 'attempts' | 'tags' | 'reasoningTokens'> & {
  readonly seq: number
  readonly answerCost: number
  readonly attempts: string
}

/** Other attempts' costs had no request's id: those of the same millisecond count until they make up the difference. */
function entryOf({ seq: _, answerCost, attempts, ...row }: MonthlyRow, others: readonly object[]): UsageEntry {
  const parts: UsagePart[] = [
    {
      provider: row.provider ?? '',
      model: row.model ?? '',
      requests: 1,
      inputTokens: row.inputTokens ?? 0,
      outputTokens: row.outputTokens ?? 0,
      cost: answerCost,
    },
  ]
  let missing = row.cost - answerCost
  for (const { provider, model, cost } of others as { provider: string; model: string; cost: number }[]) {
    if (cost > missing) continue
    parts.push({ provider, model, requests: 0, inputTokens: 0, outputTokens: 0, cost })
    missing -= cost
  }
  const [answer] = parts
  if (answer) answer.cost += missing
  const copied = { ...row, cost: nanoUsd(row.cost), tags: [], reasoningTokens: null, attempts: JSON.parse(attempts) }
  return { row: copied, parts }
}
