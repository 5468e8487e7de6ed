// Owns /admin/alerts: what was told, and whether it has arrived.
import { type Exchange, sendJson } from '../exchange.ts'
import { queryOf } from './request-parts.ts'

const DEFAULT_LIMIT = 100
const LARGEST_LIMIT = 1000

/** Newest first. */
export async function listAlerts(exchange: Exchange): Promise<void> {
  const limit = queryOf(exchange, ['limit']).wholeNumber('limit', 1, LARGEST_LIMIT) ?? DEFAULT_LIMIT
  sendJson(exchange, 200, { data: await exchange.deps.listAlerts(limit) })
}
