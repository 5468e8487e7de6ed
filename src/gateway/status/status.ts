// Owns the status page: its shell at `/` and its data at /admin/status.
import { readFileSync } from 'node:fs'
import { type Exchange, sendJson } from '../exchange.ts'
import { refreshBudgets } from '../refresh-budgets.ts'

const page = readFileSync(new URL('./status.html', import.meta.url))

const PAGE_HEADERS = [
  ...['content-type', 'text/html; charset=utf-8'],
  ...['cache-control', 'no-store'],
  ...[
    'content-security-policy',
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'",
  ],
  ...['x-content-type-options', 'nosniff'],
  ...['x-frame-options', 'DENY'],
]

/** The shell holds no data, so it is open; what it shows it asks for with the operator's key. */
export function statusPage(exchange: Exchange): void {
  exchange.reply.send(200, [...exchange.headers, ...PAGE_HEADERS], page)
}

export async function statusData(exchange: Exchange): Promise<void> {
  await refreshBudgets(exchange)
  sendJson(exchange, 200, exchange.deps.systemStatus())
}
