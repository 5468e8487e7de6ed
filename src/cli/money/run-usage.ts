// Owns the run of `aegis usage`: the last requests, or sums over them.
import { usdNumber, usdText } from '../../domain/money.ts'
import type { UsageGrouping, UsageRow, UsageSummary } from '../../ledger/ledger.ts'
import type { PlaceFlags } from '../gateway/find-gateway.ts'
import { pastMoment } from '../parse-flags.ts'
import { type Column, sayTable } from '../table.ts'
import { say, sayJson } from '../terminal.ts'
import { sayCsv } from './csv.ts'
import { findLedger, readLedger } from './ledger-place.ts'
import { tellNoLedger } from './run-budget-list.ts'

export interface UsageFlags extends PlaceFlags {
  readonly by?: UsageGrouping
  readonly since?: string
  readonly limit: number
  readonly csv?: boolean
  readonly json?: boolean
}

export async function runUsage(flags: UsageFlags): Promise<void> {
  const since = flags.since === undefined ? {} : { sinceMs: pastMoment(flags.since, Date.now()) }
  const place = await findLedger(flags)
  if (!place.exists) tellNoLedger(place.name)
  const { by } = flags
  if (by !== undefined) {
    const groups = (await readLedger(place, (reader) => reader.summary(by, since))) ?? []
    write(groups, summaryColumns(by, flags.csv ? '' : '(none)'), (group) => summaryJson(by, group), flags)
    return
  }
  const page = await readLedger(place, (reader) => reader.usage({ ...since, limit: flags.limit }))
  const rows = page?.rows ?? []
  write(rows, flags.csv ? csvColumns : rowColumns, rowJson, flags)
}

function write<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  json: (row: Row) => object,
  flags: UsageFlags,
): void {
  if (flags.json) sayJson(rows.map(json))
  else if (flags.csv) sayCsv(columns, rows)
  else if (rows.length > 0) sayTable(columns, rows)
  else say(flags.since === undefined ? 'No requests yet.' : 'No requests in that time.')
}

/** @param none what stands for requests without a key, a user or an answer. */
function summaryColumns(by: UsageGrouping, none: string): readonly Column<UsageSummary>[] {
  return [
    { title: by, value: ({ group }) => group || none },
    { title: 'requests', value: ({ requests }) => String(requests), right: true },
    { title: 'input_tokens', value: ({ inputTokens }) => String(inputTokens), right: true },
    { title: 'output_tokens', value: ({ outputTokens }) => String(outputTokens), right: true },
    { title: 'cost_usd', value: ({ cost }) => usdText(cost), right: true },
  ]
}

function summaryJson(by: UsageGrouping, { group, requests, inputTokens, outputTokens, cost }: UsageSummary): object {
  return {
    [by]: group === '' ? null : group,
    requests,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    cost_usd: usdNumber(cost),
  }
}

const rowColumns: readonly Column<UsageRow>[] = [
  { title: 'time (UTC)', value: ({ receivedAtMs }) => isoTime(receivedAtMs).slice(0, 19).replace('T', ' ') },
  {
    title: 'status',
    value: ({ status }) => status,
    style: ({ status }) => (status === 'ok' ? 'green' : status === 'client_closed' ? 'yellow' : 'red'),
  },
  { title: 'provider', value: (row) => row.provider ?? lastAsked(row)?.provider ?? '-' },
  { title: 'model', value: (row) => row.model ?? lastAsked(row)?.model ?? '-' },
  { title: 'reason', value: ({ reason }) => reason ?? '-', dispensable: 2 },
  { title: 'class', value: ({ classification }) => classification, dispensable: 1 },
  { title: 'in', value: ({ inputTokens }) => countText(inputTokens, '-'), right: true },
  { title: 'out', value: ({ outputTokens }) => countText(outputTokens, '-'), right: true },
  { title: 'cost', value: ({ cost }) => `$${usdText(cost)}`, right: true },
  { title: 'ms', value: ({ durationMs }) => String(durationMs), right: true, dispensable: 3 },
]

/** Who was being asked when a request ended without an answer: the last of its attempts. */
function lastAsked({ attempts }: UsageRow): { readonly provider: string; readonly model: string } | undefined {
  const match = /^([^/]*)\/(.*):[^:]*$/s.exec(attempts.at(-1) ?? '')
  return match ? { provider: match[1] ?? '', model: match[2] ?? '' } : undefined
}

/** Everything that is recorded of a request. */
const csvColumns: readonly Column<UsageRow>[] = [
  { title: 'request_id', value: ({ requestId }) => requestId },
  { title: 'received_at', value: ({ receivedAtMs }) => isoTime(receivedAtMs) },
  { title: 'duration_ms', value: ({ durationMs }) => String(durationMs) },
  { title: 'status', value: ({ status }) => status },
  { title: 'http_status', value: ({ httpStatus }) => String(httpStatus) },
  { title: 'provider', value: ({ provider }) => provider ?? '' },
  { title: 'model', value: ({ model }) => model ?? '' },
  { title: 'reason', value: ({ reason }) => reason ?? '' },
  { title: 'classification', value: ({ classification }) => classification },
  { title: 'input_tokens', value: ({ inputTokens }) => countText(inputTokens, '') },
  { title: 'output_tokens', value: ({ outputTokens }) => countText(outputTokens, '') },
  { title: 'cached_input_tokens', value: ({ cachedInputTokens }) => countText(cachedInputTokens, '') },
  { title: 'reasoning_tokens', value: ({ reasoningTokens }) => countText(reasoningTokens, '') },
  { title: 'usage_quality', value: ({ usageQuality }) => usageQuality ?? '' },
  { title: 'cost_usd', value: ({ cost }) => usdText(cost) },
  { title: 'key', value: ({ keyId }) => keyId ?? '' },
  { title: 'user', value: ({ user }) => user ?? '' },
  { title: 'tags', value: ({ tags }) => tags.join(' ') },
  { title: 'attempts', value: ({ attempts }) => attempts.join(' ') },
]

function rowJson(row: UsageRow): object {
  return {
    request_id: row.requestId,
    received_at: isoTime(row.receivedAtMs),
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

function isoTime(wallMs: number): string {
  return new Date(wallMs).toISOString()
}

function countText(count: number | null, absent: string): string {
  return count === null ? absent : String(count)
}
