// Owns GET /metrics in the Prometheus text format.
import type { Exchange } from './exchange.ts'

export function metrics(exchange: Exchange): void {
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
