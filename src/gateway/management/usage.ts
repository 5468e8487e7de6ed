// Owns /v1/usage and /v1/users/{id}/usage: requests, newest first.
import { timeText } from '../../access/key-entry.ts'
import { AegisError } from '../../domain/errors.ts'
import { usdNumber } from '../../domain/money.ts'
import type { UsagePageQuery, UsageRow } from '../../ledger/ledger.ts'
import { type Exchange, sendJson } from '../exchange.ts'
import { type Page, pageOf, partOf, queryOf } from './managed.ts'

const LARGEST_PAGE = 1000

export async function listUsersUsage(exchange: Exchange): Promise<void> {
  const page = pageOf(queryOf(exchange))
  const { id } = await exchange.deps.access.users.get(partOf(exchange, 3))
  sendJson(exchange, 200, await rowsOf(exchange, { where: { user: id } }, page))
}

export async function listAllUsage(exchange: Exchange): Promise<void> {
  const query = queryOf(exchange)
  const page = pageOf(query)
  const sinceMs = momentOf(query, 'start_date')
  const untilMs = momentOf(query, 'end_date')
  const user = query.get('user_id')
  const asked = {
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(untilMs === undefined ? {} : { untilMs }),
    where: user === null ? {} : { user },
  }
  sendJson(exchange, 200, await rowsOf(exchange, asked, page))
}

/** The ledger goes from page to page, so what is skipped is read as well. */
async function rowsOf({ deps }: Exchange, asked: Omit<UsagePageQuery, 'limit'>, { skip, limit }: Page) {
  const rows: UsageRow[] = []
  let cursor: string | undefined
  let left = skip + limit
  do {
    const more = cursor === undefined ? {} : { cursor }
    const page = await deps.proxy.ledger.usage({ ...asked, ...more, limit: Math.min(left, LARGEST_PAGE) })
    const passed = skip + limit - left
    rows.push(...page.rows.slice(Math.max(0, skip - passed)))
    left -= page.rows.length
    cursor = page.next
  } while (cursor !== undefined && left > 0)
  return rows.map(rowView)
}

function rowView(row: UsageRow): object {
  const { inputTokens, outputTokens } = row
  return {
    id: row.requestId,
    user_id: row.user,
    api_key_id: row.keyId,
    timestamp: timeText(row.receivedAtMs),
    model: row.model,
    provider: row.provider,
    endpoint: row.endpoint,
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens === null || outputTokens === null ? null : inputTokens + outputTokens,
    cost: usdNumber(row.cost),
    status: row.status === 'ok' ? 'success' : 'error',
    error_message: row.status === 'ok' ? null : `${row.status}${row.httpStatus > 0 ? ` (${row.httpStatus})` : ''}`,
    cached: row.attempts.at(-1)?.endsWith(':cached') ?? false,
  }
}

/** A date or a time; without an offset it is UTC. */
function momentOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const [, date, time, offset = 'Z'] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[ +-]\d{2}:?\d{2})?)?$/.exec(text) ?? []
  // A plus that was not encoded arrives as a space.
  const moment = date === undefined ? Number.NaN : Date.parse(`${date}T${time ?? '00:00'}${offset.replace(' ', '+')}`)
  if (moment >= 0) return moment
  throw new AegisError('invalid_request', `${name}: It must be a date or a time, such as 2026-11-01T08:00:00Z.`, {
    param: name,
  })
}
