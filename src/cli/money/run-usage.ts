// Owns the run of `aegis usage`: single requests, or sums over them.
import { fromUsd, usdText } from '../../domain/money.ts'
import type { UsageGrouping, UsagePageQuery, UsageQuery } from '../../ledger/ledger.ts'
import type { PlaceFlags } from '../gateway/find-gateway.ts'
import { pastMoment } from '../parse-flags.ts'
import { type Column, sayTable } from '../table.ts'
import { say, sayJson, sayPieces, styledError, tell } from '../terminal.ts'
import { type SummaryView, type UsageRowView, type UsageSource, usageSource } from './usage-source.ts'

export interface UsageFlags extends PlaceFlags {
  readonly by?: UsageGrouping
  readonly since?: string
  readonly until?: string
  readonly provider?: string
  readonly model?: string
  readonly key?: string
  readonly user?: string
  readonly tag?: string
  readonly limit: number
  readonly all?: boolean
  readonly cursor?: string
  readonly csv?: boolean
  readonly json?: boolean
}

const filters = ['provider', 'model', 'key', 'user', 'tag'] as const

export async function runUsage(flags: UsageFlags): Promise<void> {
  await using source = await usageSource(flags)
  const span = spanOf(flags)
  if (flags.by !== undefined) return showSums(source, flags.by, span, flags)
  const where = Object.fromEntries(filters.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]])))
  const query = { ...span, where, ...(flags.cursor === undefined ? {} : { cursor: flags.cursor }) }
  const most = flags.all ? Number.POSITIVE_INFINITY : flags.limit
  if (flags.csv) await sayPieces(source.csv(query, most))
  else await showRows(source, query, most, flags)
}

async function showSums(source: UsageSource, by: UsageGrouping, span: UsageQuery, flags: UsageFlags): Promise<void> {
  if (flags.csv) return sayPieces(source.summaryCsv(by, span))
  const groups = await source.summary(by, span)
  if (flags.json) sayJson(groups)
  else if (groups.length > 0) sayTable(summaryColumns(by), groups)
  else sayNothing(flags)
}

async function showRows(
  source: UsageSource,
  query: Omit<UsagePageQuery, 'limit'>,
  most: number,
  flags: UsageFlags,
): Promise<void> {
  const { rows, next } = await source.rows(query, most)
  if (flags.json) sayJson(rows)
  else if (rows.length > 0) sayTable(rowColumns, rows)
  else sayNothing(flags)
  if (next !== undefined) tell(styledError('dim', `There are more: --cursor ${next}, or --all`))
}

function spanOf({ since, until }: UsageFlags): UsageQuery {
  const nowMs = Date.now()
  return {
    ...(since === undefined ? {} : { sinceMs: pastMoment(since, nowMs) }),
    ...(until === undefined ? {} : { untilMs: pastMoment(until, nowMs) }),
  }
}

function sayNothing(flags: UsageFlags): void {
  const narrowed = [flags.since, flags.until, flags.cursor, ...filters.map((name) => flags[name])]
  say(narrowed.every((flag) => flag === undefined) ? 'No requests yet.' : 'No such requests.')
}

function summaryColumns(by: UsageGrouping): readonly Column<SummaryView>[] {
  return [
    // What has no key, no user or no answer.
    { title: by, value: (group) => String(group[by] ?? '(none)') },
    { title: 'requests', value: ({ requests }) => String(requests), right: true },
    { title: 'input_tokens', value: ({ input_tokens }) => String(input_tokens), right: true },
    { title: 'output_tokens', value: ({ output_tokens }) => String(output_tokens), right: true },
    { title: 'cost_usd', value: ({ cost_usd }) => usdText(fromUsd(cost_usd)), right: true },
  ]
}

const rowColumns: readonly Column<UsageRowView>[] = [
  { title: 'time (UTC)', value: ({ received_at }) => received_at.slice(0, 19).replace('T', ' ') },
  {
    title: 'status',
    value: ({ status }) => status,
    style: ({ status }) => (status === 'ok' ? 'green' : status === 'client_closed' ? 'yellow' : 'red'),
  },
  { title: 'provider', value: (row) => row.provider ?? lastAsked(row)?.provider ?? '-' },
  { title: 'model', value: (row) => row.model ?? lastAsked(row)?.model ?? '-' },
  { title: 'reason', value: ({ reason }) => reason ?? '-', dispensable: 2 },
  { title: 'class', value: ({ classification }) => classification, dispensable: 1 },
  { title: 'in', value: ({ input_tokens }) => countText(input_tokens), right: true },
  { title: 'out', value: ({ output_tokens }) => countText(output_tokens), right: true },
  { title: 'cost', value: ({ cost_usd }) => `$${usdText(fromUsd(cost_usd))}`, right: true },
  { title: 'ms', value: ({ duration_ms }) => String(duration_ms), right: true, dispensable: 3 },
]

/** Who was being asked when a request ended without an answer: the last of its attempts. */
function lastAsked({ attempts }: UsageRowView): { readonly provider: string; readonly model: string } | undefined {
  const match = /^([^/]*)\/(.*):[^:]*$/s.exec(attempts.at(-1) ?? '')
  return match ? { provider: match[1] ?? '', model: match[2] ?? '' } : undefined
}

function countText(count: number | null): string {
  return count === null ? '-' : String(count)
}
