// Owns GET /metrics in the Prometheus text format.
import type { Exchange } from './exchange.ts'

export function metrics(exchange: Exchange): void {
  const headers = [...exchange.headers, 'content-type', 'text/plain; version=0.0.4; charset=utf-8']
  exchange.reply.send(200, headers, Buffer.from(exchange.deps.renderMetrics()))
}
