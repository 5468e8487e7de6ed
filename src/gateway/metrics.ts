// Owns GET /metrics in the Prometheus text format.
import type { Exchange } from './exchange.ts'
import { refreshBudgets } from './refresh-budgets.ts'

export async function metrics(exchange: Exchange): Promise<void> {
  await refreshBudgets(exchange)
  const headers = [...exchange.headers, 'content-type', 'text/plain; version=0.0.4; charset=utf-8']
  const { deps, operation } = exchange
  const own = deps.metricFamilies()
  const others = await operation.metricsOfOthers?.(own)
  exchange.reply.send(200, headers, Buffer.from(deps.renderMetrics(own, others)))
}
