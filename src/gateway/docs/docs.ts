// Owns GET /docs: a page that shows what /openapi.json says (0033).
import { readFileSync } from 'node:fs'
import type { Exchange } from '../exchange.ts'
import { sendPage } from '../page.ts'

const page = readFileSync(new URL('./docs.html', import.meta.url))

export function docsPage(exchange: Exchange): void {
  sendPage(exchange, page)
}
