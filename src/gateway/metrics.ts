// Owns GET /metrics in the Prometheus text format.
import type { Exchange } from './exchange.ts'
import { refreshBudgets } from './refresh-budgets.ts'

export async function metrics(exchange: Exchange): Promise<void> {
  await refreshBudgets(exchange)
  const body = Buffer.from(exchange.deps.renderMetrics())
  exchange.response.writeHead(200, [
    ...exchange.headers,
    'content-type',
    'text/plain; version=0.0.4; charset=utf-8',
    'content-length',
    String(body.length),
  ])
  exchange.response.end(body)
}
