// Owns /admin/usage: requests page by page or as CSV of any length, and sums over them.
import { AegisError } from '../../domain/errors.ts'
import type { UsageGrouping, UsagePageQuery, UsageQuery } from '../../ledger/ledger.ts'
import { csvText } from '../../money/csv.ts'
import {
  LARGEST_PAGE,
  summaryCsvColumns,
  usageCsv,
  usagePages,
  usageRowView,
  usageSummaryView,
} from '../../money/usage-view.ts'
import { type Exchange, sendJson } from '../exchange.ts'
import { prefersCsv, type Query, queryOf } from './request-parts.ts'
import { sendPieces } from './send-pieces.ts'

export const groupings = ['provider', 'model', 'key', 'user', 'tag', 'day'] as const satisfies readonly UsageGrouping[]
const filters = ['provider', 'model', 'key', 'user', 'tag'] as const
const formats = ['json', 'csv'] as const
const DEFAULT_LIMIT = 100
const MOST_CSV_ROWS = 1_000_000_000

/** As JSON a page, as CSV everything that is asked for. */
export async function listUsage(exchange: Exchange): Promise<void> {
  const query = queryOf(exchange, ['since', 'until', 'limit', 'cursor', 'format', ...filters])
  const cursor = query.text('cursor')
  const asked = { ...spanOf(query), ...(cursor === undefined ? {} : { cursor }), where: whereOf(query) }
  if (wantsCsv(exchange, query)) {
    const most = query.wholeNumber('limit', 1, MOST_CSV_ROWS)
    const pages = usagePages((page) => readPage(exchange, page), asked, most)
    await sendPieces(exchange, CSV_HEADERS, usageCsv(pages))
    return
  }
  const limit = query.wholeNumber('limit', 1, LARGEST_PAGE) ?? DEFAULT_LIMIT
  const { rows, next } = await readPage(exchange, { ...asked, limit })
  sendJson(exchange, 200, { data: rows.map(usageRowView), next_cursor: next ?? null })
}

export async function summarizeUsage(exchange: Exchange): Promise<void> {
  const query = queryOf(exchange, ['by', 'since', 'until', 'format'])
  const by = query.oneOf('by', groupings) ?? 'provider'
  const csv = wantsCsv(exchange, query)
  const groups = await exchange.deps.proxy.ledger.summary(by, spanOf(query))
  if (csv) await sendPieces(exchange, CSV_HEADERS, onePiece(csvText(summaryCsvColumns(by), groups)))
  else sendJson(exchange, 200, { by, data: groups.map((group) => usageSummaryView(by, group)) })
}

const CSV_HEADERS = ['content-type', 'text/csv; charset=utf-8; header=present', 'x-content-type-options', 'nosniff']

async function* onePiece(text: string): AsyncGenerator<string> {
  yield text
}

function wantsCsv(exchange: Exchange, query: Query): boolean {
  const format = query.oneOf('format', formats)
  return format === undefined ? prefersCsv(exchange) : format === 'csv'
}

/** The limit is checked already, so what the ledger finds wrong is the cursor. */
async function readPage({ deps }: Exchange, query: UsagePageQuery) {
  try {
    return await deps.proxy.ledger.usage(query)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const message = 'cursor: It must be the next_cursor of the page before.'
    throw new AegisError('invalid_request', message, { param: 'cursor' })
  }
}

function spanOf(query: Query): UsageQuery {
  const sinceMs = query.moment('since')
  const untilMs = query.moment('until')
  return { ...(sinceMs === undefined ? {} : { sinceMs }), ...(untilMs === undefined ? {} : { untilMs }) }
}

function whereOf(query: Query): NonNullable<UsagePageQuery['where']> {
  const where: Partial<Record<(typeof filters)[number], string>> = {}
  for (const name of filters) {
    const value = query.text(name)
    if (value !== undefined) where[name] = value
  }
  return where
}
