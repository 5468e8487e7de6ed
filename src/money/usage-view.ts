// Owns how usage is shown: rows and sums as JSON, rows as CSV. No content of a request is in a row.
import { usdNumber, usdText } from '../domain/money.ts'
import type { UsageGrouping, UsagePage, UsagePageQuery, UsageRow, UsageSummary } from '../ledger/ledger.ts'
import { type CsvColumn, csvHeader, csvLines } from './csv.ts'

export type UsageRowView = ReturnType<typeof usageRowView>

/** A group's sums, and its name under the name of the grouping: null for requests without one. */
export interface SummaryView extends Readonly<Partial<Record<UsageGrouping, string | null>>> {
  readonly requests: number
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cost_usd: number
}

/** A row as JSON. Null where nothing is known. */
export function usageRowView(row: UsageRow) {
  return {
    request_id: row.requestId,
    received_at: isoTime(row.receivedAtMs),
    endpoint: row.endpoint,
    duration_ms: row.durationMs,
    status: row.status,
    http_status: row.httpStatus,
    provider: row.provider,
    model: row.model,
    reason: row.reason,
    classification: row.classification,
    input_tokens: row.inputTokens,
    output_tokens: row.outputTokens,
    cached_input_tokens: row.cachedInputTokens,
    reasoning_tokens: row.reasoningTokens,
    usage_quality: row.usageQuality,
    cost_usd: usdNumber(row.cost),
    key: row.keyId,
    user: row.user,
    tags: row.tags,
    attempts: row.attempts,
  }
}

/** A group's sums as JSON, the group under the name of what it is grouped by. */
export function usageSummaryView(
  by: UsageGrouping,
  { group, requests, inputTokens, outputTokens, cost }: UsageSummary,
): SummaryView {
  return {
    [by]: group === '' ? null : group,
    requests,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    cost_usd: usdNumber(cost),
  }
}

/** Everything that is recorded of a request. */
export const usageCsvColumns: readonly CsvColumn<UsageRow>[] = [
  { title: 'request_id', value: ({ requestId }) => requestId },
  { title: 'received_at', value: ({ receivedAtMs }) => isoTime(receivedAtMs) },
  { title: 'duration_ms', value: ({ durationMs }) => String(durationMs) },
  { title: 'status', value: ({ status }) => status },
  { title: 'http_status', value: ({ httpStatus }) => String(httpStatus) },
  { title: 'provider', value: ({ provider }) => provider ?? '' },
  { title: 'model', value: ({ model }) => model ?? '' },
  { title: 'reason', value: ({ reason }) => reason ?? '' },
  { title: 'classification', value: ({ classification }) => classification },
  { title: 'input_tokens', value: ({ inputTokens }) => countText(inputTokens) },
  { title: 'output_tokens', value: ({ outputTokens }) => countText(outputTokens) },
  { title: 'cached_input_tokens', value: ({ cachedInputTokens }) => countText(cachedInputTokens) },
  { title: 'reasoning_tokens', value: ({ reasoningTokens }) => countText(reasoningTokens) },
  { title: 'usage_quality', value: ({ usageQuality }) => usageQuality ?? '' },
  { title: 'cost_usd', value: ({ cost }) => usdText(cost) },
  { title: 'key', value: ({ keyId }) => keyId ?? '' },
  { title: 'user', value: ({ user }) => user ?? '' },
  { title: 'tags', value: ({ tags }) => tags.join(' ') },
  { title: 'attempts', value: ({ attempts }) => attempts.join(' ') },
  { title: 'endpoint', value: ({ endpoint }) => endpoint ?? '' },
]

/** The sums of groups as CSV has them. */
export function summaryCsvColumns(by: UsageGrouping): readonly CsvColumn<UsageSummary>[] {
  return [
    { title: by, value: ({ group }) => group },
    { title: 'requests', value: ({ requests }) => String(requests) },
    { title: 'input_tokens', value: ({ inputTokens }) => String(inputTokens) },
    { title: 'output_tokens', value: ({ outputTokens }) => String(outputTokens) },
    { title: 'cost_usd', value: ({ cost }) => usdText(cost) },
  ]
}

/** The most rows of a page. */
export const LARGEST_PAGE = 1000

/**
 * All rows, newest first, page by page: never more than one page is held.
 * @param most rows at the most.
 */
export async function* usagePages(
  read: (query: UsagePageQuery) => Promise<UsagePage>,
  query: Omit<UsagePageQuery, 'limit'>,
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<readonly UsageRow[]> {
  let page: Omit<UsagePageQuery, 'limit'> = query
  for (let left = most; left > 0; ) {
    const { rows, next } = await read({ ...page, limit: Math.min(left, LARGEST_PAGE) })
    if (rows.length > 0) yield rows
    if (next === undefined) return
    left -= rows.length
    page = { ...page, cursor: next }
  }
}

/** The CSV of pages of rows, in pieces. The first one has rows, so that what is wrong with the question comes before it. */
export async function* usageCsv(pages: AsyncIterable<readonly UsageRow[]>): AsyncGenerator<string> {
  let opening = csvHeader(usageCsvColumns)
  for await (const rows of pages) {
    yield opening + csvLines(usageCsvColumns, rows)
    opening = ''
  }
  if (opening !== '') yield opening
}

function isoTime(wallMs: number): string {
  return new Date(wallMs).toISOString()
}

function countText(count: number | null): string {
  return count === null ? '' : String(count)
}
