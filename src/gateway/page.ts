// Owns how a page of ours is sent: it loads nothing from elsewhere, asks this server alone, and stands in no frame.
import type { Exchange } from './exchange.ts'

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

export function sendPage({ reply, headers }: Exchange, page: Buffer): void {
  reply.send(200, [...headers, ...PAGE_HEADERS], page)
}
