// Owns the reading of usage: pages by key, and summaries from the roll-up, exact to the millisecond.
import type { DatabaseSync } from 'node:sqlite'
import type { UsageGrouping, UsagePage, UsagePageQuery, UsageQuery, UsageRow, UsageSummary } from '../ledger.ts'
import { COARSEST_GRAIN_SECONDS, type SpanPiece, spanPieces } from '../usage-roll-up.ts'
import { pageOf, pagePosition } from '../usage-row.ts'
import { UsageTotals } from '../usage-totals.ts'

const LAST_MS = Number.MAX_SAFE_INTEGER

const pageColumns = `usage.request_id AS requestId, usage.received_at_ms AS receivedAtMs, duration_ms AS durationMs, status,
  http_status AS httpStatus, provider, model, reason, classification, input_tokens AS inputTokens,
  output_tokens AS outputTokens, cached_input_tokens AS cachedInputTokens, reasoning_tokens AS reasoningTokens,
  usage_quality AS usageQuality, cost, key_id AS keyId, user, tags, attempts, endpoint`

type Filter = Exclude<UsageGrouping, 'day'>

const filterColumns: Readonly<Record<Exclude<Filter, 'tag'>, string>> = {
  provider: 'provider',
  model: 'model',
  key: 'key_id',
  user: 'user',
}

/** SQLite knows nothing of how many rows a name has, so it is told which index to go along. */
const sources: Readonly<Record<Exclude<Filter, 'tag'>, string>> = {
  provider: 'usage INDEXED BY usage_by_provider',
  model: 'usage INDEXED BY usage_by_model',
  key: 'usage INDEXED BY usage_by_key',
  user: 'usage INDEXED BY usage_by_user',
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
  const filters = filtersOf(where)
  const along = rarest(database, filters)
  const [first, from] = along === 'tag' ? ['usage_tag', fromTags] : ['usage', along ? sources[along] : 'usage']
  const conditions = filters.map(({ filter }) => {
    if (filter !== 'tag') return ` AND ${filterColumns[filter]} = ?`
    return first === 'usage' ? ' AND EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)' : ' AND tag = ?'
  })
  // The bound on the time alone lets SQLite begin at the cursor; by the pair it would only filter.
  const endMs = Math.min(untilMs, beforeMs === LAST_MS ? LAST_MS : beforeMs + 1)
  const sql = `SELECT ${pageColumns} FROM ${from}
    WHERE ${first}.received_at_ms >= ? AND ${first}.received_at_ms < ?
      AND (${first}.received_at_ms, ${first}.request_id) < (?, ?)${conditions.join('')}
    ORDER BY ${first}.received_at_ms DESC, ${first}.request_id DESC LIMIT ?`
  const names = filters.map(({ name }) => name)
  const rows = database.prepare(sql).all(sinceMs, endMs, beforeMs, beforeId, ...names, limit + 1)
  return pageOf(
    (rows as unknown as StoredUsageRow[]).map((row) => ({
      ...row,
      tags: JSON.parse(row.tags),
      attempts: JSON.parse(row.attempts),
    })),
    limit,
  )
}

/** The tag's own rows are in the order of the page. */
const fromTags = 'usage_tag CROSS JOIN usage USING (received_at_ms, request_id)'

function filtersOf(where: NonNullable<UsagePageQuery['where']>): readonly { filter: Filter; name: string }[] {
  return Object.entries(where).flatMap(([filter, name]) =>
    name === undefined ? [] : { filter: filter as Filter, name },
  )
}

/** Which filter lets the fewest rows through: the page is read along that one. */
function rarest(
  database: DatabaseSync,
  filters: readonly { readonly filter: Filter; readonly name: string }[],
): Filter | undefined {
  if (filters.length < 2) return filters[0]?.filter
  const count = database.prepare(
    'SELECT ifnull(sum(requests), 0) AS n FROM usage_sum WHERE grouping = ? AND grain_seconds = ? AND name = ?',
  )
  const counts = filters.map(({ filter, name }) => Number(count.get(filter, COARSEST_GRAIN_SECONDS, name)?.n))
  return filters[counts.indexOf(Math.min(...counts))]?.filter
}

/** Nearly all of it comes from the roll-up; rows are read for what is less than an hour at both ends. */
export function readUsageSummary(database: DatabaseSync, grouping: UsageGrouping, query: UsageQuery): UsageSummary[] {
  const totals = new UsageTotals()
  for (const piece of spanPieces(grouping, query)) {
    if (piece.grainSeconds === undefined) addRows(database, totals, grouping, piece)
    else addSums(database, totals, grouping, piece)
  }
  return totals.summary(grouping)
}

function addSums(
  database: DatabaseSync,
  totals: UsageTotals,
  grouping: UsageGrouping,
  { grainSeconds = 0, sinceMs, untilMs }: SpanPiece,
): void {
  const name = grouping === 'day' ? "date(slot_ms / 1000, 'unixepoch')" : 'name'
  const sql = `
    SELECT ${name} AS name, sum(requests) AS requests, ${shown('input_tokens')} AS inputTokens,
      ${shown('output_tokens')} AS outputTokens, ${shown('cost')} AS cost
    FROM usage_sum WHERE grouping = ? AND grain_seconds = ? AND slot_ms >= ? AND slot_ms < ? GROUP BY 1`
  addAll(totals, database.prepare(sql).all(grouping, grainSeconds, sinceMs, untilMs))
}

function addRows(
  database: DatabaseSync,
  totals: UsageTotals,
  grouping: UsageGrouping,
  { sinceMs, untilMs }: SpanPiece,
): void {
  const inSpan = `${grouping === 'tag' ? EACH_TAG : ''} WHERE received_at_ms >= ? AND received_at_ms < ? GROUP BY 1`
  const answers = `
    SELECT ${rowGroups[grouping]} AS name, count(*) AS requests, ${shown('ifnull(input_tokens, 0)')} AS inputTokens,
      ${shown('ifnull(output_tokens, 0)')} AS outputTokens, ${shown('answer_cost')} AS cost FROM usage AS paid${inSpan}`
  const elsewhere = `
    SELECT ${rowGroups[grouping]} AS name, 0 AS requests, 0 AS inputTokens, 0 AS outputTokens, ${shown('cost')} AS cost
    FROM usage_elsewhere AS paid${inSpan}`
  addAll(totals, database.prepare(answers).all(sinceMs, untilMs))
  addAll(totals, database.prepare(elsewhere).all(sinceMs, untilMs))
}

/** A row without tags has one that is empty. */
const EACH_TAG = `, json_each(CASE paid.tags WHEN '[]' THEN '[""]' ELSE paid.tags END) AS each_tag`

function addAll(totals: UsageTotals, rows: readonly object[]): void {
  for (const row of rows as readonly GroupFigures[]) totals.add(row.name, row)
}

/** A sum as a number can say it: what is beyond the largest safe one stays there, since reading it would fail. */
function shown(column: string): string {
  return `min(sum(${column}), ${Number.MAX_SAFE_INTEGER})`
}
