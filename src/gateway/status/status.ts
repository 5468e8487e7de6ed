// Owns the status page: its shell at `/` and its data at /admin/status.
import { readFileSync } from 'node:fs'
import { type Exchange, sendJson } from '../exchange.ts'
import { sendPage } from '../page.ts'
import { refreshBudgets } from '../refresh-budgets.ts'

const page = readFileSync(new URL('./status.html', import.meta.url))

/** The shell holds no data, so it is open; what it shows it asks for with the operator's key. */
export function statusPage(exchange: Exchange): void {
  sendPage(exchange, page)
}

export async function statusData(exchange: Exchange): Promise<void> {
  await refreshBudgets(exchange)
  sendJson(exchange, 200, exchange.deps.systemStatus())
}
