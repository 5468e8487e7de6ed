// Owns the reading of usage: pages by key, and summaries from the roll-up, exact to the millisecond.
import type { UsageGrouping, UsagePage, UsagePageQuery, UsageQuery, UsageRow, UsageSummary } from '../ledger.ts'
import { COARSEST_GRAIN_SECONDS, type SpanPiece, spanPieces } from '../usage-roll-up.ts'
import { pageOf, pagePosition } from '../usage-row.ts'
import { type UsageFigures, UsageTotals } from '../usage-totals.ts'
import type { Transaction } from './session.ts'
import { storedName } from './stored-text.ts'

const LAST_MS = Number.MAX_SAFE_INTEGER
const DAY_MS = 86_400_000

const pageColumns = `usage.request_id AS "requestId", usage.received_at_ms AS "receivedAtMs", duration_ms AS "durationMs",
  status, http_status AS "httpStatus", provider, model, reason, classification, input_tokens AS "inputTokens",
  output_tokens AS "outputTokens", cached_input_tokens AS "cachedInputTokens", reasoning_tokens AS "reasoningTokens",
  usage_quality AS "usageQuality", cost, key_id AS "keyId", user_name AS "user", tags, attempts, endpoint`

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
  const filters = filtersOf(where)
  const [first, from] = (await rarest(transaction, filters)) === 'tag' ? ['tagged', fromTags] : ['usage', 'usage']
  // An index is entered by the first bound that it knows: without this one it would be read from the newest row on.
  const endMs = Math.min(untilMs, beforeMs === LAST_MS ? LAST_MS : beforeMs + 1)
  const values: unknown[] = [sinceMs, endMs, beforeMs, beforeId, limit + 1]
  const conditions = filters.map(({ filter, name }) => {
    const value = `$${values.push(name)}`
    if (filter !== 'tag') return ` AND ${filterColumns[filter]} = ${value}`
    return first === 'tagged' ? ` AND tagged.tag = ${value}` : ` AND ${value} = ANY (tags)`
  })
  const rows = await transaction.rows<UsageRow>(
    `SELECT ${pageColumns} FROM ${from}
     WHERE ${first}.received_at_ms >= $1 AND ${first}.received_at_ms < $2
       AND (${first}.received_at_ms, ${first}.request_id) < ($3, $4)${conditions.join('')}
     ORDER BY ${first}.received_at_ms DESC, ${first}.request_id DESC LIMIT $5`,
    values,
  )
  return pageOf(rows, limit)
}

/** The tag's own rows are in the order of the page; `OFFSET 0` keeps PostgreSQL from joining first and sorting then. */
const fromTags = `usage_tag AS tagged CROSS JOIN LATERAL (
  SELECT * FROM usage AS one
  WHERE one.received_at_ms = tagged.received_at_ms AND one.request_id = tagged.request_id OFFSET 0) AS usage`

type Filter = Exclude<UsageGrouping, 'day'>

function filtersOf(where: NonNullable<UsagePageQuery['where']>): readonly { filter: Filter; name: string }[] {
  return Object.entries(where).flatMap(([filter, name]) =>
    name === undefined ? [] : { filter: filter as Filter, name: storedName(name) },
  )
}

/** Which filter lets the fewest rows through: the page is read along that one. */
async function rarest(
  transaction: Transaction,
  filters: readonly { readonly filter: Filter; readonly name: string }[],
): Promise<Filter | undefined> {
  if (filters.length < 2) return filters[0]?.filter
  const rows = await transaction.rows<{ filter: Filter }>(
    `SELECT asked.grouping AS filter FROM unnest($1::text[], $2::text[]) AS asked (grouping, name)
     LEFT JOIN usage_sum ON usage_sum.grouping = asked.grouping AND usage_sum.name = asked.name AND grain_seconds = $3
     GROUP BY asked.grouping ORDER BY coalesce(sum(requests), 0) LIMIT 1`,
    [filters.map(({ filter }) => filter), filters.map(({ name }) => name), COARSEST_GRAIN_SECONDS],
  )
  return rows[0]?.filter
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
