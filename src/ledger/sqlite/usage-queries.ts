// Owns the reading of usage: pages by key, and summaries from the roll-up by day, exact to the millisecond.
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type { UsageGrouping, UsagePage, UsagePageQuery, UsageQuery, UsageRow, UsageSummary } from '../ledger.ts'
import { pageOf, pagePosition, startOfUtcDay, utcDay } from '../usage-row.ts'
import { UsageTotals } from '../usage-totals.ts'

const LAST_MS = Number.MAX_SAFE_INTEGER

const pageColumns = `request_id AS requestId, received_at_ms AS receivedAtMs, duration_ms AS durationMs, status,
  http_status AS httpStatus, provider, model, reason, classification, input_tokens AS inputTokens,
  output_tokens AS outputTokens, cached_input_tokens AS cachedInputTokens, reasoning_tokens AS reasoningTokens,
  usage_quality AS usageQuality, cost, key_id AS keyId, user, tags, attempts`

const conditions: Readonly<Record<Exclude<UsageGrouping, 'day'>, string>> = {
  provider: 'provider = ?',
  model: 'model = ?',
  key: 'key_id = ?',
  user: 'user = ?',
  tag: 'EXISTS (SELECT 1 FROM json_each(usage.tags) WHERE value = ?)',
}

/** The group of a row, from `usage` or `usage_elsewhere`; `tag` has a row for each tag. */
const rowGroups: Readonly<Record<UsageGrouping, string>> = {
  provider: "ifnull(provider, '')",
  model: "ifnull(model, '')",
  key: "ifnull(key_id, '')",
  user: "ifnull(user, '')",
  tag: 'each_tag.value',
  day: "date(received_at_ms / 1000, 'unixepoch')",
}

/** What a summary query answers; the tables are STRICT, so the types hold. */
interface GroupFigures {
  readonly name: string
  readonly requests: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cost: number
}

type StoredUsageRow = Omit<UsageRow, 'attempts' | 'tags'> & { readonly attempts: string; readonly tags: string }

/** One page. @throws RangeError as `Ledger.usage` does. */
export function readUsagePage(database: DatabaseSync, query: UsagePageQuery): UsagePage {
  const { beforeMs, beforeId } = pagePosition(query)
  const { sinceMs = 0, untilMs = LAST_MS, limit, where = {} } = query
  const filters: string[] = []
  const values: SQLInputValue[] = []
  for (const [name, value] of Object.entries(where)) {
    if (value === undefined) continue
    filters.push(` AND ${conditions[name as keyof typeof conditions]}`)
    values.push(value)
  }
  // The bound on the time alone lets SQLite begin at the cursor; by the pair it would only filter.
  const endMs = Math.min(untilMs, beforeMs === LAST_MS ? LAST_MS : beforeMs + 1)
  const sql = `SELECT ${pageColumns} FROM usage
    WHERE received_at_ms >= ? AND received_at_ms < ? AND (received_at_ms, request_id) < (?, ?)${filters.join('')}
    ORDER BY received_at_ms DESC, request_id DESC LIMIT ?`
  const rows = database.prepare(sql).all(sinceMs, endMs, beforeMs, beforeId, ...values, limit + 1)
  return pageOf(
    (rows as unknown as StoredUsageRow[]).map((row) => ({
      ...row,
      tags: JSON.parse(row.tags),
      attempts: JSON.parse(row.attempts),
    })),
    limit,
  )
}

/** Whole UTC days come from the roll-up; rows are read for the first and the last part of a day only. */
export function readUsageSummary(database: DatabaseSync, grouping: UsageGrouping, query: UsageQuery): UsageSummary[] {
  const sinceMs = Math.max(0, query.sinceMs ?? 0)
  const untilMs = Math.min(LAST_MS, query.untilMs ?? LAST_MS)
  const firstDay = utcDay(sinceMs) + (sinceMs === startOfUtcDay(utcDay(sinceMs)) ? 0 : 1)
  const endDay = utcDay(untilMs)
  const totals = new UsageTotals()
  if (firstDay >= endDay) {
    addRows(database, totals, grouping, sinceMs, untilMs)
  } else {
    addDays(database, totals, grouping, firstDay, endDay)
    addRows(database, totals, grouping, sinceMs, startOfUtcDay(firstDay))
    addRows(database, totals, grouping, startOfUtcDay(endDay), untilMs)
  }
  return totals.summary(grouping)
}

function addDays(
  database: DatabaseSync,
  totals: UsageTotals,
  grouping: UsageGrouping,
  firstDay: number,
  endDay: number,
): void {
  const name = grouping === 'day' ? "date(day * 86400, 'unixepoch')" : 'name'
  const sql = `
    SELECT ${name} AS name, sum(requests) AS requests, sum(input_tokens) AS inputTokens,
      sum(output_tokens) AS outputTokens, sum(cost) AS cost
    FROM usage_by_day WHERE grouping = ? AND day >= ? AND day < ? GROUP BY 1`
  addAll(totals, database.prepare(sql).all(grouping, firstDay, endDay))
}

function addRows(
  database: DatabaseSync,
  totals: UsageTotals,
  grouping: UsageGrouping,
  sinceMs: number,
  untilMs: number,
): void {
  if (sinceMs >= untilMs) return
  const inSpan = `${grouping === 'tag' ? EACH_TAG : ''} WHERE received_at_ms >= ? AND received_at_ms < ? GROUP BY 1`
  const answers = `
    SELECT ${rowGroups[grouping]} AS name, count(*) AS requests, sum(ifnull(input_tokens, 0)) AS inputTokens,
      sum(ifnull(output_tokens, 0)) AS outputTokens, sum(answer_cost) AS cost FROM usage AS paid${inSpan}`
  const elsewhere = `
    SELECT ${rowGroups[grouping]} AS name, 0 AS requests, 0 AS inputTokens, 0 AS outputTokens, sum(cost) AS cost
    FROM usage_elsewhere AS paid${inSpan}`
  addAll(totals, database.prepare(answers).all(sinceMs, untilMs))
  addAll(totals, database.prepare(elsewhere).all(sinceMs, untilMs))
}

/** A row without tags has one that is empty. */
const EACH_TAG = `, json_each(CASE paid.tags WHEN '[]' THEN '[""]' ELSE paid.tags END) AS each_tag`

function addAll(totals: UsageTotals, rows: readonly object[]): void {
  for (const row of rows as readonly GroupFigures[]) totals.add(row.name, row)
}
