// Owns the reading of usage: pages by key, and summaries from the roll-up by day, exact to the millisecond.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { UsageGrouping, UsagePageQuery, UsageQuery, UsageRow, UsageSummary } from '../ledger.ts'
import { checkPageQuery, startOfUtcDay, unknownCursor, utcDay } from '../usage-row.ts'
import { UsageTotals } from '../usage-totals.ts'

const LAST_MS = Number.MAX_SAFE_INTEGER

const pageSql = `
  SELECT request_id AS requestId, received_at_ms AS receivedAtMs, duration_ms AS durationMs, status,
    http_status AS httpStatus, provider, model, reason, classification, input_tokens AS inputTokens,
    output_tokens AS outputTokens, cached_input_tokens AS cachedInputTokens, usage_quality AS usageQuality, cost,
    key_id AS keyId, user, attempts
  FROM usage
  WHERE received_at_ms >= ? AND received_at_ms < ? AND (received_at_ms, seq) < (?, ?)
  ORDER BY received_at_ms DESC, seq DESC
  LIMIT ?`

const rollUpColumns: Readonly<Record<UsageGrouping, string>> = {
  provider: 'provider',
  model: 'model',
  key: 'key_id',
  user: 'user',
  day: "date(day * 86400, 'unixepoch')",
}

const rowColumns: Readonly<Record<UsageGrouping, string>> = {
  provider: "ifnull(provider, '')",
  model: "ifnull(model, '')",
  key: "ifnull(key_id, '')",
  user: "ifnull(user, '')",
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

type StoredUsageRow = Omit<UsageRow, 'attempts'> & { readonly attempts: string }

/**
 * Both the writer and the read-only ledger ask through this, so that they cannot show different figures.
 * @example new UsageQueries(database).page({ limit: 50 })
 */
export class UsageQueries {
  readonly #database: DatabaseSync
  readonly #page: StatementSync
  readonly #position: StatementSync

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#page = database.prepare(pageSql)
    this.#position = database.prepare('SELECT received_at_ms AS receivedAtMs, seq FROM usage WHERE request_id = ?')
  }

  page(query: UsagePageQuery): UsageRow[] {
    checkPageQuery(query)
    const { sinceMs = 0, untilMs = LAST_MS, beforeRequest } = query
    const before = beforeRequest === undefined ? undefined : this.#position.get(beforeRequest)
    if (beforeRequest !== undefined && before === undefined) throw unknownCursor(beforeRequest)
    const beforeMs = Number(before?.receivedAtMs ?? LAST_MS)
    // The bound on the time alone lets SQLite begin at the cursor; by the pair it would only filter.
    const endMs = Math.min(untilMs, beforeMs + 1)
    const rows = this.#page.all(sinceMs, endMs, beforeMs, before?.seq ?? LAST_MS, query.limit)
    return (rows as unknown as StoredUsageRow[]).map((row) => ({ ...row, attempts: JSON.parse(row.attempts) }))
  }

  /** Whole UTC days come from the roll-up; rows are read for the first and the last part of a day only. */
  summary(grouping: UsageGrouping, query: UsageQuery): UsageSummary[] {
    const sinceMs = Math.max(0, query.sinceMs ?? 0)
    const untilMs = Math.min(LAST_MS, query.untilMs ?? LAST_MS)
    const firstDay = utcDay(sinceMs) + (sinceMs === startOfUtcDay(utcDay(sinceMs)) ? 0 : 1)
    const endDay = utcDay(untilMs)
    const totals = new UsageTotals()
    if (firstDay >= endDay) {
      this.#addRows(totals, grouping, sinceMs, untilMs)
    } else {
      this.#addDays(totals, grouping, firstDay, endDay)
      this.#addRows(totals, grouping, sinceMs, startOfUtcDay(firstDay))
      this.#addRows(totals, grouping, startOfUtcDay(endDay), untilMs)
    }
    return totals.summary(grouping)
  }

  #addDays(totals: UsageTotals, grouping: UsageGrouping, firstDay: number, endDay: number): void {
    const sql = `
      SELECT ${rollUpColumns[grouping]} AS name, sum(requests) AS requests, sum(input_tokens) AS inputTokens,
        sum(output_tokens) AS outputTokens, sum(cost) AS cost
      FROM usage_by_day WHERE day >= ? AND day < ? GROUP BY 1`
    addAll(totals, this.#database.prepare(sql), firstDay, endDay)
  }

  #addRows(totals: UsageTotals, grouping: UsageGrouping, sinceMs: number, untilMs: number): void {
    if (sinceMs >= untilMs) return
    const group = rowColumns[grouping]
    const answers = `
      SELECT ${group} AS name, count(*) AS requests, sum(ifnull(input_tokens, 0)) AS inputTokens,
        sum(ifnull(output_tokens, 0)) AS outputTokens, sum(answer_cost) AS cost
      FROM usage WHERE received_at_ms >= ? AND received_at_ms < ? GROUP BY 1`
    const elsewhere = `
      SELECT ${group} AS name, 0 AS requests, 0 AS inputTokens, 0 AS outputTokens, sum(cost) AS cost
      FROM usage_elsewhere WHERE received_at_ms >= ? AND received_at_ms < ? GROUP BY 1`
    addAll(totals, this.#database.prepare(answers), sinceMs, untilMs)
    addAll(totals, this.#database.prepare(elsewhere), sinceMs, untilMs)
  }
}

function addAll(totals: UsageTotals, statement: StatementSync, from: number, until: number): void {
  for (const row of statement.all(from, until) as unknown as GroupFigures[]) totals.add(row.name, row)
}
