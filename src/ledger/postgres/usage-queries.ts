// Owns the reading of usage: pages by key, and summaries from the roll-up, exact to the millisecond.
import type { UsageGrouping, UsagePage, UsagePageQuery, UsageQuery, UsageRow, UsageSummary } from '../ledger.ts'
import { type SpanPiece, spanPieces } from '../usage-roll-up.ts'
import { pageOf, pagePosition } from '../usage-row.ts'
import { type UsageFigures, UsageTotals } from '../usage-totals.ts'
import type { Transaction } from './session.ts'
import { storedName } from './stored-text.ts'

const LAST_MS = Number.MAX_SAFE_INTEGER
const DAY_MS = 86_400_000

const pageColumns = `usage.request_id AS "requestId", usage.received_at_ms AS "receivedAtMs", duration_ms AS "durationMs",
  status, http_status AS "httpStatus", provider, model, reason, classification, input_tokens AS "inputTokens",
  output_tokens AS "outputTokens", cached_input_tokens AS "cachedInputTokens", reasoning_tokens AS "reasoningTokens",
  usage_quality AS "usageQuality", cost, key_id AS "keyId", user_name AS "user", tags, attempts`

const filterColumns: Readonly<Record<Exclude<UsageGrouping, 'day' | 'tag'>, string>> = {
  provider: 'provider',
  model: 'model',
  key: 'key_id',
  user: 'user_name',
}

/** The group of a row, from `usage` or `usage_elsewhere`; `tag` has a row for each tag. */
const rowGroups: Readonly<Record<UsageGrouping, string>> = {
  provider: "coalesce(provider, '')",
  model: "coalesce(model, '')",
  key: "coalesce(key_id, '')",
  user: "coalesce(user_name, '')",
  tag: 'each_tag',
  day: dayNumber('received_at_ms'),
}

/** A row without tags has one that is empty. */
const EACH_TAG = ", unnest(CASE WHEN cardinality(tags) = 0 THEN ARRAY[''] ELSE tags END) AS each_tag"

interface GroupRow extends UsageFigures {
  readonly name: string
}

/** One page. @throws RangeError as `Ledger.usage` does. */
export async function readUsagePage(transaction: Transaction, query: UsagePageQuery): Promise<UsagePage> {
  const { beforeMs, beforeId } = pagePosition(query)
  const { sinceMs = 0, untilMs = LAST_MS, limit, where = {} } = query
  const { tag, ...names } = where
  const values: unknown[] = [sinceMs, untilMs, beforeMs, beforeId, limit + 1]
  const filters = Object.entries(names).map(([filter, value]) => {
    if (value === undefined) return ''
    values.push(storedName(value))
    return ` AND ${filterColumns[filter as keyof typeof filterColumns]} = $${values.length}`
  })
  // By tag the page is read from the tag's own rows, which are in the order of the page.
  const from = tag === undefined ? 'usage' : 'usage_tag JOIN usage USING (received_at_ms, request_id)'
  const inOrder = tag === undefined ? 'usage' : 'usage_tag'
  if (tag !== undefined) filters.push(` AND tag = $${values.push(storedName(tag))}`)
  const rows = await transaction.rows<UsageRow>(
    `SELECT ${pageColumns} FROM ${from}
     WHERE ${inOrder}.received_at_ms >= $1 AND ${inOrder}.received_at_ms < $2
       AND (${inOrder}.received_at_ms, ${inOrder}.request_id) < ($3, $4)${filters.join('')}
     ORDER BY ${inOrder}.received_at_ms DESC, ${inOrder}.request_id DESC LIMIT $5`,
    values,
  )
  return pageOf(rows, limit)
}

/** Nearly all of it comes from the roll-up; rows are read for what is less than an hour at both ends. */
export async function readUsageSummary(
  transaction: Transaction,
  grouping: UsageGrouping,
  query: UsageQuery,
): Promise<readonly UsageSummary[]> {
  const totals = new UsageTotals()
  for (const piece of spanPieces(grouping, query)) {
    const read = piece.grainSeconds === undefined ? rowFigures : sumFigures
    for (const row of await read(transaction, grouping, piece)) {
      totals.add(grouping === 'day' ? dayName(Number(row.name)) : row.name, row)
    }
  }
  return totals.summary(grouping)
}

function sumFigures(
  transaction: Transaction,
  grouping: UsageGrouping,
  { grainSeconds, sinceMs, untilMs }: SpanPiece,
): Promise<readonly GroupRow[]> {
  const name = grouping === 'day' ? dayNumber('slot_ms') : 'name'
  return transaction.rows(
    `SELECT ${name} AS name, sum(requests)::bigint AS requests, sum(input_tokens)::bigint AS "inputTokens",
       sum(output_tokens)::bigint AS "outputTokens", sum(cost)::bigint AS cost
     FROM usage_sum WHERE grouping = $1 AND grain_seconds = $2 AND slot_ms >= $3 AND slot_ms < $4 GROUP BY 1`,
    [grouping, grainSeconds, sinceMs, untilMs],
  )
}

function rowFigures(
  transaction: Transaction,
  grouping: UsageGrouping,
  { sinceMs, untilMs }: SpanPiece,
): Promise<readonly GroupRow[]> {
  const span = `${grouping === 'tag' ? EACH_TAG : ''} WHERE received_at_ms >= $1 AND received_at_ms < $2 GROUP BY 1`
  return transaction.rows(
    `SELECT ${rowGroups[grouping]} AS name, count(*) AS requests, coalesce(sum(input_tokens), 0)::bigint AS "inputTokens",
       coalesce(sum(output_tokens), 0)::bigint AS "outputTokens", sum(answer_cost)::bigint AS cost FROM usage${span}
     UNION ALL
     SELECT ${rowGroups[grouping]}, 0, 0, 0, sum(cost)::bigint FROM usage_elsewhere${span}`,
    [sinceMs, untilMs],
  )
}

function dayNumber(column: string): string {
  return `(${column} / ${DAY_MS})::text`
}

function dayName(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}
